// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package agent

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/pki"
)

const imagesEvery = 15 * time.Second

// ctr runs the host's containerd client.
func ctr(ctx context.Context, input io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "ctr", append([]string{"--address", Socket, "--namespace", "k8s.io"}, args...)...)
	cmd.Stdin = input
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("ctr %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return string(output), nil
}

// watchImages imports archives that come or change later.
func watchImages(ctx context.Context, o *Options) {
	ticker := time.NewTicker(imagesEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			importImages(ctx, o)
		}
	}
}

// importImages imports the archives that containerd does not have yet. What it has is noted in its own folder, so that
// both go together.
func importImages(ctx context.Context, o *Options) {
	note := o.path("containerd/imported.json")
	imported := map[string]string{}
	if data, err := os.ReadFile(note); err == nil {
		_ = json.Unmarshal(data, &imported) // an unreadable note means to import again
	}
	changed := false
	for _, path := range archives(o.path("images")) {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		state := fmt.Sprintf("%d bytes of %s", info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano))
		if imported[path] == state {
			continue
		}
		start := time.Now()
		if err := importArchive(ctx, path); err != nil {
			logrus.Errorf("Failed to import images from %s: %v", path, err)
			continue
		}
		imported[path], changed = state, true
		logrus.Infof("Imported images from %s in %s", path, time.Since(start).Round(time.Millisecond))
	}
	if !changed {
		return
	}
	pinImages(ctx)
	data, err := json.Marshal(imported)
	if err == nil {
		err = pki.WriteFile(note, data, 0o600)
	}
	if err != nil {
		logrus.Warn(err)
	}
}

func importArchive(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := unpack(bufio.NewReader(file))
	if err != nil {
		return err
	}
	_, err = ctr(ctx, content, "images", "import", "-")
	return err
}

// unpack undoes the compression that the first bytes tell of.
func unpack(archive *bufio.Reader) (io.Reader, error) {
	magic, err := archive.Peek(4)
	if err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return zstd.NewReader(archive)
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(archive)
	case bytes.HasPrefix(magic, []byte("BZh")):
		return bzip2.NewReader(archive), nil
	}
	return archive, nil
}

// pinImages keeps the kubelet's garbage collection away from imported images: there is no registry to get them from.
func pinImages(ctx context.Context) {
	names, err := ctr(ctx, nil, "images", "list", "--quiet")
	if err != nil {
		logrus.Warn(err)
		return
	}
	for _, name := range strings.Fields(names) {
		if _, err := ctr(ctx, nil, "images", "label", name, "io.cri-containerd.pinned=pinned"); err != nil {
			logrus.Warn(err)
		}
	}
}

func archives(folder string) []string {
	var all []string
	for _, pattern := range []string{"*.tar", "*.tar.gz", "*.tgz", "*.tar.zst", "*.tar.bz2"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err == nil {
			all = append(all, found...)
		}
	}
	return all
}
