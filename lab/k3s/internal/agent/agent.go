// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/child"
)

const startWait = 2 * time.Minute

// Run starts a node below the given group of children and keeps its pod network until ctx ends.
func Run(ctx context.Context, group *child.Group, o *Options) error {
	return run(ctx, group, o, func() {})
}

func run(ctx context.Context, group *child.Group, o *Options, started func()) error {
	for _, folder := range []string{"etc/containerd", "etc/kubelet.conf.d", "etc/cni/net.d", "images", "pod-manifests", "containerd"} {
		if err := os.MkdirAll(o.path(folder), 0o755); err != nil {
			return err
		}
	}
	cluster, err := o.register(ctx)
	if err != nil {
		return err
	}
	prepareKernel(o.Values.Bool("protect-kernel-defaults"))
	if err := startContainerd(ctx, group, o, cluster); err != nil {
		return err
	}
	if err := startKubelet(group, o, cluster); err != nil {
		return err
	}
	if !o.Values.Bool("disable-kube-proxy") {
		if err := startProxy(group, o, cluster); err != nil {
			return err
		}
	}
	started()
	go watchImages(ctx, o)
	if !cluster.hasCNI() {
		logrus.Info("flannel-backend is none: the node stays NotReady until a CNI is installed")
		return nil
	}
	return keepNetwork(ctx, o, cluster)
}

// wait polls until done returns nil.
func wait(ctx context.Context, what string, done func() error) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for {
		err := done()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
