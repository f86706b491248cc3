// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"maps"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// space is what one machine takes of one datastore, in bytes: thick disks are committed, thin ones promised.
type space struct {
	datastore              types.ManagedObjectReference
	committed, uncommitted int64
}

// measure notes what the machine's disks take. The caller holds the machine's lock.
func (v *VCenter) measure(vm *mo.VirtualMachine) {
	var used []space
	for _, disk := range disksOf(vm) {
		backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
		if !ok || backing.Datastore == nil {
			continue
		}
		part := space{datastore: *backing.Datastore}
		if isThin(disk) {
			part.uncommitted = diskBytes(disk)
		} else {
			part.committed = diskBytes(disk)
		}
		used = append(used, part)
	}
	v.accounting.Lock()
	defer v.accounting.Unlock()
	v.used[vm.Self] = used
}

func (v *VCenter) forget(vm types.ManagedObjectReference) {
	v.accounting.Lock()
	defer v.accounting.Unlock()
	delete(v.used, vm)
}

func (v *VCenter) setCapacity(store types.ManagedObjectReference, bytes int64) {
	v.accounting.Lock()
	defer v.accounting.Unlock()
	v.capacity[store] = bytes
}

func (v *VCenter) forgetStore(store types.ManagedObjectReference) {
	v.accounting.Lock()
	defer v.accounting.Unlock()
	delete(v.capacity, store)
}

func (v *VCenter) setHardware(host types.ManagedObjectReference, greatest hardwareVersion) {
	v.accounting.Lock()
	defer v.accounting.Unlock()
	v.hardware[host] = greatest
}

func (v *VCenter) hardwareOf(host types.ManagedObjectReference) hardwareVersion {
	v.accounting.Lock()
	defer v.accounting.Unlock()
	return v.hardware[host]
}

// account writes capacity, free and promised space into every datastore; the simulator counts thin disks as full,
// knows no promised space and resets capacities.
func (v *VCenter) account(ctx *simulator.Context) {
	committed := map[types.ManagedObjectReference]int64{}
	uncommitted := map[types.ManagedObjectReference]int64{}
	v.accounting.Lock()
	for _, parts := range v.used {
		for _, part := range parts {
			committed[part.datastore] += part.committed
			uncommitted[part.datastore] += part.uncommitted
		}
	}
	capacities := maps.Clone(v.capacity)
	v.accounting.Unlock()
	for reference, capacity := range capacities {
		store, ok := ctx.Map.Get(reference).(*simulator.Datastore)
		if !ok {
			continue
		}
		ctx.WithLock(store, func() {
			ctx.Update(store, []types.PropertyChange{
				{Name: "summary.capacity", Val: capacity},
				{Name: "summary.freeSpace", Val: capacity - committed[reference]},
				{Name: "summary.uncommitted", Val: uncommitted[reference]},
			})
			info := store.Info.GetDatastoreInfo()
			info.FreeSpace, info.MaxFileSize = capacity-committed[reference], capacity
		})
	}
}

// datastore is the simulator's datastore that keeps its capacity when refreshed.
type datastore struct {
	*simulator.Datastore
	vcenter *VCenter
}

// RefreshDatastore recomputes the space in use.
func (d *datastore) RefreshDatastore(ctx *simulator.Context, _ *types.RefreshDatastore) soap.HasFault {
	d.vcenter.account(ctx)
	return &methods.RefreshDatastoreBody{Res: new(types.RefreshDatastoreResponse)}
}
