// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/etcd"
	"groundwork.platform/lab/k3s/internal/pki"
	"groundwork.platform/lab/k3s/internal/snapshot"
	"groundwork.platform/lab/k3s/internal/supervisor"
)

const (
	resetDone = "Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. " +
		"Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes"
	resetBefore = "Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally. " +
		"If you need to perform another cluster reset, you must first manually delete the file at %s"
)

func (o *Options) resetFlag() string { return filepath.Join(o.Folder, "db", "reset-flag") }

// checkReset refuses what K3s refuses before it touches anything (k3s-contract 1 and 6). A token from token-file does
// not count here, although it is used later.
func (o *Options) checkReset() error {
	if o.JoinURL != "" {
		return errors.New("cannot perform cluster-reset while server URL is set - remove server from configuration before resetting")
	}
	if file := filepath.Join(o.Folder, "token"); o.Values.Text("token", "") == "" && !exists(file) {
		return fmt.Errorf("%s does not exist, please pass --token to complete the restoration", file)
	}
	if o.restorePath() == "" && exists(o.resetFlag()) {
		return fmt.Errorf(resetBefore, o.resetFlag())
	}
	return nil
}

func (o *Options) restorePath() string { return o.Values.Text("cluster-reset-restore-path", "") }

// reset makes this server's etcd a cluster of one, from its own data or from a snapshot, takes the shared files out of
// it and ends (k3s-contract 6).
func (s *Server) reset(ctx context.Context) error {
	if err := s.checkReset(); err != nil {
		return err
	}
	if err := s.layout(); err != nil {
		return err
	}
	if err := s.ensureFiles(); err != nil {
		return fmt.Errorf("preparing server: %w", err)
	}
	if err := s.resetMember(ctx); err != nil {
		return fmt.Errorf("preparing server: failed to start managed database: %w", err)
	}
	var err error
	if s.etcd, err = s.Member.Client(); err != nil {
		return err
	}
	if s.process, err = s.Member.StartAlone(s.Group); err != nil {
		return err
	}
	if err := s.waitFor(ctx, s.Member.Alone); err != nil {
		return err
	}
	if err := s.recoverFiles(ctx); err != nil {
		return &FatalError{err}
	}
	return &ShutdownRequest{errors.New(resetDone)}
}

func (s *Server) resetMember(ctx context.Context) error {
	path := s.restorePath()
	if path == "" {
		if err := s.Member.Rename(); err != nil {
			return err
		}
	} else if err := s.restoreMember(ctx, path); err != nil {
		return err
	}
	return pki.WriteFile(s.resetFlag(), nil, 0o600)
}

func (s *Server) restoreMember(ctx context.Context, path string) error {
	config, err := s.s3()
	if err == nil && config != nil {
		path, err = s.download(ctx, config, path)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("etcd: snapshot path does not exist: %s", path)
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("etcd: snapshot path must be a file, not a directory: %s", path)
	}
	if strings.HasSuffix(path, snapshot.Zip) {
		if path, err = snapshot.Uncompress(path); err != nil {
			return err
		}
	}
	return s.Member.Restore(path)
}

// recoverFiles replaces the shared files with those of the datastore, keeping the certificates it finds.
func (s *Server) recoverFiles(ctx context.Context) error {
	password, err := s.password()
	if err != nil {
		return err
	}
	files, err := etcd.LoadBootstrap(ctx, s.etcd, password)
	if err != nil {
		return err
	}
	backup := filepath.Join(s.Folder, fmt.Sprintf("tls-%d", time.Now().Unix()))
	logrus.Infof("Cluster reset: backing up certificates directory to %s", backup)
	if err := os.CopyFS(backup, os.DirFS(s.tls(""))); err != nil {
		return err
	}
	return files.Write(s.Folder)
}

// forgetServing drops the cached serving certificate at the first start after a reset.
func (o *Options) forgetServing() error {
	if !exists(o.resetFlag()) {
		return nil
	}
	if err := os.Remove(o.tls("dynamic-cert.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// finishReset drops the password that the datastore has for this node, which may be another machine's, and the flag.
func (s *Server) finishReset(ctx context.Context) error {
	if !exists(s.resetFlag()) {
		return nil
	}
	err := s.kubernetes.CoreV1().Secrets(metav1.NamespaceSystem).Delete(ctx, supervisor.PasswordSecret(s.NodeName), metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	return os.Remove(s.resetFlag())
}
