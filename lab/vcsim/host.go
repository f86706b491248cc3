// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	oldestHardware = hardwareVersion(4)
	coreMegahertz  = 2600
)

// describeHost writes the site's figures over the simulator's template host. The template's structures are shared
// between hosts, so each is replaced, never edited.
func (v *VCenter) describeHost(host *simulator.HostSystem, spec *HostSpec) {
	product := host.Config.Product
	product.Version = spec.Version
	product.ApiVersion = spec.Version
	product.FullName = "VMware ESXi " + spec.Version + " (simulated)"
	host.Config.Product = product
	host.Summary.Config.Product = &product

	hardware := *host.Summary.Hardware
	hardware.NumCpuPkgs, hardware.NumCpuCores, hardware.NumCpuThreads = 2, spec.Cores, 2*spec.Cores
	hardware.CpuMhz = coreMegahertz
	hardware.MemorySize = spec.MemoryMB << 20
	host.Summary.Hardware = &hardware
	info := *host.Hardware
	info.MemorySize = hardware.MemorySize
	info.CpuInfo.NumCpuPackages, info.CpuInfo.NumCpuCores, info.CpuInfo.NumCpuThreads = 2, spec.Cores, 2*spec.Cores
	host.Hardware = &info
	host.Summary.QuickStats = types.HostListSummaryQuickStats{}
	host.Runtime.ConnectionState = types.HostSystemConnectionStateConnected
	host.Runtime.PowerState = types.HostSystemPowerStatePoweredOn

	parent := computeOf(v.model.Map(), host)
	summary := parent.Summary.GetComputeResourceSummary()
	summary.NumCpuCores, summary.NumCpuThreads = spec.Cores, 2*spec.Cores
	summary.TotalCpu = int32(spec.Cores) * coreMegahertz
	summary.TotalMemory = hardware.MemorySize
	summary.EffectiveCpu, summary.EffectiveMemory = summary.TotalCpu, spec.MemoryMB
	summary.NumHosts, summary.NumEffectiveHosts = 1, 1
	browser := v.model.Map().Get(*parent.EnvironmentBrowser).(*simulator.EnvironmentBrowser)
	v.options[parent.Self] = append(v.options[parent.Self], hardwareOptions(host.Self, spec.MaxHardwareVersion)...)
	browser.QueryConfigOptionDescriptorResponse.Returnval = v.options[parent.Self]
}

// hardwareOptions lists the virtual hardware versions that the host creates and runs, the greatest as default
// (EnvironmentBrowser.QueryConfigOptionDescriptor).
func hardwareOptions(host types.ManagedObjectReference, greatest hardwareVersion) []types.VirtualMachineConfigOptionDescriptor {
	var options []types.VirtualMachineConfigOptionDescriptor
	for version := oldestHardware; version <= greatest; version++ {
		yes := true
		isDefault := version == greatest
		options = append(options, types.VirtualMachineConfigOptionDescriptor{
			Key:                 version.String(),
			Description:         version.String(),
			Host:                []types.ManagedObjectReference{host},
			CreateSupported:     &yes,
			RunSupported:        &yes,
			UpgradeSupported:    &yes,
			DefaultConfigOption: &isDefault,
		})
	}
	return options
}
