// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v2" // K3s's YAML 1.1: unquoted 0123, 1e5 or yes change their spelling
)

// setting is one key of config.yaml with its values in order.
type setting struct {
	key    string
	values []string
}

// readFiles merges the main file and its *.yaml and *.yml drop-ins in lexical order: a later file replaces a key,
// "key+" appends to it. The main file may be missing.
func readFiles(file string) ([]setting, error) {
	dropIns, err := filepath.Glob(file + ".d/*")
	if err != nil {
		return nil, err
	}
	slices.Sort(dropIns)
	files := []string{file}
	for _, name := range dropIns {
		if info, err := os.Stat(name); err == nil && !info.IsDir() && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")) {
			files = append(files, name)
		}
	}
	var merged []setting
	for _, name := range files {
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if merged, err = merge(merged, data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return merged, nil
}

func merge(merged []setting, data []byte) ([]setting, error) {
	var content yaml.MapSlice
	if err := yaml.Unmarshal(data, &content); err != nil {
		return nil, err
	}
	for _, item := range content {
		key := fmt.Sprint(item.Key)
		name, appends := strings.CutSuffix(key, "+")
		values := texts(item.Value)
		at := slices.IndexFunc(merged, func(s setting) bool { return s.key == name })
		switch {
		case at < 0:
			merged = append(merged, setting{name, values})
		case appends:
			merged[at].values = append(merged[at].values, values...)
		default:
			merged[at].values = values
		}
	}
	return merged, nil
}

func texts(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, texts(item)...)
		}
		return all
	default:
		return []string{fmt.Sprint(v)}
	}
}
