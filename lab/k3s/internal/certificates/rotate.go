// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package certificates

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Regenerate is the file, below SRV/tls, that makes the next start replace the supervisor's certificate.
const Regenerate = "dynamic-cert-regenerate"

// Rotate copies the certificates to tls-<unix> and removes those of the set; the next start makes new ones. It works on
// files only, K3s need not run. CAs stay. It returns the backup's folder.
func (s Set) Rotate(now time.Time) (string, error) {
	folder := filepath.Join(s.DataDir, "agent")
	if s.IsServer {
		folder = filepath.Join(s.DataDir, "server")
	}
	backup := filepath.Join(folder, fmt.Sprintf("tls-%d", now.Unix()))
	if err := s.backup(backup); err != nil {
		return "", err
	}
	if s.IsServer && slices.Contains(s.Services, serverCertificate) {
		if err := os.WriteFile(filepath.Join(s.DataDir, "server/tls", Regenerate), nil, 0o600); err != nil {
			return "", err
		}
	}
	for _, path := range s.paths() {
		for _, suffix := range []string{".crt", ".key"} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return "", err
			}
		}
	}
	return backup, nil
}

func (s Set) backup(folder string) error {
	if s.IsServer {
		if err := os.CopyFS(folder, os.DirFS(filepath.Join(s.DataDir, "server/tls"))); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, path := range s.paths() {
		if !strings.HasPrefix(path, filepath.Join(s.DataDir, "agent")) {
			continue
		}
		for _, suffix := range []string{".crt", ".key"} {
			data, err := os.ReadFile(path + suffix)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, filepath.Base(path)+suffix), data, 0o600)
			}
			if err != nil {
				return err
			}
		}
	}
	return os.Chmod(folder, 0o700)
}
