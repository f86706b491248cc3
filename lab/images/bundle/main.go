// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Command bundle writes an image archive as K3s's airgap files are: bundle OUT.tar.zst NAME=FOLDER… where FOLDER holds
// the image's files, "entrypoint" its command, one word per line, and "user", if there is such a file, who runs it.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// made is one image ready to be written: its configuration, its layer, its entry in the archive's manifest.
type made struct {
	Config   string   `json:"Config"`
	RepoTags []string `json:"RepoTags"`
	Layers   []string `json:"Layers"`
	config   []byte
	layer    []byte
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: bundle OUT.tar.zst NAME=FOLDER…")
	}
	var images []*made
	for _, arg := range args[1:] {
		name, folder, _ := strings.Cut(arg, "=")
		image, err := build(name, folder)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		images = append(images, image)
	}
	file, err := os.Create(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	packed, err := zstd.NewWriter(file)
	if err != nil {
		return err
	}
	if err := write(tar.NewWriter(packed), images); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return file.Close()
}

// build makes a one-layer image of a folder. Times are zero, so that equal content gives equal archives.
func build(name, folder string) (*made, error) {
	command, err := os.ReadFile(filepath.Join(folder, "entrypoint"))
	if err != nil {
		return nil, err
	}
	layer, err := layerOf(filepath.Join(folder, "root"))
	if err != nil {
		return nil, err
	}
	user, err := os.ReadFile(filepath.Join(folder, "user"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "created": time.Unix(0, 0).UTC(),
		"config": map[string]any{
			"Entrypoint": strings.Fields(string(command)), "User": strings.TrimSpace(string(user)), "WorkingDir": "/",
			"Env": []string{"PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{fmt.Sprintf("sha256:%x", sha256.Sum256(layer))}},
	})
	if err != nil {
		return nil, err
	}
	return &made{
		Config: fmt.Sprintf("%x.json", sha256.Sum256(config)), RepoTags: []string{name},
		Layers: []string{fmt.Sprintf("%x/layer.tar", sha256.Sum256(layer))}, config: config, layer: layer,
	}, nil
}

func layerOf(root string) ([]byte, error) {
	var buffer bytes.Buffer
	layer := tar.NewWriter(&buffer)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		return add(layer, root, path, entry)
	})
	if err != nil {
		return nil, err
	}
	return buffer.Bytes(), layer.Close()
}

func add(layer *tar.Writer, root, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	header.Name, header.ModTime, header.Uid, header.Gid, header.Uname, header.Gname = name, time.Unix(0, 0), 0, 0, "", ""
	if err := layer.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = layer.Write(data)
	return err
}

func write(archive *tar.Writer, images []*made) error {
	written := map[string]bool{}
	put := func(name string, data []byte) error {
		if written[name] { // images of one folder share what they consist of
			return nil
		}
		written[name] = true
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), ModTime: time.Unix(0, 0)}); err != nil {
			return err
		}
		_, err := archive.Write(data)
		return err
	}
	for _, image := range images {
		if err := put(image.Config, image.config); err != nil {
			return err
		}
		if err := put(image.Layers[0], image.layer); err != nil {
			return err
		}
	}
	manifest, err := json.Marshal(images)
	if err != nil {
		return err
	}
	if err := put("manifest.json", manifest); err != nil {
		return err
	}
	return archive.Close()
}
