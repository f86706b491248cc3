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
	cgroupRoot  = "/sys/fs/cgroup"
	cgroupTree  = "mode=755,size=1m"
	shadowPlace = "/run/k3s/sysctl"
)

// kubeletSysctls are what the kubelet insists on. They belong to the whole machine, so only its view of them changes.
var kubeletSysctls = map[string]string{"vm/overcommit_memory": "1", "kernel/panic": "10", "kernel/panic_on_oops": "1"}

// startInNamespace starts a program in a mount namespace of its own; mounts below / stay shared with the host, so
// that pods survive a restart of K3s.
func startInNamespace(group *child.Group, path string, args []string, env ...string) error {
	_, err := group.Program("/proc/self/exe", "k3s", append([]string{InNamespace, path}, args...), env...)
	return err
}

// EnterNamespace becomes args[0] with the arguments after it.
func EnterNamespace(args []string) int {
	runtime.LockOSThread() // unshare works on one thread; exec then makes it the only one
	err := syscall.Unshare(syscall.CLONE_NEWNS)
	if err == nil {
		err = shadowSysctls()
	}
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

// private keeps mounts made on top of a mount point in this namespace.
func private(path string) error {
	err := syscall.Mount("", path, "", syscall.MS_PRIVATE, "")
	if err == syscall.EINVAL { // no mount point of its own: its parent decides
		return syscall.Mount("", filepath.Dir(path), "", syscall.MS_PRIVATE, "")
	}
	return err
}

func shadowSysctls() error {
	if err := private("/proc"); err != nil {
		return fmt.Errorf("/proc: %w", err)
	}
	_ = syscall.Mount("", "/proc/sys", "", syscall.MS_PRIVATE, "") // only some containers mount it on its own
	for name, value := range kubeletSysctls {
		target := filepath.Join("/proc/sys", name)
		if current, err := os.ReadFile(target); err == nil && strings.TrimSpace(string(current)) == value {
			continue
		}
		source := filepath.Join(shadowPlace, name)
		if err := os.MkdirAll(filepath.Dir(source), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(source, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		if err := syscall.Mount(source, target, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
	}
	return nil
}

// mountV1 replaces the cgroup2 view by a tree with every v1 hierarchy of /proc/self/cgroup.
func mountV1() error {
	if err := private(cgroupRoot); err != nil {
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
