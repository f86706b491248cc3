// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package bootstrap

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// newerBy is how much newer than the datastore's copy a differing file must be to be an error, not an update.
const newerBy = 3 * time.Second

// paths are the 15 shared files by their name in the bootstrap data, relative to the server's data folder.
var paths = map[string]string{
	"ServerCA": "tls/server-ca.crt", "ServerCAKey": "tls/server-ca.key",
	"ClientCA": "tls/client-ca.crt", "ClientCAKey": "tls/client-ca.key",
	"RequestHeaderCA": "tls/request-header-ca.crt", "RequestHeaderCAKey": "tls/request-header-ca.key",
	"ETCDServerCA": "tls/etcd/server-ca.crt", "ETCDServerCAKey": "tls/etcd/server-ca.key",
	"ETCDPeerCA": "tls/etcd/peer-ca.crt", "ETCDPeerCAKey": "tls/etcd/peer-ca.key",
	"ServiceKey": "tls/service.key", "PasswdFile": "cred/passwd", "IPSECKey": "cred/ipsec.psk",
	"EncryptionConfig": "cred/encryption-config.json", "EncryptionHash": "cred/encryption-state.json",
}

// File is one shared file.
type File struct {
	Timestamp time.Time
	Content   []byte
}

// Files is the bootstrap data by file name.
type Files map[string]File

// Decode reads the JSON form.
func Decode(data []byte) (Files, error) {
	files := Files{}
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, fmt.Errorf("bootstrap data: %w", err)
	}
	return files, nil
}

// Encode writes the JSON form.
func (f Files) Encode() ([]byte, error) { return json.Marshal(f) }

// Read collects the files that exist below the server's data folder.
func Read(folder string) (Files, error) {
	files := Files{}
	for name, path := range paths {
		full := filepath.Join(folder, path)
		info, err := os.Stat(full)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		content, err := os.ReadFile(full)
		if err != nil {
			return nil, err
		}
		files[name] = File{Timestamp: info.ModTime(), Content: content}
	}
	return files, nil
}

// Missing lists the shared files that were not found below the folder; cred/passwd and cred/ipsec.psk are not looked for.
func (f Files) Missing(folder string) []string {
	var missing []string
	for name, path := range paths {
		if _, found := f[name]; !found && name != "PasswdFile" && name != "IPSECKey" {
			missing = append(missing, filepath.Join(folder, path))
		}
	}
	slices.Sort(missing)
	return missing
}

// NewerError says which files on disk differ from the datastore and are newer.
type NewerError struct{ Files []string }

func (e *NewerError) Error() string {
	return strings.Join(e.Files, ", ") + " newer than datastore and could cause a cluster outage. " +
		"Remove the file(s) from disk and restart to be recreated from datastore."
}

// Reconcile makes the disk equal to the datastore's files, or returns a NewerError and changes nothing.
func (f Files) Reconcile(folder string) error {
	var newer []string
	for name, stored := range f {
		path, known := paths[name]
		if !known {
			continue
		}
		full := filepath.Join(folder, path)
		info, err := os.Stat(full)
		if errors.Is(err, fs.ErrNotExist) {
			logrus.Warnf("%s doesn't exist. continuing...", full)
			continue
		}
		if err != nil {
			return err
		}
		content, err := os.ReadFile(full)
		if err != nil {
			return err
		}
		switch {
		case bytes.Equal(content, stored.Content):
		case info.ModTime().Sub(stored.Timestamp) >= newerBy:
			newer = append(newer, full)
		default:
			logrus.Warnf("%s will be updated from the datastore.", full)
		}
	}
	if len(newer) > 0 {
		slices.Sort(newer)
		return &NewerError{newer}
	}
	return f.Write(folder)
}

// Write puts the files onto the disk, mode 0600 with the datastore's times, leaving equal ones alone.
func (f Files) Write(folder string) error {
	for name, stored := range f {
		path, known := paths[name]
		if !known || len(stored.Content) == 0 {
			continue
		}
		full := filepath.Join(folder, path)
		if content, err := os.ReadFile(full); err == nil && bytes.Equal(content, stored.Content) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		temporary := full + ".tmp"
		if err := os.WriteFile(temporary, stored.Content, 0o600); err != nil {
			return err
		}
		if err := os.Chtimes(temporary, stored.Timestamp, stored.Timestamp); err != nil {
			return err
		}
		if err := os.Rename(temporary, full); err != nil {
			return err
		}
	}
	return nil
}
