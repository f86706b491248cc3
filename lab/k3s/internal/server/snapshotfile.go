// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/snapshot"
)

// Etcd ends its stream with a SHA-256 of the database, whose size is a multiple of a page's.
const (
	checksumBytes = 32
	pageBytes     = 512
)

// writeSnapshot streams this member's database into a file, with etcd's checksum at its end.
func (s *Server) writeSnapshot(ctx context.Context, p snapshotPlan, now time.Time) (file snapshot.File, err error) {
	path := filepath.Join(p.folder.Path, snapshot.NewName(p.prefix, s.NodeName, now))
	partial := path + snapshot.Partial
	logrus.Infof("Saving etcd snapshot to %s", path)
	output, err := os.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return file, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(partial))
		}
	}()
	err = s.copyDatabase(ctx, output)
	if err = errors.Join(err, output.Close()); err != nil {
		return file, err
	}
	if err := os.Rename(partial, path); err != nil {
		return file, err
	}
	if p.compress {
		if path, err = snapshot.Compress(path, now); err != nil {
			return file, fmt.Errorf("failed to compress snapshot: %w", err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return file, err
	}
	return p.folder.File(info), nil
}

func (s *Server) copyDatabase(ctx context.Context, output *os.File) error {
	stream, err := s.etcd.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	size, err := io.Copy(output, stream)
	if err != nil {
		return err
	}
	if size%pageBytes != checksumBytes {
		return fmt.Errorf("sha256 checksum not found [bytes: %d]", size)
	}
	return output.Sync()
}
