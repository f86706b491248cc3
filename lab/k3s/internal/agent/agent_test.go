// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestUnpack(t *testing.T) {
	var zipped, standard bytes.Buffer
	z := gzip.NewWriter(&zipped)
	s, err := zstd.NewWriter(&standard)
	if err != nil {
		t.Fatal(err)
	}
	for _, writer := range []io.WriteCloser{z, s} {
		if _, err := writer.Write([]byte("archive")); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, packed := range map[string][]byte{"plain": []byte("archive"), "gzip": zipped.Bytes(), "zstd": standard.Bytes()} {
		reader, err := unpack(bufio.NewReader(bytes.NewReader(packed)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if data, err := io.ReadAll(reader); err != nil || string(data) != "archive" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
}

func TestUsableNameServers(t *testing.T) {
	for text, want := range map[string]bool{
		"nameserver 192.0.2.1\n": true, "nameserver 127.0.0.53\n": false, "search example.org\n": false,
		"nameserver 192.0.2.1\nnameserver ::1\n": false,
	} {
		path := filepath.Join(t.TempDir(), "resolv.conf")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := usable(path); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestNeedsV1(t *testing.T) {
	for text, want := range map[string]bool{"": true, "cpuset cpu io memory pids": false} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "cgroup.controllers"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := needsV1(folder); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
