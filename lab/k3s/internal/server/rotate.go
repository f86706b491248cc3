// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"context"
	"errors"
	"path/filepath"

	"groundwork.platform/lab/k3s/internal/etcd"
	"groundwork.platform/lab/k3s/internal/pki"
	"groundwork.platform/lab/k3s/internal/token"
)

// rotateToken gives the cluster a new server token (contract 3.3): first cred/passwd and SRV/token of this server, then
// the datastore. The supervisor goes on with the passwords it read at its start. A failure half-way is not undone.
func (s *Server) rotateToken(ctx context.Context, wanted string) error {
	s.rotation.Lock()
	defer s.rotation.Unlock()
	passwd, err := token.ReadPasswd(s.cred("passwd"))
	if err != nil {
		return err
	}
	old := passwd.Password(token.ServerUser)
	if old == "" {
		return errors.New("server token not found")
	}
	password, err := newPassword(wanted)
	if err != nil {
		return err
	}
	passwd.Ensure(token.ServerUser, token.ServerRole, password)
	if passwd.Password(token.NodeUser) == old && s.AgentToken == "" {
		passwd.Ensure(token.NodeUser, token.NodeRole, password)
	}
	if err := passwd.Write(s.cred("passwd")); err != nil {
		return err
	}
	text := token.Format(token.HashCA(s.ca.server.PEM), token.ServerUser, password) + "\n"
	if err := pki.WriteFile(filepath.Join(s.Folder, "token"), []byte(text), 0o600); err != nil {
		return err
	}
	if err := etcd.RotateBootstrap(ctx, s.etcd, old, password); err != nil {
		return err
	}
	s.Token = password
	return s.replaceBootstrap(ctx)
}

// rotate serves PUT /v1-k3s/token; it returns context.Canceled when this server ends meanwhile.
func (s *Server) rotate(ctx context.Context, wanted string) error {
	err := s.rotateToken(ctx, wanted)
	if err != nil && ctx.Err() != nil {
		return context.Canceled
	}
	return err
}

// newPassword is that of the wanted token, or an invented one.
func newPassword(wanted string) (string, error) {
	if wanted == "" {
		return token.Random(), nil
	}
	info, err := token.Parse(wanted)
	if err == nil && info.Bearer != "" {
		err = errors.New("a bootstrap token cannot be the server token")
	}
	return info.Password, err
}

// replaceBootstrap stores the shared files as they are on this server's disk now. The caller holds s.rotation.
func (s *Server) replaceBootstrap(ctx context.Context) error {
	password, files, err := s.onDisk()
	if err != nil {
		return err
	}
	return etcd.ReplaceBootstrap(ctx, s.etcd, password, files)
}
