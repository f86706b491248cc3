// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package bootstrap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEncryption(t *testing.T) {
	plain := []byte("the CA's key")
	sealed, err := Encrypt("password", plain)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plain) {
		t.Error("in the clear")
	}
	if opened, err := Decrypt("password", sealed); err != nil || !bytes.Equal(opened, plain) {
		t.Errorf("%q, %v", opened, err)
	}
	if _, err := Decrypt("other", sealed); err == nil {
		t.Error("opened with another password")
	}
	if got := Key("password"); got != "/bootstrap/5e884898da28" {
		t.Errorf("key %s", got)
	}
}

// on puts cred/passwd on a disk and returns the server's folder.
func on(t *testing.T, content string, modified time.Time) string {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "cred", "passwd")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestReconcile(t *testing.T) {
	stored := time.Unix(1000, 0)
	files := Files{"PasswdFile": {Timestamp: stored, Content: []byte("datastore")}}
	for name, c := range map[string]struct {
		content  string
		modified time.Time
		fatal    bool
	}{
		"older":              {"disk", stored.Add(-time.Hour), false},
		"a little newer":     {"disk", stored.Add(newerBy - time.Millisecond), false},
		"newer":              {"disk", stored.Add(newerBy), true},
		"newer but the same": {"datastore", stored.Add(time.Hour), false},
	} {
		folder := on(t, c.content, c.modified)
		err := files.Reconcile(folder)
		var newer *NewerError
		if got := errors.As(err, &newer); got != c.fatal || (err != nil && !got) {
			t.Errorf("%s: %v", name, err)
		}
		data, readErr := os.ReadFile(filepath.Join(folder, "cred", "passwd"))
		if readErr != nil {
			t.Fatal(readErr)
		}
		if want := map[bool]string{true: c.content, false: "datastore"}[c.fatal]; string(data) != want {
			t.Errorf("%s: file holds %q", name, data)
		}
		if c.fatal && !strings.HasSuffix(err.Error(), "restart to be recreated from datastore.") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemovedFileIsRecreatedWithTheDatastoresTime(t *testing.T) {
	stored := time.Unix(1000, 0)
	folder := t.TempDir()
	if err := (Files{"PasswdFile": {stored, []byte("datastore")}}).Reconcile(folder); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(folder, "cred", "passwd"))
	if err != nil {
		t.Fatal(err)
	}
	if !info.ModTime().Equal(stored) || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.ModTime(), info.Mode())
	}
}
