// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func cardsOf(vm *mo.VirtualMachine) []*types.VirtualEthernetCard {
	var cards []*types.VirtualEthernetCard
	for _, device := range vm.Config.Hardware.Device {
		if card, ok := device.(types.BaseVirtualEthernetCard); ok {
			cards = append(cards, card.GetVirtualEthernetCard())
		}
	}
	return cards
}

// freshAddresses gives a copy network addresses of its own: the simulator leaves it those of the original.
func (m *machine) freshAddresses(ctx *simulator.Context) {
	for i, card := range cardsOf(&m.VirtualMachine.VirtualMachine) {
		card.MacAddress = macAddress(m.vcenter.spec.Name, m.Self.Value, i)
	}
	ctx.Update(m.VirtualMachine, []types.PropertyChange{{Name: "config.hardware.device", Val: m.Config.Hardware.Device}})
}

// keepOwn makes edits of disks and cards mean the copy's own files and addresses: callers describe them as they stand
// in the original, which vCenter accepts and the simulator takes at its word.
func (m *machine) keepOwn(changes []types.BaseVirtualDeviceConfigSpec) {
	own := &m.VirtualMachine.VirtualMachine
	for _, change := range changes {
		spec := change.GetVirtualDeviceConfigSpec()
		if spec.Operation != types.VirtualDeviceConfigSpecOperationEdit {
			continue
		}
		switch edited := spec.Device.(type) {
		case *types.VirtualDisk:
			for _, disk := range disksOf(own) {
				if disk.Key == edited.Key {
					edited.Backing = disk.Backing
				}
			}
		case types.BaseVirtualEthernetCard:
			card := edited.GetVirtualEthernetCard()
			for _, current := range cardsOf(own) {
				if current.Key == card.Key && card.AddressType != string(types.VirtualEthernetCardMacTypeManual) {
					card.MacAddress = current.MacAddress
				}
			}
		}
	}
}

// macAddress is stable for a machine and lies in the range 00:50:56:80-bf that vCenter assigns from.
func macAddress(vcenter, moid string, index int) string {
	id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(fmt.Sprintf("%s/%s/%d", vcenter, moid, index)))
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", 0x80|id[0]&0x3f, id[1], id[2])
}

// portgroup is the reference of a distributed port group: the simulator uses its key as moid.
func portgroup(key string) types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: key}
}

// networkOf returns the network that a card is connected to and its name for the guest, or nil.
func networkOf(card *types.VirtualEthernetCard) (*types.ManagedObjectReference, string) {
	switch backing := card.Backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return backing.Network, backing.DeviceName
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		reference := portgroup(backing.Port.PortgroupKey)
		return &reference, ""
	}
	return nil, ""
}

// settle makes what is derived from the devices agree with them again: a changed card would stand twice in the
// machine's networks, a grown disk be counted wrong. The caller holds the machine's lock.
func (m *machine) settle(ctx *simulator.Context) {
	vm := &m.VirtualMachine.VirtualMachine
	networks := []types.ManagedObjectReference{}
	adapters := []types.GuestNicInfo{}
	for i, card := range cardsOf(vm) {
		if card.MacAddress == "" {
			card.MacAddress = macAddress(m.vcenter.spec.Name, m.Self.Value, i)
		}
		network, name := networkOf(card)
		if network == nil {
			continue
		}
		if simulator.FindReference(networks, *network) == nil {
			networks = append(networks, *network)
		}
		adapters = append(adapters, types.GuestNicInfo{
			Network: name, MacAddress: card.MacAddress, Connected: true, DeviceConfigId: card.Key})
	}
	m.vcenter.measure(vm)
	ctx.Update(m.VirtualMachine, []types.PropertyChange{
		{Name: "network", Val: networks},
		{Name: "guest.net", Val: adapters},
		{Name: "summary.config.annotation", Val: vm.Config.Annotation},
		{Name: "summary.config.numEthernetCards", Val: int32(len(cardsOf(vm)))},
		{Name: "summary.config.numVirtualDisks", Val: int32(len(disksOf(vm)))},
	})
	m.vcenter.account(ctx)
}
