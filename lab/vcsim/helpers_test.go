// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/task"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// lab is a small vCenter with two hosts that share nothing, seen through govmomi's client.
type lab struct {
	*testing.T
	vcenter *VCenter
	client  *vim25.Client
	finder  *find.Finder
}

func testSpec() *Spec {
	host := func(name, store string, hardware hardwareVersion) HostSpec {
		return HostSpec{Name: name, Version: "8.0.3", Cores: 16, MemoryMB: 65536,
			Datastores: map[string]int64{store: 1000}, MaxHardwareVersion: hardware}
	}
	return &Spec{
		Name: "vcenter-a", Version: "8.0.3", Username: "admin@vsphere.local", Password: "secret", Datacenter: "DC",
		Folders:    []string{"k8s/dev"},
		Hosts:      []HostSpec{host("h1", "S1", 21), host("h2", "S2", 14)},
		PortGroups: []string{"LAN", "DMZ"},
		Template:   TemplateSpec{Name: "template", HardwareVersion: 13, DiskGB: 20},
	}
}

func newLab(t *testing.T, spec *Spec) *lab {
	t.Helper()
	vcenter, err := NewVCenter(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vcenter.Close)
	server := vcenter.Serve("127.0.0.1:0", nil)
	t.Cleanup(server.Close)
	logged, err := govmomi.NewClient(context.Background(), server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = logged.Logout(context.Background()) })
	l := &lab{T: t, vcenter: vcenter, client: logged.Client, finder: find.NewFinder(logged.Client)}
	datacenter, err := l.finder.Datacenter(context.Background(), spec.Datacenter)
	l.must(err)
	l.finder.SetDatacenter(datacenter)
	return l
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *lab) host(name string) mo.HostSystem {
	l.Helper()
	found, err := l.finder.HostSystem(context.Background(), name)
	l.must(err)
	var host mo.HostSystem
	l.must(found.Properties(context.Background(), found.Reference(), nil, &host))
	return host
}

func (l *lab) machine(reference types.ManagedObjectReference) mo.VirtualMachine {
	l.Helper()
	var vm mo.VirtualMachine
	l.must(object.NewVirtualMachine(l.client, reference).Properties(context.Background(), reference, nil, &vm))
	return vm
}

func (l *lab) store(name string) mo.Datastore {
	l.Helper()
	found, err := l.finder.Datastore(context.Background(), name)
	l.must(err)
	var store mo.Datastore
	l.must(found.Properties(context.Background(), found.Reference(), nil, &store))
	return store
}

// location is a place for a clone: host, its only datastore and its own pool.
func (l *lab) location(name string) types.VirtualMachineRelocateSpec {
	l.Helper()
	host := l.host(name)
	compute := l.vcenter.model.Map().Get(*host.Parent).(*mo.ComputeResource)
	return types.VirtualMachineRelocateSpec{Host: &host.Self, Datastore: &host.Datastore[0], Pool: compute.ResourcePool}
}

// clone returns the new machine or the fault of the task.
func (l *lab) clone(name string, location types.VirtualMachineRelocateSpec, config *types.VirtualMachineConfigSpec) (types.ManagedObjectReference, types.BaseMethodFault) {
	l.Helper()
	ctx := context.Background()
	template, err := l.finder.VirtualMachine(ctx, "template")
	l.must(err)
	folder, err := l.finder.Folder(ctx, "vm/k8s/dev")
	l.must(err)
	started, err := template.Clone(ctx, folder, name, types.VirtualMachineCloneSpec{Location: location, Config: config})
	l.must(err)
	info, err := started.WaitForResult(ctx)
	if fault := taskFault(err); fault != nil {
		return types.ManagedObjectReference{}, fault
	}
	l.must(err)
	return info.Result.(types.ManagedObjectReference), nil
}

func taskFault(err error) types.BaseMethodFault {
	var failed task.Error
	if errors.As(err, &failed) {
		return failed.Fault()
	}
	return nil
}

func (l *lab) wait(started *object.Task, err error) {
	l.Helper()
	l.must(err)
	l.must(started.Wait(context.Background()))
}
