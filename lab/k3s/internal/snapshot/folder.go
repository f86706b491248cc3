// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package snapshot

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const mode = 0o600

// Folder is a server's folder of local snapshots.
type Folder struct {
	Path    string
	Default bool // only the default folder is made when missing
	Node    string
}

// Ensure makes the default folder; any other one must exist.
func (d Folder) Ensure() error {
	if d.Default {
		return os.MkdirAll(d.Path, 0o700)
	}
	info, err := os.Stat(d.Path)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a directory", d.Path)
	}
	return err
}

// File describes a file of the folder.
func (d Folder) File(info fs.FileInfo) File {
	created := createdAt(info.Name(), info.ModTime())
	return File{Name: info.Name(), Location: "file://" + filepath.Join(d.Path, info.Name()), Node: d.Node, Created: created, Size: info.Size(), age: created}
}

// List returns the folder's snapshots by key.
func (d Folder) List() (map[string]File, error) {
	entries, err := os.ReadDir(d.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	files := map[string]File{}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || entry.IsDir() || strings.HasSuffix(entry.Name(), Partial) {
			continue
		}
		if err != nil {
			return nil, err
		}
		file := d.File(info)
		files[file.Key()] = file
	}
	return files, nil
}

// Partial is the suffix of a snapshot that is still being written.
const Partial = ".part"

// Prune removes the oldest snapshots of a prefix until keep are left, nothing when keep is 0. It returns their names.
func (d Folder) Prune(prefix string, keep int) ([]string, error) {
	files, err := d.List()
	if err != nil {
		return nil, err
	}
	var removed []string
	for _, file := range superfluous(files, prefix, keep) {
		if err := os.Remove(filepath.Join(d.Path, file.Name)); err != nil {
			return removed, err
		}
		removed = append(removed, file.Name)
	}
	return removed, nil
}

// superfluous are the files of a prefix that are not among the newest keep.
func superfluous(files map[string]File, prefix string, keep int) []File {
	var found []File
	for _, file := range files {
		if strings.HasPrefix(file.Name, prefix) {
			found = append(found, file)
		}
	}
	if keep < 1 || len(found) <= keep {
		return nil
	}
	slices.SortFunc(found, func(a, b File) int { return b.age.Compare(a.age) })
	return found[keep:]
}

// Compress puts a snapshot into an archive beside it and removes the snapshot. It returns the archive's path.
func Compress(path string, now time.Time) (archive string, err error) {
	archive = path + Zip
	output, err := os.OpenFile(archive, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644) // K3s's mode before 1.35.6
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, output.Close(), os.Remove(path)) }()
	input, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer input.Close()
	writer := zip.NewWriter(output)
	header := &zip.FileHeader{Name: filepath.Base(path), Method: zip.Deflate, Modified: now}
	header.SetMode(mode)
	entry, err := writer.CreateHeader(header)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(entry, input); err != nil {
		return "", err
	}
	return archive, writer.Close()
}

// Uncompress writes the snapshot of an archive into the working directory, as K3s of this version does, and returns its path.
func Uncompress(archive string) (string, error) {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return "", err
	}
	defer reader.Close()
	if len(reader.File) != 1 {
		return "", fmt.Errorf("%s: %d files instead of one snapshot", archive, len(reader.File))
	}
	input, err := reader.File[0].Open()
	if err != nil {
		return "", err
	}
	defer input.Close()
	path := filepath.Base(reader.File[0].Name)
	output, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(output, input)
	return path, errors.Join(err, output.Close())
}
