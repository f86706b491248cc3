// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package args merges the arguments of the Kubernetes programs.
package args

import (
	"slices"
	"strings"
)

// Merge merges a component's defaults with the user's "k=v" (override), "k+=v" (append) and "k-=v" (prepend).
func Merge(defaults map[string]string, extra []string) []string {
	merged := map[string][]string{}
	for key, value := range defaults {
		merged[key] = []string{value}
	}
	seen := map[string]bool{}
	for _, arg := range extra {
		key, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !hasValue {
			value = "true"
		}
		switch {
		case strings.HasSuffix(key, "+"):
			key = strings.TrimSuffix(key, "+")
			merged[key] = append(merged[key], value)
		case strings.HasSuffix(key, "-"):
			key = strings.TrimSuffix(key, "-")
			merged[key] = append([]string{value}, merged[key]...)
		case seen[key]:
			merged[key] = append(merged[key], value)
		default:
			merged[key] = []string{value}
		}
		seen[key] = true
	}
	var args []string
	for key, values := range merged {
		for _, value := range values {
			args = append(args, "--"+key+"="+value)
		}
	}
	slices.Sort(args)
	return args
}
