// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/supervisor"
)

// SnapshotDir is where snapshots of this server lie.
func (o *Options) snapshotDir() string {
	return o.Values.Text("etcd-snapshot-dir", filepath.Join(o.Folder, "db", "snapshots"))
}

// snapshot serves POST /db/snapshot; only the operation save is honoured, k3s etcd-snapshot ls lists the folder.
func (s *Server) snapshot(ctx context.Context, request supervisor.SnapshotRequest) (any, error) {
	if request.Operation != "save" {
		return nil, fmt.Errorf("the K3s stand-in does not honour the snapshot operation %q", request.Operation)
	}
	folder := s.snapshotDir()
	if request.Dir != nil && *request.Dir != "" {
		folder = *request.Dir
	} else if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	prefix := "on-demand"
	if len(request.Name) > 0 && request.Name[0] != "" {
		prefix = request.Name[0]
	}
	name := fmt.Sprintf("%s-%s-%d", prefix, s.NodeName, time.Now().Unix())
	stream, err := s.etcd.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	path := filepath.Join(folder, name)
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := io.Copy(file, stream); err != nil {
		return nil, err
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return nil, err
	}
	logrus.Infof("Saved snapshot %s", name)
	return map[string][]string{"created": {name}}, nil
}
