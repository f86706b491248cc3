// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package addons applies the manifests of a server's manifests folder, packaged and own ones, as K3s's deploy
// controller does: every 15 s, changed files only, <file>.skip keeps one out.
package addons

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"groundwork.platform/lab/k3s/internal/pki"
)

const (
	scanEvery  = 15 * time.Second
	retryAfter = 3 * time.Second
)

//go:embed manifests/*.yaml
var packaged embed.FS

// Addons is the state of one manifests folder.
type Addons struct {
	Folder     string
	Kubeconfig string
	Disabled   []string
	Domain     string // cluster domain
	DNS        string // cluster DNS address
	applied    map[string][sha256.Size]byte
}

// Keep writes the packaged manifests, removes disabled ones and applies changes until ctx ends.
func (a *Addons) Keep(ctx context.Context) error {
	a.applied = map[string][sha256.Size]byte{}
	if err := a.writePackaged(ctx); err != nil {
		return err
	}
	for {
		wait := scanEvery
		if err := a.scan(ctx); err != nil {
			logrus.Warnf("Failed to apply manifests: %v", err)
			wait = retryAfter
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

func (a *Addons) writePackaged(ctx context.Context) error {
	entries, err := packaged.ReadDir("manifests")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(a.Folder, entry.Name())
		if slices.Contains(a.Disabled, strings.TrimSuffix(entry.Name(), ".yaml")) {
			a.remove(ctx, path)
			continue
		}
		if exists(path + ".skip") {
			continue
		}
		data, err := packaged.ReadFile("manifests/" + entry.Name())
		if err != nil {
			return err
		}
		text := strings.NewReplacer("%{CLUSTER_DOMAIN}%", a.Domain, "%{CLUSTER_DNS}%", a.DNS).Replace(string(data))
		if err := pki.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the objects of an addon that is disabled now, and its file.
func (a *Addons) remove(ctx context.Context, path string) {
	if !exists(path) {
		return
	}
	if err := a.kubectl(ctx, "delete", "--ignore-not-found", "--wait=false", "-f", path); err != nil {
		logrus.Warnf("Failed to delete %s: %v", path, err)
		return
	}
	if err := os.Remove(path); err != nil {
		logrus.Warn(err)
	}
}

func (a *Addons) scan(ctx context.Context) error {
	var failed error
	err := filepath.WalkDir(a.Folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isManifest(path) || exists(path+".skip") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if a.applied[path] == sum {
			return nil
		}
		if err := a.kubectl(ctx, "apply", "--server-side", "--force-conflicts", "--field-manager=deploy@k3s", "-f", path); err != nil {
			failed = err
			return nil
		}
		a.applied[path] = sum
		return nil
	})
	if err != nil {
		return err
	}
	return failed
}

func isManifest(path string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path))
}

func (a *Addons) kubectl(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Args[0] = "kubectl"
	cmd.Env = append(os.Environ(), "KUBECONFIG="+a.Kubeconfig)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("kubectl %s: %w: %s", args[0], err, output)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
