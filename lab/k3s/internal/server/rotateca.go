// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"fmt"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/certificates"
	"groundwork.platform/lab/k3s/internal/etcd"
)

// replaceCAs stores new CAs in the datastore only: every server takes them from there at its next start (contract 7).
func (s *Server) replaceCAs(ctx context.Context, given bootstrap.Files, force bool) error {
	s.rotation.Lock()
	defer s.rotation.Unlock()
	current, err := bootstrap.Read(s.Folder)
	if err != nil {
		return err
	}
	replaced, refusal := certificates.ReplaceCAs(current, given)
	if refusal != nil && !force {
		return fmt.Errorf("failed to validate new CA certificates and keys: %w", refusal)
	}
	if refusal != nil {
		logrus.Warnf("Save of CA certificates and keys forced, ignoring validation errors: %v", refusal)
	}
	password, err := s.password()
	if err != nil {
		return err
	}
	if err := etcd.ReplaceBootstrap(ctx, s.etcd, password, replaced); err != nil {
		return err
	}
	logrus.Info("certificate: Cluster Certificate Authority data has been updated, k3s must be restarted.")
	return nil
}
