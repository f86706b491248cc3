// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package cli

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"groundwork.platform/lab/k3s/internal/agent"
)

// runtimeClient runs the host's crictl or ctr against K3s's containerd.
func runtimeClient(args []string) int {
	path, err := exec.LookPath(args[0])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", args[0], err)
		return 1
	}
	env := append(os.Environ(), "CONTAINERD_ADDRESS="+agent.Socket, "CONTAINERD_NAMESPACE=k8s.io", "CONTAINER_RUNTIME_ENDPOINT=unix://"+agent.Socket)
	err = syscall.Exec(path, args, env)
	fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
	return 1
}
