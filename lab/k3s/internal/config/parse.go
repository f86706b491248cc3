// SPDX-License-Identifier: GPL-3.0-or-later
// Copyright (c) 2026 groundwork.platform contributors

// Package config merges config.yaml, its drop-ins, the environment and the command line as K3s does (contract section 1).
package config

import (
	"fmt"
	"strings"

	"github.com/sirupsen/logrus"
)

// DefaultFile is read when neither K3S_CONFIG_FILE nor --config names another one.
const DefaultFile = "/etc/rancher/k3s/config.yaml"

// Values holds what was configured, by flag name; a missing name was not configured.
type Values map[string][]string

// Text returns the last value given for a flag, or fallback.
func (v Values) Text(name, fallback string) string {
	if all := v[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return fallback
}

// Bool says whether a switch is on.
func (v Values) Bool(name string) bool {
	value := v.Text(name, "")
	return value != "" && truth(value)
}

// List returns all values of a flag in the order they were given, or fallback when there are none.
func (v Values) List(name string, fallback ...string) []string {
	if all := v[name]; len(all) > 0 {
		return all
	}
	return fallback
}

func truth(s string) bool {
	switch strings.ToLower(s) {
	case "1", "t", "true", "yes", "on":
		return true
	}
	return false
}

// Parse returns the effective configuration of a subcommand.
//
// Precedence: command line, then drop-ins, then the main file, then the environment; lists add up over file and
// command line. lookup reads an environment variable.
func (c Command) Parse(args []string, lookup func(string) (string, bool)) (Values, error) {
	line, err := c.parseArgs(args)
	if err != nil {
		return nil, err
	}
	file := DefaultFile
	if fromEnv, ok := lookup("K3S_CONFIG_FILE"); ok && fromEnv != "" {
		file = fromEnv
	} else if given := line.Text("config", ""); given != "" {
		file = given
	}
	settings, err := readFiles(file)
	if err != nil {
		return nil, err
	}
	values, err := c.parseArgs(c.settingArgs(settings))
	if err != nil {
		return nil, err
	}
	for name, given := range line {
		values[name] = append(values[name], given...)
	}
	c.addEnvironment(values, lookup)
	return values, nil
}

// Split separates flags with their values from the arguments that are no flags.
func (c Command) Split(args []string) (flags, rest []string) {
	for i := 0; i < len(args); i++ {
		name, dashed := strings.CutPrefix(args[i], "-")
		if !dashed {
			rest = append(rest, args[i])
			continue
		}
		flags = append(flags, args[i])
		if f, known := c.flags[strings.TrimPrefix(name, "-")]; known && f.kind != boolean && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	return flags, rest
}

// ParseLine reads the command line and the environment only, for the subcommands that know no config.yaml (contract 1),
// and returns the arguments that are no flags separately.
func (c Command) ParseLine(args []string, lookup func(string) (string, bool)) (Values, []string, error) {
	flags, rest := c.Split(args)
	values, err := c.parseArgs(flags)
	if err != nil {
		return nil, nil, err
	}
	c.addEnvironment(values, lookup)
	return values, rest, nil
}

// settingArgs turns settings into arguments; the server drops keys it does not know with a warning.
func (c Command) settingArgs(settings []setting) []string {
	var args []string
	for _, s := range settings {
		if _, known := c.flags[s.key]; !known && !c.strictKeys {
			logrus.Warnf("Unknown flag --%s found in config.yaml, skipping\n", s.key)
			continue
		}
		for _, value := range s.values {
			args = append(args, "--"+s.key+"="+value)
		}
	}
	return args
}

func (c Command) addEnvironment(values Values, lookup func(string) (string, bool)) {
	for _, f := range c.names {
		if f.env == "" || len(values[f.name]) > 0 {
			continue
		}
		if value, ok := lookup(f.env); ok && value != "" {
			values[f.name] = f.split(value)
		}
	}
}

func (f flag) split(value string) []string {
	if f.kind != csv {
		return []string{value}
	}
	return strings.Split(value, ",")
}

// parseArgs reads -x, --x, --x=v and "--x v" the way Go's flag package does.
func (c Command) parseArgs(args []string) (Values, error) {
	values := Values{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if len(arg) < 2 || arg[0] != '-' {
			return nil, fmt.Errorf("unexpected argument %q", arg)
		}
		name, value, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		f, known := c.flags[name]
		if !known {
			return nil, fmt.Errorf("flag provided but not defined: -%s", name)
		}
		if !hasValue {
			if f.kind == boolean {
				value = "true"
			} else if i++; i < len(args) {
				value = args[i]
			} else {
				return nil, fmt.Errorf("flag needs an argument: -%s", name)
			}
		}
		values[f.name] = append(values[f.name], f.split(value)...)
	}
	return values, nil
}
