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
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/snapshot"
)

// Etcd ends its stream with a SHA-256 of the database, whose size is a multiple of a page's.
const (
	checksumBytes = 32
	pageBytes     = 512
)

// fingerprint tells which server token opens a snapshot. K3s takes it when it starts: after a rotation it is the old
// token's until the next start (k3s-contract 3.3).
func (s *Server) fingerprint() (string, error) {
	password, err := s.password()
	return strings.TrimPrefix(bootstrap.Key(password), bootstrap.Prefix), err
}

// snapshot serves POST /db/snapshot (k3s-contract 5).
func (s *Server) snapshot(ctx context.Context, request snapshot.Request) (any, error) {
	plan, err := s.snapshotPlan(request)
	if err != nil {
		return nil, err
	}
	switch request.Operation {
	case "save":
		return s.saveSnapshot(ctx, plan)
	case "list":
		return s.listSnapshots(plan)
	case "prune":
		return s.pruneSnapshots(ctx, plan)
	case "delete":
		return s.deleteSnapshots(ctx, plan)
	}
	return nil, &snapshot.RequestError{Err: errors.New("invalid snapshot operation")}
}

// saveSnapshot saves one snapshot and applies the retention. A snapshot that cannot be written is no error but a failed
// ETCDSnapshotFile, as in K3s: the result then names nothing.
func (s *Server) saveSnapshot(ctx context.Context, p snapshotPlan) (*snapshot.Result, error) {
	if !s.snapshots.TryLock() {
		return nil, errors.New("snapshot save already in progress")
	}
	defer s.snapshots.Unlock()
	status, err := s.etcd.Status(ctx, s.etcd.Endpoints()[0])
	if err != nil {
		return nil, fmt.Errorf("failed to check etcd status for snapshot: %w", err)
	}
	if status.IsLearner {
		return nil, errors.New("unable to take snapshot: not supported for learner")
	}
	if err := p.folder.Ensure(); err != nil {
		return nil, fmt.Errorf("failed to get etcd-snapshot-dir: %w", err)
	}
	result := &snapshot.Result{}
	now := time.Now().Round(time.Second)
	file, err := s.writeSnapshot(ctx, p, now)
	if err != nil {
		logrus.Errorf("Failed to take etcd snapshot: %v", err)
		file = snapshot.File{Name: snapshot.NewName(p.prefix, s.NodeName, now), Node: s.NodeName, Created: now, Failure: err.Error()}
	} else {
		file.TokenHash = s.tokenHash
		result.Created = []string{file.Name}
	}
	if err := s.objects.Put(ctx, file); err != nil {
		logrus.Warnf("Failed to sync ETCDSnapshotFile: %v", err)
	}
	if file.Failure != "" {
		return result, nil
	}
	if result.Deleted, err = p.folder.Prune(p.prefix, p.keep); err != nil {
		logrus.Warnf("Failed to apply local snapshot retention policy: %v", err)
	}
	s.noteSnapshots(ctx, p, result.Deleted)
	return result, nil
}

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

func (s *Server) listSnapshots(p snapshotPlan) (*snapshot.List, error) {
	files, err := p.folder.List()
	if err != nil {
		return nil, fmt.Errorf("failed to get etcd-snapshot-dir: %w", err)
	}
	return snapshot.NewList(files), nil
}

func (s *Server) pruneSnapshots(ctx context.Context, p snapshotPlan) (*snapshot.Result, error) {
	deleted, err := p.folder.Prune(p.prefix, p.keep)
	if err != nil {
		logrus.Errorf("Error applying snapshot retention policy: %v", err)
	}
	s.noteSnapshots(ctx, p, deleted)
	return &snapshot.Result{Deleted: deleted}, nil
}

func (s *Server) deleteSnapshots(ctx context.Context, p snapshotPlan) (*snapshot.Result, error) {
	result := &snapshot.Result{}
	for _, name := range p.names {
		if filepath.Base(name) != name {
			return nil, &snapshot.RequestError{Err: errors.New("invalid snapshot name: path traversal not allowed")}
		}
		err := os.Remove(filepath.Join(p.folder.Path, name))
		if err == nil {
			result.Deleted = append(result.Deleted, name)
		} else if errors.Is(err, os.ErrNotExist) {
			logrus.Infof("Snapshot %s not found locally", name)
		} else {
			logrus.Errorf("Failed to delete local snapshot %s: %v", name, err)
		}
	}
	s.noteSnapshots(ctx, p, result.Deleted)
	return result, nil
}
