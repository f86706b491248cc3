// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
)

func read(t *testing.T, text string) (*Spec, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return loadSpec(path)
}

func TestHardwareVersionIsANumberOrAName(t *testing.T) {
	for _, text := range []string{`21`, `"21"`, `"vmx-21"`} {
		var version hardwareVersion
		if err := version.UnmarshalJSON([]byte(text)); err != nil || version.String() != "vmx-21" {
			t.Errorf("%s: %s, %v", text, version, err)
		}
	}
	for _, text := range []string{`"latest"`, `3`, `""`} {
		if err := new(hardwareVersion).UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}

func TestASpecSaysAllThatIsMissing(t *testing.T) {
	_, err := read(t, `{"name":"a","hosts":[{"name":"h1"}]}`)
	for _, want := range []string{"version is missing", "password is missing", "host h1 needs version, cores"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestAPIVersion(t *testing.T) {
	for version, want := range map[string]string{"6.7": "6.7.3", "6.7.0": "6.7.3", "7.0.3": "7.0.3.0", "8.0.3": "8.0.3.0", "8.0": "8.0.0.0"} {
		if got := apiVersion(version); got != want {
			t.Errorf("%s: %s", version, got)
		}
	}
}

func TestTheInventoryIsTheSites(t *testing.T) {
	spec := testSpec()
	spec.Hosts[1].PortGroups = []string{"DMZ"}
	l := newLab(t, spec)
	host := l.host("h2")
	if host.Summary.Hardware.NumCpuCores != 16 || host.Summary.Hardware.MemorySize != 65536<<20 || host.Config.Product.Version != "8.0.3" {
		t.Errorf("%+v", host.Summary.Hardware)
	}
	if len(host.Network) != 1 || len(l.host("h1").Network) != 2 {
		t.Error("port groups are not per host")
	}
	if capacity := l.store("S2").Summary.Capacity; capacity != 1000*gigabyte {
		t.Error(capacity)
	}
	compute := l.vcenter.model.Map().Get(*host.Parent).(*mo.ComputeResource)
	options := l.vcenter.model.Map().Get(*compute.EnvironmentBrowser).(*simulator.EnvironmentBrowser).QueryConfigOptionDescriptorResponse.Returnval
	if newest := options[len(options)-1]; newest.Key != "vmx-14" {
		t.Error(newest.Key)
	}
}

func TestTwoVCentersHaveDifferentIdentities(t *testing.T) {
	other := testSpec()
	other.Name, other.Version = "vcenter-b", "6.7.0"
	a, b := newLab(t, testSpec()).client.ServiceContent.About, newLab(t, other).client.ServiceContent.About
	if a.InstanceUuid == b.InstanceUuid || a.Version == b.Version {
		t.Error(a.InstanceUuid, a.Version, b.Version)
	}
}

func TestATemplateNeedsAHostThatCanHoldIt(t *testing.T) {
	spec := testSpec()
	spec.Template.HardwareVersion = 22
	if _, err := NewVCenter(spec); err == nil || !strings.Contains(err.Error(), "no host") {
		t.Error(err)
	}
}
