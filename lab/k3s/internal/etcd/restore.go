// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"

	"groundwork.platform/lab/k3s/internal/child"
)

// Restore puts the member's data aside and makes new data of one member from a snapshot, whose checksum must hold.
func (m *Member) Restore(path string) error {
	if _, err := os.Stat(m.Folder); err == nil {
		old := fmt.Sprintf("%s-old-%d", m.Folder, time.Now().Unix())
		logrus.Infof("Etcd data directory already exists, moving to %s", old)
		if err := os.Rename(m.Folder, old); err != nil {
			return err
		}
	}
	m.Name = m.newName()
	err := snapshot.NewV3(zap.NewNop()).Restore(snapshot.RestoreConfig{
		SnapshotPath: path, Name: m.Name, OutputDataDir: m.Folder, PeerURLs: []string{m.PeerURL()}, InitialCluster: m.Name + "=" + m.PeerURL(),
	})
	if err != nil {
		return err
	}
	return m.writeName()
}

// StartAlone starts the member as the only one of its cluster, whoever was a member before, on loopback only.
func (m *Member) StartAlone(group *child.Group) (*child.Process, error) {
	config := m.settings(m.Name+"="+m.PeerURL(), "new")
	config["force-new-cluster"] = true
	config["listen-client-urls"] = LocalURL
	config["listen-peer-urls"] = "https://127.0.0.1:" + peerPort
	config["listen-metrics-urls"] = metricsURL
	return m.run(group, filepath.Join(m.Folder, "config"), config)
}

// Alone returns nil when this member is the only one and works, under its name and address; it corrects the address.
func (m *Member) Alone(ctx context.Context, client *clientv3.Client) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	list, err := client.MemberList(ctx)
	if err != nil {
		return err
	}
	if len(list.Members) != 1 || list.Members[0].Name != m.Name {
		return fmt.Errorf("members are %v instead of %s", list.Members, m.Name)
	}
	if only := list.Members[0]; !hasHost(only.PeerURLs, m.Address) {
		if _, err := client.MemberUpdate(ctx, only.ID, []string{m.PeerURL()}); err != nil {
			return err
		}
	}
	return m.Test(ctx, client)
}
