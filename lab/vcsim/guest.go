// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// guestReport is what the tools inside the guest would tell vCenter.
func guestReport(vm *mo.VirtualMachine, r *request) []types.PropertyChange {
	if r.Tools == "notRunning" {
		return guestGone()
	}
	adapters := slices.Clone(vm.Guest.Net)
	if len(adapters) > 0 && r.IP != "" {
		adapters[0].IpAddress = []string{r.IP}
	}
	return []types.PropertyChange{
		{Name: "guest.net", Val: adapters},
		{Name: "guest.ipAddress", Val: r.IP},
		{Name: "summary.guest.ipAddress", Val: r.IP},
		{Name: "guest.hostName", Val: r.Hostname},
		{Name: "summary.guest.hostName", Val: r.Hostname},
		{Name: "guest.guestState", Val: "running"},
		{Name: "guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsOk},
		{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
		{Name: "summary.guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsOk},
		{Name: "summary.guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
	}
}

// guestGone is what vCenter shows of a guest whose tools no longer answer.
func guestGone() []types.PropertyChange {
	return []types.PropertyChange{
		{Name: "guest.ipAddress", Val: ""},
		{Name: "summary.guest.ipAddress", Val: ""},
		{Name: "guest.hostName", Val: ""},
		{Name: "summary.guest.hostName", Val: ""},
		{Name: "guest.guestState", Val: "notRunning"},
		{Name: "guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsNotRunning},
		{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)},
		{Name: "summary.guest.toolsStatus", Val: types.VirtualMachineToolsStatusToolsNotRunning},
		{Name: "summary.guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)},
	}
}
