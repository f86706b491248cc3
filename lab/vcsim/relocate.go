// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"os"
	"path"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// RelocateVMTask moves a machine with its files, and both ends know of it afterwards.
func (m *machine) RelocateVMTask(ctx *simulator.Context, req *types.RelocateVM_Task) soap.HasFault {
	task := m.start(ctx, "relocate", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return nil, m.relocate(ctx, req)
	})
	return &methods.RelocateVM_TaskBody{Res: &types.RelocateVM_TaskResponse{Returnval: task}}
}

func (m *machine) relocate(ctx *simulator.Context, req *types.RelocateVM_Task) types.BaseMethodFault {
	to, fault := m.target(ctx, &req.Spec)
	if fault != nil {
		return fault
	}
	if fault := m.vcenter.admit(ctx, to, m.Config.Version, nil); fault != nil {
		return fault
	}
	if fault := m.vcenter.checkDevices(ctx, to.host, req.Spec.DeviceChange); fault != nil {
		return fault
	}
	oldHost := ctx.Map.Get(*m.Runtime.Host).(*simulator.HostSystem)
	oldStore := ctx.Map.Get(m.Datastore[0]).(*simulator.Datastore)
	oldPool, _ := ctx.Map.Get(*m.ResourcePool).(*simulator.ResourcePool)
	body := m.VirtualMachine.RelocateVMTask(ctx, req).(*methods.RelocateVM_TaskBody)
	if _, fault := wait(ctx, body.Res.Returnval); fault != nil {
		return fault
	}
	self := m.Self
	ctx.Map.RemoveReference(ctx, oldHost, &oldHost.Vm, self)
	ctx.Map.AddReference(ctx, to.host, &to.host.Vm, self)
	ctx.Map.RemoveReference(ctx, oldStore, &oldStore.Vm, self)
	ctx.Map.AddReference(ctx, to.datastore, &to.datastore.Vm, self)
	if pool, ok := ctx.Map.Get(to.pool).(*simulator.ResourcePool); ok && oldPool != nil {
		ctx.Map.RemoveReference(ctx, oldPool, &oldPool.Vm, self)
		ctx.Map.AddReference(ctx, pool, &pool.Vm, self)
	}
	m.EnvironmentBrowser = *computeOf(ctx.Map, to.host).EnvironmentBrowser
	if oldStore != to.datastore {
		m.moveFiles(oldStore, to.datastore)
	}
	m.settle(ctx)
	return nil
}

// moveFiles renames every path of the machine from one datastore to the other, and the folder on disk with them.
func (m *machine) moveFiles(from, to *simulator.Datastore) {
	rename := func(path *string) { *path = strings.Replace(*path, "["+from.Name+"]", "["+to.Name+"]", 1) }
	files := &m.Config.Files
	directory := path.Dir(strings.TrimSpace(strings.TrimPrefix(files.VmPathName, "["+from.Name+"]")))
	for _, path := range []*string{&files.VmPathName, &files.SnapshotDirectory, &files.SuspendDirectory, &files.LogDirectory,
		&m.Summary.Config.VmPathName, &m.Layout.SwapFile} {
		rename(path)
	}
	for i := range m.LayoutEx.File {
		rename(&m.LayoutEx.File[i].Name)
	}
	for i := range m.Layout.Disk {
		for j := range m.Layout.Disk[i].DiskFile {
			rename(&m.Layout.Disk[i].DiskFile[j])
		}
	}
	for _, disk := range disksOf(&m.VirtualMachine.VirtualMachine) {
		if backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
			rename(&backing.FileName)
			backing.Datastore = &to.Self
		}
	}
	_ = os.Rename(path.Join(from.Summary.Url, directory), path.Join(to.Summary.Url, directory))
}
