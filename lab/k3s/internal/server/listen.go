// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"fmt"
	"net"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/supervisor"
)

// listen opens the supervisor port; its routes answer "starting" until etcd runs.
func (s *Server) listen(ctx context.Context) error {
	certificate, err := s.serving(s.ca)
	if err != nil {
		return err
	}
	if s.etcd, err = s.Member.Client(); err != nil {
		return err
	}
	if err := s.clients(); err != nil {
		return err
	}
	proxy, err := s.proxy()
	if err != nil {
		return err
	}
	s.supervisor = &supervisor.Supervisor{
		Folder: s.Folder, Passwd: s.passwd, ServerCA: s.ca.server, ClientCA: s.ca.client, Config: s.Critical,
		Etcd: s.etcd, HasEtcd: !s.standalone, Kubernetes: s.kubernetes, Proxy: proxy, Snapshot: s.snapshot,
		Rotate:          func(wanted string) error { return s.rotate(ctx, wanted) },
		EncryptionState: s.encryptionState,
		Encrypt:         func(request supervisor.EncryptionRequest) error { return s.encrypt(ctx, request) },
		ReplaceCAs:      func(given bootstrap.Files, force bool) error { return s.replaceCAs(ctx, given, force) },
	}
	address := net.JoinHostPort(s.Values.Text("bind-address", ""), s.Port)
	if err := s.supervisor.Listen(ctx, address, certificate); err != nil {
		return fmt.Errorf("failed to listen on %s: %w", address, err)
	}
	return nil
}
