// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// The keys that vCenter gives to the first SCSI controller, disk and network card.
const controllerKey, diskKey, cardKey = 1000, 2000, 4000

// What vCenter calls the version of open-vm-tools, which the guest looks after itself.
const unmanagedTools = 2147483647

// addTemplate creates the template on the first host that can hold its hardware version.
func (v *VCenter) addTemplate(ctx context.Context, folders *object.DatacenterFolders) error {
	spec := v.spec.Template
	home := v.templateHost()
	if home == nil {
		return fmt.Errorf("no host with a datastore supports %s", spec.HardwareVersion)
	}
	client := folders.VmFolder.Client()
	host, err := v.findHost(home.Name)
	if err != nil {
		return err
	}
	pool := object.NewResourcePool(client, *computeOf(v.model.Map(), host).ResourcePool)
	parent := folders.VmFolder
	if spec.Folder != "" {
		if parent, err = makeFolder(ctx, parent, spec.Folder); err != nil {
			return err
		}
	}
	config, err := v.templateConfig(home)
	if err != nil {
		return err
	}
	task, err := parent.CreateVM(ctx, *config, pool, object.NewHostSystem(client, host.Self))
	if err != nil {
		return err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		return err
	}
	created := v.model.Map().Get(info.Result.(types.ManagedObjectReference)).(*simulator.VirtualMachine)
	v.measure(&created.VirtualMachine)
	created.Config.Tools = &types.ToolsConfigInfo{ToolsVersion: unmanagedTools}
	return object.NewVirtualMachine(client, created.Self).MarkAsTemplate(ctx)
}

func (v *VCenter) templateHost() *HostSpec {
	for i := range v.spec.Hosts {
		host := &v.spec.Hosts[i]
		if host.MaxHardwareVersion >= v.spec.Template.HardwareVersion && len(host.Datastores) > 0 {
			return host
		}
	}
	return nil
}

// templateConfig is a small Ubuntu machine: one thin disk, one network card on the host's first port group.
func (v *VCenter) templateConfig(home *HostSpec) (*types.VirtualMachineConfigSpec, error) {
	spec := v.spec.Template
	config := &types.VirtualMachineConfigSpec{
		Name:     spec.Name,
		GuestId:  string(types.VirtualMachineGuestOsIdentifierUbuntu64Guest),
		Firmware: string(types.GuestOsDescriptorFirmwareTypeEfi),
		Version:  spec.HardwareVersion.String(),
		NumCPUs:  2,
		MemoryMB: 2048,
		Files:    &types.VirtualMachineFileInfo{VmPathName: "[" + sortedKeys(home.Datastores)[0] + "]"},
	}
	for key, value := range spec.Settings {
		config.ExtraConfig = append(config.ExtraConfig, &types.OptionValue{Key: key, Value: value})
	}
	var devices object.VirtualDeviceList
	controller, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		return nil, err
	}
	controller.(types.BaseVirtualController).GetVirtualController().Key = controllerKey
	devices = append(devices, controller)
	thin := true
	disk := &types.VirtualDisk{
		VirtualDevice: types.VirtualDevice{Key: diskKey, Backing: &types.VirtualDiskFlatVer2BackingInfo{
			DiskMode: string(types.VirtualDiskModePersistent), ThinProvisioned: &thin}},
		CapacityInKB: max(spec.DiskGB, 1) << 20,
	}
	devices.AssignController(disk, controller.(types.BaseVirtualController))
	devices = append(devices, disk)
	portGroups := home.PortGroups
	if portGroups == nil {
		portGroups = v.spec.PortGroups
	}
	if len(portGroups) > 0 {
		card := &types.VirtualVmxnet3{}
		card.Key = cardKey
		card.Backing = &types.VirtualEthernetCardNetworkBackingInfo{
			VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: portGroups[0]}}
		devices = append(devices, card)
	}
	config.DeviceChange, err = devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	return config, err
}
