// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"groundwork.platform/lab/k3s/internal/pki"
	"groundwork.platform/lab/k3s/internal/token"
)

func (o *Options) cred(name string) string { return filepath.Join(o.Folder, "cred", name) }

// ensurePasswd brings cred/passwd up to date with the configured tokens; without a configured token the old password
// stays, or one is invented.
func (o *Options) ensurePasswd() (*token.Passwd, error) {
	passwd, err := token.ReadPasswd(o.cred("passwd"))
	if err != nil {
		return nil, err
	}
	server := token.Stored(o.Token)
	if server == "" {
		server = passwd.Password(token.ServerUser)
	}
	if server == "" {
		server = token.Random()
	}
	node := o.AgentToken
	if node == "" {
		node = server
	}
	passwd.Ensure(token.ServerUser, token.ServerRole, server)
	passwd.Ensure(token.NodeUser, token.NodeRole, node)
	return passwd, passwd.Write(o.cred("passwd"))
}

// password is what opens the bootstrap data: the configured token's password, else that of cred/passwd.
func (o *Options) password() (string, error) {
	if o.Token != "" {
		return token.Normalize(o.Token)
	}
	passwd, err := token.ReadPasswd(o.cred("passwd"))
	if err != nil {
		return "", err
	}
	return token.Normalize(passwd.Password(token.ServerUser))
}

// writeTokens writes SRV/token, node-token and agent-token from cred/passwd.
func (o *Options) writeTokens(passwd *token.Passwd, ca *pki.CA) error {
	hash := token.HashCA(ca.PEM)
	file := filepath.Join(o.Folder, "token")
	text := token.Format(hash, token.ServerUser, passwd.Password(token.ServerUser)) + "\n"
	if err := pki.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if err := link(file, filepath.Join(o.Folder, "node-token")); err != nil {
		return err
	}
	agent := filepath.Join(o.Folder, "agent-token")
	if o.AgentToken == "" {
		return link(file, agent)
	}
	text = token.Format(hash, token.NodeUser, passwd.Password(token.NodeUser)) + "\n"
	return pki.WriteFile(agent, []byte(text), 0o600)
}

func link(target, path string) error {
	if current, err := os.Readlink(path); err == nil && current == target {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(target, path)
}

// ensureOtherSecrets makes ipsec.psk and, when wanted, the encryption configuration.
func (o *Options) ensureOtherSecrets() error {
	psk := o.cred("ipsec.psk")
	if !exists(psk) {
		data := make([]byte, 48)
		rand.Read(data) // never fails, by its documentation
		if err := pki.WriteFile(psk, fmt.Appendf(nil, "%x", data), 0o600); err != nil {
			return err
		}
	}
	if exists(o.encryptionFile()) {
		return nil
	}
	return o.newEncryption()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
