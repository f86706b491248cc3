// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// target is where a machine is to live. The simulator believes every reference; a wrong one ends its process.
type target struct {
	host      *simulator.HostSystem
	datastore *simulator.Datastore
	pool      types.ManagedObjectReference
}

// target checks a relocation spec against the inventory; what it leaves open stays as it is for the machine.
func (m *machine) target(ctx *simulator.Context, spec *types.VirtualMachineRelocateSpec) (*target, types.BaseMethodFault) {
	if spec.Service != nil {
		return nil, &types.NotSupported{} // other vCenters are not reachable from here
	}
	hostRef, storeRef := m.Runtime.Host, &m.Datastore[0]
	if spec.Host != nil {
		hostRef = spec.Host
	}
	if spec.Datastore != nil {
		storeRef = spec.Datastore
	}
	host, ok := ctx.Map.Get(*hostRef).(*simulator.HostSystem)
	if !ok {
		return nil, &types.ManagedObjectNotFound{Obj: *hostRef}
	}
	store, ok := ctx.Map.Get(*storeRef).(*simulator.Datastore)
	if !ok {
		return nil, &types.ManagedObjectNotFound{Obj: *storeRef}
	}
	if simulator.FindReference(host.Datastore, store.Self) == nil {
		return nil, &types.DatastoreNotWritableOnHost{
			InvalidDatastore: types.InvalidDatastore{Datastore: &store.Self, Name: store.Name}, Host: host.Self}
	}
	if host.Runtime.ConnectionState != types.HostSystemConnectionStateConnected {
		return nil, &types.HostNotConnected{}
	}
	if host.Runtime.InMaintenanceMode {
		return nil, &types.InvalidHostState{Host: &host.Self}
	}
	pool, fault := m.pool(ctx, spec.Pool, host)
	return &target{host: host, datastore: store, pool: pool}, fault
}

func (m *machine) pool(ctx *simulator.Context, wanted *types.ManagedObjectReference, host *simulator.HostSystem) (types.ManagedObjectReference, types.BaseMethodFault) {
	if wanted == nil {
		wanted = m.ResourcePool // a template has none: the caller must name one
	}
	if wanted == nil {
		return types.ManagedObjectReference{}, &types.InvalidArgument{InvalidProperty: "spec.location.pool"}
	}
	pool, ok := ctx.Map.Get(*wanted).(*simulator.ResourcePool)
	if !ok {
		return *wanted, &types.ManagedObjectNotFound{Obj: *wanted}
	}
	if pool.Owner != *host.Parent {
		return *wanted, &types.InvalidArgument{InvalidProperty: "spec.pool"}
	}
	return *wanted, nil
}

// admit refuses a configuration that the target cannot hold.
func (v *VCenter) admit(ctx *simulator.Context, to *target, version string, config *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if config != nil && config.Version != "" {
		version = config.Version
	}
	number, err := parseHardwareVersion(version)
	if err != nil {
		return &types.InvalidArgument{InvalidProperty: "spec.config.version"}
	}
	if number > v.hardwareOf(to.host.Self) {
		return &types.VirtualHardwareVersionNotSupported{HostName: to.host.Name, Host: to.host.Self}
	}
	if config == nil {
		return nil
	}
	if config.NumCPUs > int32(to.host.Summary.Hardware.NumCpuThreads) {
		return &types.InvalidArgument{InvalidProperty: "spec.config.numCPUs"}
	}
	var thick int64
	for _, change := range config.DeviceChange {
		if disk, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk); ok && !isThin(disk) {
			thick += diskBytes(disk)
		}
	}
	if thick > to.datastore.Summary.FreeSpace {
		return &types.NoDiskSpace{
			FileFault: types.FileFault{File: "[" + to.datastore.Name + "]"}, Datastore: to.datastore.Name}
	}
	return nil
}

// checkDevices refuses disks on datastores and network cards on port groups that the host does not have.
func (v *VCenter) checkDevices(ctx *simulator.Context, host *simulator.HostSystem, changes []types.BaseVirtualDeviceConfigSpec) types.BaseMethodFault {
	for i, change := range changes {
		spec := change.GetVirtualDeviceConfigSpec()
		if spec.Operation == types.VirtualDeviceConfigSpecOperationRemove {
			continue
		}
		if fault := checkDisk(ctx, host, spec.Device); fault != nil {
			return fault
		}
		card, ok := spec.Device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		name := "nothing"
		switch backing := card.GetVirtualEthernetCard().Backing.(type) {
		case *types.VirtualEthernetCardNetworkBackingInfo:
			name = backing.DeviceName
			if _, found := ctx.Map.FindByName(name, host.Network).(*mo.Network); found {
				continue
			}
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			name = backing.Port.PortgroupKey
			if simulator.FindReference(host.Network, portgroup(name)) != nil {
				continue
			}
		default:
			return &types.InvalidDeviceSpec{DeviceIndex: int32(i)}
		}
		return &types.CannotAccessNetwork{CannotAccessVmDevice: types.CannotAccessVmDevice{Device: "network card", Backing: name}}
	}
	return nil
}

func checkDisk(ctx *simulator.Context, host *simulator.HostSystem, device types.BaseVirtualDevice) types.BaseMethodFault {
	disk, ok := device.(*types.VirtualDisk)
	if !ok {
		return nil
	}
	backing, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo)
	if !ok {
		return nil
	}
	var file object.DatastorePath
	name := backing.GetVirtualDeviceFileBackingInfo().FileName
	if name == "" {
		return nil
	}
	if !file.FromString(name) {
		return &types.InvalidDatastorePath{DatastorePath: name}
	}
	if _, found := ctx.Map.FindByName(file.Datastore, host.Datastore).(*simulator.Datastore); !found {
		return &types.InvalidDatastorePath{InvalidDatastore: types.InvalidDatastore{Name: file.Datastore}, DatastorePath: name}
	}
	return nil
}

func isThin(disk *types.VirtualDisk) bool {
	backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && backing.ThinProvisioned != nil && *backing.ThinProvisioned
}

func diskBytes(disk *types.VirtualDisk) int64 {
	return max(disk.CapacityInBytes, disk.CapacityInKB<<10)
}

func disksOf(vm *mo.VirtualMachine) []*types.VirtualDisk {
	var disks []*types.VirtualDisk
	for _, device := range object.VirtualDeviceList(vm.Config.Hardware.Device).SelectByType((*types.VirtualDisk)(nil)) {
		disks = append(disks, device.(*types.VirtualDisk))
	}
	return disks
}
