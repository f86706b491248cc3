// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"groundwork.platform/lab/k3s/internal/snapshot"
)

// s3 is the server's own S3 configuration, nil without etcd-s3.
func (o *Options) s3() (*snapshot.S3, error) {
	if !o.Values.Bool("etcd-s3") {
		return nil, nil
	}
	return snapshot.NewS3(func(name string) string { return o.Values.Text(name, "") })
}

// bucket opens the plan's bucket, nil when it has none. The configuration may be in a Secret when there is no other.
func (s *Server) bucket(ctx context.Context, p snapshotPlan) (*snapshot.Bucket, error) {
	if p.s3 == nil {
		return nil, nil
	}
	bucket, err := s.openBucket(ctx, p.s3)
	if err != nil {
		logrus.Warnf("Unable to initialize S3 client: %v", err)
		return nil, &snapshot.RequestError{Err: fmt.Errorf("failed to initialize S3 client: %w", err)}
	}
	return bucket, nil
}

func (s *Server) openBucket(ctx context.Context, config *snapshot.S3) (*snapshot.Bucket, error) {
	switch {
	case config.Unset() && config.ConfigSecret == "":
		return nil, errors.New("s3 configuration was not set")
	case config.Unset():
		secret, err := s.kubernetes.CoreV1().Secrets(metav1.NamespaceSystem).Get(ctx, config.ConfigSecret, metav1.GetOptions{})
		if err != nil {
			return nil, fmt.Errorf("failed to get config from etcd-s3-config-secret %q: %w", config.ConfigSecret, err)
		}
		keep := config.Retention
		if config, err = snapshot.NewS3(func(name string) string { return string(secret.Data[name]) }); err != nil {
			return nil, err
		}
		config.Retention = keep
	case config.ConfigSecret != "":
		logrus.Warnf("Ignoring s3 configuration from etcd-s3-config-secret %q due to existing configuration from CLI or config file", config.ConfigSecret)
	}
	system, err := s.kubernetes.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("failed to set S3 snapshot cluster ID: %w", err)
	}
	return snapshot.Open(ctx, config, snapshot.Stamp{Cluster: string(system.UID), Node: s.NodeName, TokenHash: s.tokenHash})
}

// upload stores a saved snapshot in S3, applies the retention there and returns what it did. A failure is noted in an
// ETCDSnapshotFile; the local snapshot counts all the same.
func (s *Server) upload(ctx context.Context, p snapshotPlan, name string, created time.Time) (result snapshot.Result) {
	bucket, err := s.bucket(ctx, p)
	file := snapshot.File{Name: name, Node: "s3", Created: created, S3: p.s3}
	if err != nil {
		file.Failure = err.Error()
	} else {
		if file, err = bucket.Upload(ctx, filepath.Join(p.folder.Path, name), created); err != nil {
			logrus.Errorf("Error received during snapshot upload to S3: %v", err)
		} else {
			result.Created = []string{name}
		}
		if result.Deleted, err = bucket.Prune(ctx, p.prefix); err != nil {
			logrus.Warnf("Failed to apply s3 snapshot retention policy: %v", err)
		}
	}
	if err := s.objects.Put(ctx, file); err != nil {
		logrus.Warnf("Failed to sync ETCDSnapshotFile: %v", err)
	}
	return result
}

// download fetches the snapshot to restore from S3. The API does not run then, so that a Secret cannot help.
func (s *Server) download(ctx context.Context, config *snapshot.S3, name string) (string, error) {
	if config.Unset() {
		return "", errors.New("cannot use S3 config secret when restoring snapshot; configuration must be set in CLI or config file")
	}
	bucket, err := snapshot.Open(ctx, config, snapshot.Stamp{Node: s.NodeName})
	if err != nil {
		return "", fmt.Errorf("failed to initialize S3 client: %w", err)
	}
	plan, err := s.snapshotPlan(snapshot.Request{})
	if err == nil {
		err = plan.folder.Ensure()
	}
	if err != nil {
		return "", fmt.Errorf("failed to get etcd-snapshot-dir: %w", err)
	}
	logrus.Infof("Retrieving etcd snapshot %s from S3", name)
	path, err := bucket.Download(ctx, name, plan.folder.Path)
	if err != nil {
		return "", fmt.Errorf("failed to download snapshot from S3: %w", err)
	}
	return path, nil
}

// remove deletes one snapshot wherever it is and says how often it was there.
func (s *Server) remove(ctx context.Context, p snapshotPlan, bucket *snapshot.Bucket, name string) (times []string) {
	from := map[string]func() error{"locally": func() error { return os.Remove(filepath.Join(p.folder.Path, name)) }}
	if bucket != nil {
		from["in S3"] = func() error { return bucket.Delete(ctx, name) }
	}
	for where, remove := range from {
		if err := remove(); errors.Is(err, os.ErrNotExist) {
			logrus.Infof("Snapshot %s not found %s", name, where)
		} else if err != nil {
			logrus.Errorf("Failed to delete snapshot %s %s: %v", name, where, err)
		} else {
			times = append(times, name)
		}
	}
	return times
}
