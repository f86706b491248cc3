// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// datacenter is the simulator's datacenter whose machines are started as they are one by one.
type datacenter struct {
	*simulator.Datacenter
	vcenter *VCenter
}

// PowerOnMultiVMTask tells of each machine the task that starts it, or why there is none.
func (d *datacenter) PowerOnMultiVMTask(ctx *simulator.Context, req *types.PowerOnMultiVM_Task) soap.HasFault {
	task := simulator.CreateTask(d.Datacenter, "powerOnMultiVM", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		result := types.ClusterPowerOnVmResult{}
		for _, reference := range req.Vm {
			// A context for each machine: what starts it is a task of its own, and tasks that share a context share its locks.
			own := &simulator.Context{Context: ctx.Context, Session: ctx.Session, Map: ctx.Map}
			started, fault := d.start(own, reference)
			if fault != nil {
				result.NotAttempted = append(result.NotAttempted, types.ClusterNotAttemptedVmInfo{
					Vm: reference, Fault: types.LocalizedMethodFault{Fault: fault}})
				continue
			}
			result.Attempted = append(result.Attempted, types.ClusterAttemptedVmInfo{Vm: reference, Task: started})
		}
		return result, nil
	})
	return &methods.PowerOnMultiVM_TaskBody{Res: &types.PowerOnMultiVM_TaskResponse{Returnval: task.Run(ctx)}}
}

func (d *datacenter) start(ctx *simulator.Context, reference types.ManagedObjectReference) (*types.ManagedObjectReference, types.BaseMethodFault) {
	vm, ok := ctx.Map.Get(reference).(*simulator.VirtualMachine)
	if !ok {
		return nil, &types.ManagedObjectNotFound{Obj: reference}
	}
	if d.vcenter.faults.strikes("PowerOnVM_Task", vm.Name) {
		return nil, &types.NoPermission{Object: &reference, PrivilegeId: "Test.PowerOnVM_Task"}
	}
	var body *methods.PowerOnVM_TaskBody
	ctx.WithLock(vm, func() {
		started := &machine{VirtualMachine: vm, vcenter: d.vcenter}
		body = started.PowerOnVMTask(ctx, &types.PowerOnVM_Task{This: reference}).(*methods.PowerOnVM_TaskBody)
	})
	if fault := body.Fault(); fault != nil {
		return nil, fault.VimFault().(types.BaseMethodFault)
	}
	return &body.Res.Returnval, nil
}
