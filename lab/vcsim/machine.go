// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// machine is the simulator's virtual machine with the behaviour of a real vCenter where the simulator's differs.
type machine struct {
	*simulator.VirtualMachine
	vcenter *VCenter
}

type outcome func(*simulator.Task) (types.AnyType, types.BaseMethodFault)

// start runs body as a task on the machine and returns the task's reference.
func (m *machine) start(ctx *simulator.Context, name string, body outcome) types.ManagedObjectReference {
	task := simulator.CreateTask(m.VirtualMachine, name, body)
	if ctx.Session != nil {
		task.Info.Reason = &types.TaskReasonUser{UserName: ctx.Session.UserName}
	}
	return task.Run(ctx)
}

// wait returns what the simulator's own task came to.
func wait(ctx *simulator.Context, reference types.ManagedObjectReference) (types.AnyType, types.BaseMethodFault) {
	task := ctx.Map.Get(reference).(*simulator.Task)
	task.Wait()
	if task.Info.Error != nil {
		return nil, task.Info.Error.Fault
	}
	return task.Info.Result, nil
}

// CloneVMTask clones as vCenter does: refused where the target cannot run the machine, and with all of spec.config.
func (m *machine) CloneVMTask(ctx *simulator.Context, req *types.CloneVM_Task) soap.HasFault {
	task := m.start(ctx, "clone", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return m.clone(ctx, req) })
	return &methods.CloneVM_TaskBody{Res: &types.CloneVM_TaskResponse{Returnval: task}}
}

func (m *machine) clone(ctx *simulator.Context, req *types.CloneVM_Task) (types.AnyType, types.BaseMethodFault) {
	target, fault := m.target(ctx, &req.Spec.Location)
	if fault != nil {
		return nil, fault
	}
	if _, ok := ctx.Map.Get(req.Folder).(*simulator.Folder); !ok {
		return nil, &types.ManagedObjectNotFound{Obj: req.Folder}
	}
	if fault := m.vcenter.admit(ctx, target, m.Config.Version, req.Spec.Config); fault != nil {
		return nil, fault
	}
	if fault := m.vcenter.checkDevices(ctx, target.host, req.Spec.Location.DeviceChange); fault != nil {
		return nil, fault
	}
	bare := *req // the simulator drops or half-applies these two: they follow as a reconfiguration
	bare.Spec.Config, bare.Spec.PowerOn = nil, false
	bare.Spec.Location.Host = &target.host.Self
	bare.Spec.Location.Pool = &target.pool
	bare.Spec.Location.Datastore = &target.datastore.Self
	inner := m.VirtualMachine.CloneVMTask(ctx, &bare).(*methods.CloneVM_TaskBody)
	result, fault := wait(ctx, inner.Res.Returnval)
	if fault != nil {
		return nil, fault
	}
	copied := &machine{ctx.Map.Get(result.(types.ManagedObjectReference)).(*simulator.VirtualMachine), m.vcenter}
	ctx.WithLock(copied.VirtualMachine, func() { fault = copied.finish(ctx, req) })
	return result, fault
}

// finish gives the fresh copy its own network addresses and the configuration that the caller asked for.
func (m *machine) finish(ctx *simulator.Context, req *types.CloneVM_Task) types.BaseMethodFault {
	m.freshAddresses(ctx)
	if req.Spec.Config != nil {
		m.keepOwn(req.Spec.Config.DeviceChange)
		host := ctx.Map.Get(*m.Runtime.Host).(*simulator.HostSystem)
		fault := m.vcenter.checkDevices(ctx, host, req.Spec.Config.DeviceChange)
		if fault == nil {
			fault = m.reconfigure(ctx, req.Spec.Config)
		}
		if fault != nil {
			m.VirtualMachine.DestroyTask(ctx, &types.Destroy_Task{This: m.Self})
			return fault
		}
	}
	m.settle(ctx)
	if !req.Spec.PowerOn {
		return nil
	}
	body := m.PowerOnVMTask(ctx, &types.PowerOnVM_Task{This: m.Self}).(*methods.PowerOnVM_TaskBody)
	_, fault := wait(ctx, body.Res.Returnval)
	return fault
}

// ReconfigVMTask refuses what the simulator would die of.
func (m *machine) ReconfigVMTask(ctx *simulator.Context, req *types.ReconfigVM_Task) soap.HasFault {
	task := m.start(ctx, "reconfigure", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		host := ctx.Map.Get(*m.Runtime.Host).(*simulator.HostSystem)
		if req.Spec.Version != "" && req.Spec.Version != m.Config.Version {
			return nil, &types.InvalidArgument{InvalidProperty: "configSpec.version"} // UpgradeVM_Task does that
		}
		if fault := m.vcenter.checkDevices(ctx, host, req.Spec.DeviceChange); fault != nil {
			return nil, fault
		}
		fault := m.reconfigure(ctx, &req.Spec)
		m.settle(ctx)
		return nil, fault
	})
	return &methods.ReconfigVM_TaskBody{Res: &types.ReconfigVM_TaskResponse{Returnval: task}}
}

func (m *machine) reconfigure(ctx *simulator.Context, spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	body := m.VirtualMachine.ReconfigVMTask(ctx, &types.ReconfigVM_Task{This: m.Self, Spec: *spec})
	_, fault := wait(ctx, body.(*methods.ReconfigVM_TaskBody).Res.Returnval)
	return fault
}

// PowerOnVMTask refuses a machine that its host cannot run.
func (m *machine) PowerOnVMTask(ctx *simulator.Context, req *types.PowerOnVM_Task) soap.HasFault {
	host := ctx.Map.Get(*m.Runtime.Host).(*simulator.HostSystem)
	if host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
		return refuse(&types.HostNotConnected{})
	}
	if need := int64(m.Config.Hardware.MemoryMB) << 20; need > host.Summary.Hardware.MemorySize {
		return refuse(&types.InsufficientMemoryResourcesFault{Unreserved: host.Summary.Hardware.MemorySize, Requested: need})
	}
	return m.VirtualMachine.PowerOnVMTask(ctx, req)
}

func refuse(fault types.BaseMethodFault) soap.HasFault {
	return &methods.PowerOnVM_TaskBody{Fault_: simulator.Fault("", fault)}
}

// ResetVMTask reports one reset instead of a power-off and a power-on.
func (m *machine) ResetVMTask(ctx *simulator.Context, _ *types.ResetVM_Task) soap.HasFault {
	task := m.start(ctx, "reset", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if fault := m.reset(ctx); fault != nil {
			return nil, fault
		}
		return nil, nil
	})
	return &methods.ResetVM_TaskBody{Res: &types.ResetVM_TaskResponse{Returnval: task}}
}

// RebootGuest is the soft form of a reset: the twin's guests are rebooted the same way.
func (m *machine) RebootGuest(ctx *simulator.Context, _ *types.RebootGuest) soap.HasFault {
	body := new(methods.RebootGuestBody)
	if m.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning) {
		body.Fault_ = simulator.Fault("", new(types.ToolsUnavailable))
	} else if fault := m.reset(ctx); fault != nil {
		body.Fault_ = simulator.Fault("", fault)
	} else {
		body.Res = new(types.RebootGuestResponse)
	}
	return body
}

func (m *machine) reset(ctx *simulator.Context) types.BaseMethodFault {
	if m.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOn, ExistingState: m.Runtime.PowerState}
	}
	ctx.Update(m.VirtualMachine, guestGone())
	m.vcenter.hub.publish(event{Event: "power", State: "reset", VM: describe(ctx.Map, &m.VirtualMachine.VirtualMachine)})
	return nil
}

// DestroyTask gives the space back to the datastore.
func (m *machine) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	task := m.start(ctx, "destroy", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		result, fault := wait(ctx, m.VirtualMachine.DestroyTask(ctx, req).(*methods.Destroy_TaskBody).Res.Returnval)
		if fault == nil {
			m.vcenter.forget(m.Self)
			m.vcenter.account(ctx)
		}
		return result, fault
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task}}
}
