// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package etcd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"

	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/child"
)

const (
	copyClientURL = "http://127.0.0.1:2399"
	copyPeerURL   = "http://127.0.0.1:2398"
	copyWait      = time.Minute
)

// ErrOtherToken is returned when bootstrap data exists but this password does not open it.
var ErrOtherToken = errors.New("bootstrap data already found and encrypted with different token")

// ErrKeyExists is returned by SaveBootstrap when the data is already there, which is the normal case of a restart.
var ErrKeyExists = errors.New("Bootstrap key already exists")

// LoadBootstrap returns the decrypted bootstrap data, nil when there is none yet.
func LoadBootstrap(ctx context.Context, client *clientv3.Client, password string) (bootstrap.Files, error) {
	data, exists, err := bootstrapValue(ctx, client, password)
	if err != nil || !exists || len(data) == 0 {
		return nil, err
	}
	plain, err := bootstrap.Decrypt(password, data)
	if err != nil {
		return nil, err
	}
	return bootstrap.Decode(plain)
}

func bootstrapValue(ctx context.Context, client *clientv3.Client, password string) (value []byte, exists bool, err error) {
	response, err := client.Get(ctx, bootstrap.Prefix, clientv3.WithPrefix())
	if err != nil {
		return nil, false, err
	}
	if len(response.Kvs) > 1 {
		logrus.Warnf("found multiple bootstrap keys in storage")
	}
	for _, kv := range response.Kvs {
		if string(kv.Key) == bootstrap.Key(password) {
			return kv.Value, true, nil
		}
	}
	if len(response.Kvs) > 0 {
		return nil, false, ErrOtherToken
	}
	return nil, false, nil
}

// SaveBootstrap stores the data under the password unless it is stored already.
func SaveBootstrap(ctx context.Context, client *clientv3.Client, password string, files bootstrap.Files) error {
	value, exists, err := bootstrapValue(ctx, client, password)
	if err != nil {
		return err
	}
	if exists && len(value) > 0 {
		return ErrKeyExists
	}
	return putBootstrap(ctx, client, password, files)
}

// ReadCopy runs use against a copy of this member's files, as a cluster of its own on loopback: so a restarting
// server reads its bootstrap data without quorum and without changing its member.
func (m *Member) ReadCopy(ctx context.Context, use func(*clientv3.Client) error) error {
	folder := m.Folder + "-tmp"
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.CopyFS(folder, os.DirFS(m.Folder)); err != nil {
		return fmt.Errorf("copy etcd files: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return err
	}
	group := child.NewGroup()
	process, err := m.run(group, filepath.Join(folder, "config"), map[string]any{
		"name": m.Name, "data-dir": folder, "force-new-cluster": true,
		"listen-client-urls": copyClientURL, "advertise-client-urls": copyClientURL,
		"listen-peer-urls": copyPeerURL, "initial-advertise-peer-urls": copyPeerURL,
		"initial-cluster": m.Name + "=" + copyPeerURL, "logger": "zap", "log-level": "error", "log-outputs": []string{"stderr"},
		"unsafe-no-fsync": true, "socket-reuse-address": true, "socket-reuse-port": true,
	})
	if err != nil {
		return err
	}
	defer process.Stop(5 * time.Second)
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{copyClientURL}, DialTimeout: dialTimeout})
	if err != nil {
		return err
	}
	defer client.Close()
	if err := waitReadable(ctx, client, process); err != nil {
		return err
	}
	return use(client)
}

func waitReadable(ctx context.Context, client *clientv3.Client, process *child.Process) error {
	ctx, cancel := context.WithTimeout(ctx, copyWait)
	defer cancel()
	for {
		attempt, done := context.WithTimeout(ctx, 2*time.Second)
		_, err := client.Get(attempt, bootstrap.Prefix)
		done()
		if err == nil {
			return nil
		}
		select {
		case <-process.Done():
			return errors.New("the copy of etcd ended early")
		case <-ctx.Done():
			return fmt.Errorf("the copy of etcd did not answer: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Members as /db/info shows them.
type Members struct {
	Members []MemberInfo `json:"members"`
}

// MemberInfo is one member; IsLearner is absent when false, IDs are numbers as in etcd's own JSON.
type MemberInfo struct {
	ID         uint64   `json:"ID,omitempty"`
	Name       string   `json:"name,omitempty"`
	PeerURLs   []string `json:"peerURLs,omitempty"`
	ClientURLs []string `json:"clientURLs,omitempty"`
	IsLearner  bool     `json:"isLearner,omitempty"`
}

// Info lists the members; it needs quorum.
func Info(ctx context.Context, client *clientv3.Client) (Members, error) {
	list, err := client.MemberList(ctx)
	if err != nil {
		return Members{}, err
	}
	var result Members
	for _, member := range list.Members {
		result.Members = append(result.Members, MemberInfo{member.ID, member.Name, member.PeerURLs, member.ClientURLs, member.IsLearner})
	}
	return result, nil
}

// ClientURLs returns the client URLs of all started members.
func (m Members) ClientURLs() []string {
	var urls []string
	for _, member := range m.Members {
		if !member.IsLearner && strings.TrimSpace(member.Name) != "" {
			urls = append(urls, member.ClientURLs...)
		}
	}
	return urls
}
