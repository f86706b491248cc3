// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"groundwork.platform/lab/k3s/internal/child"
)

// InNamespace is the hidden command that enters the node's mount namespace before it becomes another program.
const InNamespace = "in-node-namespace"

const (
	cgroupRoot = "/sys/fs/cgroup"
	cgroupTree = "mode=755,size=1m"
)

// startInNamespace starts a program in a mount namespace of its own; mounts below / stay shared with the host, so
// that pods survive a restart of K3s.
func startInNamespace(group *child.Group, path string, args []string) error {
	_, err := group.Wrapped(filepath.Base(path), append([]string{"k3s", InNamespace, path}, args...))
	return err
}

// EnterNamespace becomes args[0] with the arguments after it.
func EnterNamespace(args []string) int {
	runtime.LockOSThread() // unshare works on one thread; exec then makes it the only one
	err := syscall.Unshare(syscall.CLONE_NEWNS)
	if err == nil && needsV1(cgroupRoot) {
		err = mountV1()
	}
	if err == nil {
		name := filepath.Base(args[0])
		if args[0] == "kubelet" {
			args[0] = "/proc/self/exe"
		}
		err = syscall.Exec(args[0], append([]string{name}, args[1:]...), os.Environ())
	}
	fmt.Fprintf(os.Stderr, "node namespace: %v\n", err)
	return 1
}

// needsV1 says whether the machine keeps the resource controllers on cgroup v1, out of the host's cgroup2 view.
func needsV1(root string) bool {
	data, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	return err == nil && !strings.Contains(string(data), "memory")
}

// mountV1 replaces the cgroup2 view by a tree with every v1 hierarchy of /proc/self/cgroup.
func mountV1() error {
	// Mounts on top of it stay in this namespace only.
	if err := syscall.Mount("", cgroupRoot, "", syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("%s: %w", cgroupRoot, err)
	}
	if err := syscall.Mount("tmpfs", cgroupRoot, "tmpfs", 0, cgroupTree); err != nil {
		return err
	}
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 || fields[1] == "" {
			continue
		}
		if err := mountHierarchy(fields[1]); err != nil {
			return fmt.Errorf("cgroup %s: %w", fields[1], err)
		}
	}
	return nil
}

func mountHierarchy(controllers string) error {
	options, folder := controllers, controllers
	if name, named := strings.CutPrefix(controllers, "name="); named {
		options, folder = "none,"+controllers, name
	}
	target := filepath.Join(cgroupRoot, folder)
	if err := os.Mkdir(target, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("cgroup", target, "cgroup", 0, options); err != nil {
		return err
	}
	for _, one := range strings.Split(folder, ",") {
		if one == folder {
			break
		}
		if err := os.Symlink(folder, filepath.Join(cgroupRoot, one)); err != nil {
			return err
		}
	}
	return nil
}
