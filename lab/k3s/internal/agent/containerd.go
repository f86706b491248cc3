// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"groundwork.platform/lab/k3s/internal/child"
	"groundwork.platform/lab/k3s/internal/pki"
)

const (
	defaultPause = "rancher/mirrored-pause:3.6"
	ownBins      = "/opt/cni/bin" // where a CNI installed by the administrator keeps its programs
	ownConfigs   = "/etc/cni/net.d"
)

// pluginFolders are where distributions keep the standard CNI plugins.
var pluginFolders = []string{"/usr/lib/cni", ownBins, "/usr/libexec/cni"}

const containerdConfig = `version = 2
root = %[1]q
state = "/run/k3s/containerd"
[grpc]
  address = %[2]q
[plugins."io.containerd.internal.v1.opt"]
  path = %[1]q
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
  stream_server_port = "10010"
  restrict_oom_score_adj = %[3]s
  sandbox_image = %[4]q
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = %[5]q
  disable_snapshot_annotations = true
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = %[6]q
  conf_dir = %[7]q
`

func startContainerd(ctx context.Context, group *child.Group, o *Options, cluster Cluster) error {
	program, err := exec.LookPath("containerd")
	if err != nil {
		return fmt.Errorf("the K3s stand-in needs the host's containerd: %w", err)
	}
	bins, configs := ownBins, ownConfigs
	if cluster.hasCNI() {
		configs = o.path("etc/cni/net.d")
		if bins, err = pluginFolder(); err != nil {
			return err
		}
	}
	text := fmt.Sprintf(containerdConfig, o.path("containerd"), Socket, strconv.FormatBool(!maySetOOM()),
		o.Values.Text("pause-image", defaultPause), o.Values.Text("snapshotter", "overlayfs"), bins, configs)
	config := o.path("etc/containerd/config.toml")
	if err := pki.WriteFile(config, []byte(text), 0o644); err != nil {
		return err
	}
	if err := startInNamespace(group, program, []string{"--config", config, "--log-level", "warn"}); err != nil {
		return err
	}
	answers := func() error {
		_, err := ctr(ctx, nil, "version")
		return err
	}
	if err := wait(ctx, "containerd does not answer", answers); err != nil {
		return err
	}
	logrus.Info("containerd is now running")
	importImages(ctx, o)
	return nil
}

func pluginFolder() (string, error) {
	for _, folder := range pluginFolders {
		if _, err := os.Stat(filepath.Join(folder, "bridge")); err == nil {
			return folder, nil
		}
	}
	return "", fmt.Errorf("the K3s stand-in needs the standard CNI plugins in one of %s", strings.Join(pluginFolders, ", "))
}

// maySetOOM says whether this process may lower an OOM score (CAP_SYS_RESOURCE); without it runc must not try.
func maySetOOM() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	return unix.Capget(&header, &data[0]) == nil && data[0].Effective&(1<<unix.CAP_SYS_RESOURCE) != 0
}
