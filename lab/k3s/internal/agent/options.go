// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package agent runs a node: containerd, kubelet, kube-proxy, the pod network, all of them the real programs.
package agent

import (
	"path/filepath"

	"groundwork.platform/lab/k3s/internal/config"
)

// Socket is containerd's socket.
const Socket = "/run/k3s/containerd/containerd.sock"

// Options is what a node needs to know.
type Options struct {
	Values    config.Values
	DataDir   string
	NodeName  string
	NodeIPs   []string
	ServerURL string // supervisor
	Token     string
	// Balance sends the node through a load balancer over all servers; a server talks to itself.
	Balance bool
}

func (o *Options) path(name string) string { return filepath.Join(o.DataDir, "agent", name) }

// Cluster is the part of /v1-k3s/config a node uses.
type Cluster struct {
	ClusterIPRange string
	ServiceIPRange string
	ClusterDNS     string
	ClusterDomain  string
	FlannelBackend string
}

// hasCNI says whether K3s itself brings the pod network.
func (c Cluster) hasCNI() bool { return c.FlannelBackend != "none" }
