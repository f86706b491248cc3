// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// folder is the simulator's folder that refuses machines which cannot live where the caller wants them.
type folder struct {
	*simulator.Folder
	vcenter *VCenter
}

// CreateVMTask creates an empty machine.
func (f *folder) CreateVMTask(ctx *simulator.Context, req *types.CreateVM_Task) soap.HasFault {
	task := simulator.CreateTask(f.Folder, "createVm", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		to, fault := f.target(ctx, req)
		if fault != nil {
			return nil, fault
		}
		version := req.Config.Version
		if version == "" {
			version = f.vcenter.hardwareOf(to.host.Self).String()
			req.Config.Version = version
		}
		if fault := f.vcenter.admit(ctx, to, version, &req.Config); fault != nil {
			return nil, fault
		}
		if fault := f.vcenter.checkDevices(ctx, to.host, req.Config.DeviceChange); fault != nil {
			return nil, fault
		}
		body := f.Folder.CreateVMTask(ctx, req).(*methods.CreateVM_TaskBody)
		result, fault := wait(ctx, body.Res.Returnval)
		if fault == nil {
			created := &machine{ctx.Map.Get(result.(types.ManagedObjectReference)).(*simulator.VirtualMachine), f.vcenter}
			ctx.WithLock(created.VirtualMachine, func() { created.settle(ctx) })
		}
		return result, fault
	})
	return &methods.CreateVM_TaskBody{Res: &types.CreateVM_TaskResponse{Returnval: task.Run(ctx)}}
}

// target finds host and datastore of a new machine; without a host the pool's only one is meant.
func (f *folder) target(ctx *simulator.Context, req *types.CreateVM_Task) (*target, types.BaseMethodFault) {
	pool, ok := ctx.Map.Get(req.Pool).(*simulator.ResourcePool)
	if !ok {
		return nil, &types.ManagedObjectNotFound{Obj: req.Pool}
	}
	if req.Host == nil {
		if owner, ok := ctx.Map.Get(pool.Owner).(*mo.ComputeResource); ok && len(owner.Host) > 0 {
			req.Host = &owner.Host[0]
		}
	}
	if req.Host == nil {
		return nil, &types.InvalidArgument{InvalidProperty: "host"}
	}
	host, ok := ctx.Map.Get(*req.Host).(*simulator.HostSystem)
	if !ok {
		return nil, &types.ManagedObjectNotFound{Obj: *req.Host}
	}
	if pool.Owner != *host.Parent {
		return nil, &types.InvalidArgument{InvalidProperty: "pool"}
	}
	var file object.DatastorePath
	if req.Config.Files == nil || !file.FromString(req.Config.Files.VmPathName) {
		return nil, &types.InvalidVmConfig{Property: "configSpec.files.vmPathName"}
	}
	store, ok := ctx.Map.FindByName(file.Datastore, host.Datastore).(*simulator.Datastore)
	if !ok {
		return nil, &types.InvalidDatastore{Name: file.Datastore}
	}
	return &target{host: host, datastore: store, pool: req.Pool}, nil
}
