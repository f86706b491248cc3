// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Spec is the content of SPEC.json: everything the simulated vCenter knows of the site.
type Spec struct {
	Name       string       `json:"name"`
	Version    string       `json:"version"` // of the vCenter, e.g. 8.0.3
	Username   string       `json:"username"`
	Password   string       `json:"password"`
	Datacenter string       `json:"datacenter"`
	Folders    []string     `json:"folders"` // below the datacenter's VM folder, nested with "/"
	Hosts      []HostSpec   `json:"hosts"`
	PortGroups []string     `json:"port_groups"` // on every host that does not name its own
	Template   TemplateSpec `json:"template"`
}

// HostSpec is one ESXi host, standalone unless it names a cluster.
type HostSpec struct {
	Name               string           `json:"name"`
	Version            string           `json:"version"` // of ESXi, e.g. 6.7.0
	Cluster            string           `json:"cluster"`
	Cores              int16            `json:"cores"`
	MemoryMB           int64            `json:"memory_mb"`
	Datastores         map[string]int64 `json:"datastores"` // name to capacity in GB (2^30)
	PortGroups         []string         `json:"port_groups"`
	MaxHardwareVersion hardwareVersion  `json:"max_hardware_version"`
}

// TemplateSpec is the virtual machine that others are cloned from; there is none without a name, and none without a host.
type TemplateSpec struct {
	Name            string          `json:"name"`
	HardwareVersion hardwareVersion `json:"hardware_version"`
	DiskGB          int64           `json:"disk_gb"`
	Folder          string          `json:"folder"`
	// Advanced settings.
	Settings map[string]string `json:"settings"`
}

// hardwareVersion is the number in vmx-21; JSON may say 21 or "vmx-21".
type hardwareVersion int

func (v hardwareVersion) String() string { return fmt.Sprintf("vmx-%02d", int(v)) }

func parseHardwareVersion(text string) (hardwareVersion, error) {
	number, err := strconv.Atoi(strings.TrimPrefix(text, "vmx-"))
	if err != nil || number < 4 {
		return 0, fmt.Errorf("%q is no virtual hardware version", text)
	}
	return hardwareVersion(number), nil
}

// UnmarshalJSON reads 21 and "vmx-21".
func (v *hardwareVersion) UnmarshalJSON(data []byte) error {
	parsed, err := parseHardwareVersion(strings.Trim(string(data), `"`))
	*v = parsed
	return err
}

func loadSpec(path string) (*Spec, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	spec := new(Spec)
	if err := json.Unmarshal(data, spec); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return spec, spec.check()
}

func (s *Spec) check() error {
	var problems []error
	missing := func(what, value string) {
		if value == "" {
			problems = append(problems, fmt.Errorf("%s is missing", what))
		}
	}
	missing("name", s.Name)
	missing("version", s.Version)
	missing("username", s.Username)
	missing("password", s.Password)
	missing("datacenter", s.Datacenter)
	for i := range s.Hosts {
		problems = append(problems, s.Hosts[i].check())
	}
	return errors.Join(problems...)
}

func (h *HostSpec) check() error {
	if h.Name == "" {
		return errors.New("the name of a host is missing")
	}
	if h.Version == "" || h.Cores < 1 || h.MemoryMB < 1 || h.MaxHardwareVersion == 0 {
		return fmt.Errorf("host %s needs version, cores, memory_mb and max_hardware_version", h.Name)
	}
	return nil
}

// apiVersion is what clients negotiate with: four numbers since 7.0, three in the 6.7 line.
func apiVersion(version string) string {
	if strings.HasPrefix(version, "6.7") {
		return "6.7.3"
	}
	parts := append(strings.Split(version, "."), "0", "0", "0")
	return strings.Join(parts[:4], ".")
}
