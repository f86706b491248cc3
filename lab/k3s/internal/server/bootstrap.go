// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/sirupsen/logrus"
	clientv3 "go.etcd.io/etcd/client/v3"

	"groundwork.platform/lab/k3s/internal/access"
	"groundwork.platform/lab/k3s/internal/bootstrap"
	"groundwork.platform/lab/k3s/internal/etcd"
	"groundwork.platform/lab/k3s/internal/token"
)

// remoteWait is how long a restarting server waits for the one it is configured to ask.
const remoteWait = 15 * time.Second

// shared decides where this server's shared files come from: a server it joins, the datastore it had before, or
// nowhere (first server). It returns the connection to the joined server's supervisor, or nil.
func (s *Server) shared(ctx context.Context) (*access.Client, error) {
	if s.Member.Initialized() {
		return nil, s.reconcile(ctx)
	}
	if s.JoinURL == "" || (s.Token == "" && !s.Values.Bool("cluster-init")) {
		return nil, nil
	}
	if s.Token == "" {
		return nil, errors.New("failed to check if bootstrap data has been initialized: token is required to join a cluster")
	}
	supervisor, err := s.connect(ctx, s.Token, token.ServerUser)
	if err != nil {
		return nil, fmt.Errorf("failed to check if bootstrap data has been initialized: failed to validate token: %w", err)
	}
	if err := s.checkCritical(ctx); err != nil {
		return nil, fmt.Errorf("failed to validate server configuration: %w", err)
	}
	files, err := fetch(ctx, supervisor)
	if err != nil {
		return nil, err
	}
	return supervisor, files.Write(s.Folder)
}

func (s *Server) connect(ctx context.Context, secret, user string) (*access.Client, error) {
	localCA, err := os.ReadFile(s.tls("server-ca.crt"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return access.Connect(ctx, access.Options{URL: s.JoinURL, Token: secret, User: user, LocalCA: localCA})
}

func fetch(ctx context.Context, supervisor *access.Client) (bootstrap.Files, error) {
	data, err := supervisor.Get(ctx, "/v1-k3s/server-bootstrap")
	if err != nil {
		return nil, err
	}
	return bootstrap.Decode(data)
}

// checkCritical compares the critical settings with the cluster's, which nodes may read: without this server's agent
// token being right it can only warn.
func (s *Server) checkCritical(ctx context.Context) error {
	secret := s.AgentToken
	if secret == "" {
		secret = s.Token
	}
	supervisor, err := s.connect(ctx, secret, token.NodeUser)
	if err != nil {
		return err
	}
	data, err := supervisor.Get(ctx, "/v1-k3s/config")
	var status *access.StatusError
	if errors.As(err, &status) && status.Code/100 == 4 {
		logrus.Warnf("Skipping cluster configuration validation: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	var theirs Critical
	if err := json.Unmarshal(data, &theirs); err != nil {
		return err
	}
	different := false
	ours, other := reflect.ValueOf(s.Critical), reflect.ValueOf(theirs)
	for i := range ours.NumField() {
		if !reflect.DeepEqual(ours.Field(i).Interface(), other.Field(i).Interface()) {
			logrus.Warnf("critical configuration mismatched: %s", ours.Type().Field(i).Tag.Get("cli"))
			different = true
		}
	}
	if different {
		return errors.New("critical configuration value mismatch between servers")
	}
	return nil
}

// reconcile makes the shared files on disk equal to the datastore's: asked from the configured server, else read from
// a copy of this server's own etcd files (contract 3.2).
func (s *Server) reconcile(ctx context.Context) error {
	if s.JoinURL != "" {
		files, err := s.remoteFiles(ctx)
		if err == nil {
			return files.Reconcile(s.Folder)
		}
		logrus.Warnf("Unable to reconcile with remote datastore: %v", err)
	}
	password, err := s.password()
	if err != nil {
		return err
	}
	var files bootstrap.Files
	err = s.Member.ReadCopy(ctx, func(client *clientv3.Client) (err error) {
		files, err = etcd.LoadBootstrap(ctx, client, password)
		return err
	})
	if err != nil {
		return fmt.Errorf("failed to reconcile with local datastore: %w", err)
	}
	return files.Reconcile(s.Folder)
}

func (s *Server) remoteFiles(ctx context.Context) (bootstrap.Files, error) {
	ctx, cancel := context.WithTimeout(ctx, remoteWait)
	defer cancel()
	secret := s.Token
	if info, err := token.Parse(s.Token); err == nil {
		secret = info.Password // on a restart the CA on disk decides, not the hash
	}
	if secret == "" {
		passwd, err := token.ReadPasswd(s.cred("passwd"))
		if err != nil {
			return nil, err
		}
		secret = passwd.Password(token.ServerUser)
	}
	supervisor, err := s.connect(ctx, secret, token.ServerUser)
	if err != nil {
		return nil, err
	}
	return fetch(ctx, supervisor)
}
