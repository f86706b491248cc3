// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"groundwork.platform/lab/k3s/internal/agent"
	"groundwork.platform/lab/k3s/internal/token"
)

// AgentOptions are those of this server's own node, which registers with its own supervisor like any other.
func (s *Server) AgentOptions() *agent.Options {
	return &agent.Options{
		Values: s.Values, DataDir: s.DataDir, NodeName: s.NodeName, NodeIPs: s.NodeIPs, ServerURL: "https://127.0.0.1:" + s.Port,
		Token: token.Format(token.HashCA(s.ca.server.PEM), token.NodeUser, s.passwd.Password(token.NodeUser)),
	}
}
