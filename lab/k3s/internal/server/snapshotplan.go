// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"fmt"
	"path/filepath"
	"strconv"

	"groundwork.platform/lab/k3s/internal/snapshot"
)

// snapshotRetention is K3s's default.
const snapshotRetention = 5

// snapshotPlan is one snapshot operation: the server's configuration under what the request overrides.
type snapshotPlan struct {
	prefix   string
	names    []string
	folder   snapshot.Folder
	compress bool
	keep     int
	s3       *snapshot.S3 // nil when nothing goes to S3
}

func (o *Options) snapshotPlan(request snapshot.Request) (snapshotPlan, error) {
	standard := filepath.Join(o.Folder, "db", "snapshots")
	p := snapshotPlan{prefix: snapshot.Scheduled, names: request.Name, compress: o.Values.Bool("etcd-snapshot-compress")}
	p.folder = snapshot.Folder{Path: o.Values.Text("etcd-snapshot-dir", standard), Node: o.NodeName}
	var err error
	if p.keep, err = strconv.Atoi(o.Values.Text("etcd-snapshot-retention", strconv.Itoa(snapshotRetention))); err != nil {
		return p, fmt.Errorf("invalid etcd-snapshot-retention: %w", err)
	}
	if len(request.Name) > 0 {
		p.prefix = request.Name[0]
	}
	if request.Dir != nil {
		p.folder.Path = *request.Dir
	}
	if request.Compress != nil {
		p.compress = *request.Compress
	}
	if request.Retention != nil {
		p.keep = *request.Retention
	}
	p.s3 = request.S3
	p.folder.Default = p.folder.Path == standard
	return p, nil
}
