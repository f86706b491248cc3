// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/snapshot"
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
		if _, err := s.bucket(ctx, plan); err != nil {
			return nil, err
		}
		return s.saveSnapshot(ctx, plan)
	case "list":
		return s.listSnapshots(ctx, plan)
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
	if p.s3 != nil {
		stored := s.upload(ctx, p, file.Name, now)
		result.Created = append(result.Created, stored.Created...)
		result.Deleted = append(result.Deleted, stored.Deleted...)
	}
	s.noteSnapshots(ctx, p, result.Deleted)
	return result, nil
}

func (s *Server) listSnapshots(ctx context.Context, p snapshotPlan) (*snapshot.List, error) {
	bucket, err := s.bucket(ctx, p)
	if err != nil {
		return nil, err
	}
	files, err := p.folder.List()
	if err != nil {
		return nil, fmt.Errorf("failed to get etcd-snapshot-dir: %w", err)
	}
	if bucket != nil {
		stored, err := bucket.List(ctx)
		if err != nil {
			return nil, err
		}
		maps.Copy(files, stored)
	}
	return snapshot.NewList(files), nil
}

func (s *Server) pruneSnapshots(ctx context.Context, p snapshotPlan) (*snapshot.Result, error) {
	bucket, err := s.bucket(ctx, p)
	if err != nil {
		return nil, err
	}
	deleted, err := p.folder.Prune(p.prefix, p.keep)
	if err != nil {
		logrus.Errorf("Error applying snapshot retention policy: %v", err)
	}
	if bucket != nil {
		stored, err := bucket.Prune(ctx, p.prefix)
		if err != nil {
			logrus.Errorf("Error applying S3 snapshot retention policy: %v", err)
		}
		deleted = append(deleted, stored...)
	}
	s.noteSnapshots(ctx, p, deleted)
	return &snapshot.Result{Deleted: deleted}, nil
}

func (s *Server) deleteSnapshots(ctx context.Context, p snapshotPlan) (*snapshot.Result, error) {
	bucket, err := s.bucket(ctx, p)
	if err != nil {
		return nil, err
	}
	result := &snapshot.Result{}
	for _, name := range p.names {
		if filepath.Base(name) != name {
			return nil, &snapshot.RequestError{Err: errors.New("invalid snapshot name: path traversal not allowed")}
		}
		result.Deleted = append(result.Deleted, s.remove(ctx, p, bucket, name)...)
	}
	s.noteSnapshots(ctx, p, result.Deleted)
	return result, nil
}
