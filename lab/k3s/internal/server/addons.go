// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/addons"
)

// keepAddons writes the packaged manifests and applies everything in SRV/manifests until ctx ends.
func (s *Server) keepAddons(ctx context.Context) {
	a := &addons.Addons{
		Folder: s.Folder + "/manifests", Kubeconfig: s.cred("admin.kubeconfig"), Disabled: s.Values.List("disable"),
		Domain: s.Critical.ClusterDomain, DNS: s.ClusterDNS,
	}
	if err := a.Keep(ctx); err != nil && ctx.Err() == nil {
		logrus.Errorf("addons: %v", err)
	}
}
