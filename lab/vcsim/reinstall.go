// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// enterHost adds a host that was not there when the vCenter was started, with its datastores and port groups.
func (v *VCenter) enterHost(spec *HostSpec) error {
	if _, err := v.findHost(spec.Name); err == nil {
		return fmt.Errorf("host %q is there already", spec.Name)
	}
	if err := spec.check(); err != nil {
		return err
	}
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, v.model.Service)
	if err != nil {
		return err
	}
	datacenter := v.model.Map().Any("Datacenter").(*simulator.Datacenter)
	folders, err := object.NewDatacenter(client, datacenter.Self).Folders(ctx)
	if err != nil {
		return err
	}
	host, err := v.connect(ctx, folders, spec)
	if err != nil {
		return err
	}
	if err := v.furnish(ctx, client, host, spec); err != nil {
		return err
	}
	v.account(v.model.Service.Context)
	return nil
}

// wipeHost takes a host out of the inventory as one that is installed anew: its machines and its datastores are gone.
func (v *VCenter) wipeHost(name string) error {
	host, err := v.findHost(name)
	if err != nil {
		return err
	}
	client, err := vim25.NewClient(context.Background(), v.model.Service)
	if err != nil {
		return err
	}
	for _, machine := range append([]types.ManagedObjectReference{}, host.Vm...) {
		if err := v.wipeMachine(client, machine); err != nil {
			return fmt.Errorf("%s on host %s: %w", machine.Value, name, err)
		}
	}
	ctx := v.context()
	datacenter := ctx.Map.Any("Datacenter").(*simulator.Datacenter)
	for _, store := range host.Datastore {
		v.dropChild(ctx, datacenter.DatastoreFolder, store)
		ctx.Map.RemoveReference(ctx, datacenter, &datacenter.Datastore, store)
		v.forgetStore(store)
	}
	for _, reference := range host.Network {
		if network, ok := ctx.Map.Get(reference).(*mo.Network); ok {
			ctx.Map.RemoveReference(ctx, network, &network.Host, host.Self)
		}
	}
	compute := ctx.Map.Get(*host.Parent).(*mo.ComputeResource)
	v.dropChild(ctx, datacenter.HostFolder, compute.Self)
	ctx.Map.Remove(ctx, *compute.ResourcePool)
	ctx.Map.Remove(ctx, host.Self)
	return nil
}

// wipeMachine deletes a machine, whatever its state: the disk that it lies on is formatted.
func (v *VCenter) wipeMachine(client *vim25.Client, reference types.ManagedObjectReference) error {
	ctx := context.Background()
	vm := object.NewVirtualMachine(client, reference)
	state, err := vm.PowerState(ctx)
	if err != nil {
		return err
	}
	if state == types.VirtualMachinePowerStatePoweredOn {
		if err := v.setMachine(&request{Set: "power", VM: reference.Value, State: "off"}); err != nil {
			return err
		}
	}
	task, err := vm.Destroy(ctx)
	if err != nil {
		return err
	}
	v.forget(reference)
	return task.Wait(ctx)
}

// dropChild removes an object from its folder and from the inventory.
func (v *VCenter) dropChild(ctx *simulator.Context, folder, child types.ManagedObjectReference) {
	parent := ctx.Map.Get(folder).(*simulator.Folder)
	ctx.Map.RemoveReference(ctx, parent, &parent.ChildEntity, child)
	ctx.Map.Remove(ctx, child)
}
