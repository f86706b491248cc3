// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Command k3s is a test double of K3s: it honours K3s's node-level contract over the real etcd and Kubernetes. By its
// other names (kube-apiserver, kubelet, …) it is those programs.
package main

import (
	"os"
	"path/filepath"

	"groundwork.platform/lab/k3s/internal/cli"
)

func main() {
	name := filepath.Base(os.Args[0])
	if cli.IsLink(name) {
		os.Args = append([]string{"k3s", name}, os.Args[1:]...)
	} else if component, ok := components[name]; ok {
		os.Exit(component(os.Args))
	}
	os.Exit(cli.Main(os.Args, components["kubectl"]))
}
