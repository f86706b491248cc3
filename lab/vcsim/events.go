// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// event is one line to the twin.
type event struct {
	Event string    `json:"event"`           // power, destroyed
	State string    `json:"state,omitempty"` // of power: on, off, reset
	VM    machineID `json:"vm"`
}

// machineID is what the twin needs to boot a host in place of the virtual machine.
type machineID struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	Host      string            `json:"host"`
	VCPUs     int32             `json:"vcpus"`
	MemoryMB  int32             `json:"memory_mb"`
	MAC       string            `json:"mac"`
	GuestInfo map[string]string `json:"guestinfo"`
}

func describe(registry *simulator.Registry, vm *mo.VirtualMachine) machineID {
	id := machineID{
		ID:        vm.Self.Value,
		Name:      vm.Name,
		VCPUs:     vm.Config.Hardware.NumCPU,
		MemoryMB:  vm.Config.Hardware.MemoryMB,
		GuestInfo: map[string]string{},
	}
	if vm.Runtime.Host != nil {
		if host, ok := registry.Get(*vm.Runtime.Host).(*simulator.HostSystem); ok {
			id.Host = host.Name
		}
	}
	if cards := cardsOf(vm); len(cards) > 0 {
		id.MAC = cards[0].MacAddress
	}
	for _, option := range vm.Config.ExtraConfig {
		value := option.GetOptionValue()
		if key, ok := strings.CutPrefix(value.Key, "guestinfo."); ok {
			if text, ok := value.Value.(string); ok {
				id.GuestInfo[key] = text
			}
		}
	}
	return id
}

func powerEvent(registry *simulator.Registry, vm *mo.VirtualMachine) event {
	state := "off"
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		state = "on"
	}
	return event{Event: "power", State: state, VM: describe(registry, vm)}
}

// watcher turns changes of the inventory into events. The simulator calls it with the machine's lock held.
type watcher struct {
	Self    types.ManagedObjectReference
	vcenter *VCenter
}

// Reference makes the watcher a registry handler.
func (w *watcher) Reference() types.ManagedObjectReference { return w.Self }

// PutObject is called for new objects: a new machine is off, which is no news.
func (w *watcher) PutObject(*simulator.Context, mo.Reference) {}

// UpdateObject reports power changes; the tools of a machine that was switched off report nothing any more.
func (w *watcher) UpdateObject(ctx *simulator.Context, object mo.Reference, changes []types.PropertyChange) {
	vm, ok := object.(*mo.VirtualMachine)
	if !ok {
		return
	}
	for _, change := range changes {
		if change.Name != "runtime.powerState" {
			continue
		}
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			ctx.Update(ctx.Map.Get(vm.Self), guestGone())
		}
		w.vcenter.hub.publish(powerEvent(ctx.Map, vm))
	}
}

// RemoveObject reports machines that were deleted or unregistered.
func (w *watcher) RemoveObject(ctx *simulator.Context, reference types.ManagedObjectReference) {
	w.vcenter.gone(ctx, reference)
	if vm, ok := ctx.Map.Get(reference).(*simulator.VirtualMachine); ok {
		w.vcenter.hub.publish(event{Event: "destroyed", VM: describe(ctx.Map, &vm.VirtualMachine)})
	}
}

// hub hands every event to every connected twin, in order, without ever blocking the simulator.
type hub struct {
	sync.Mutex
	queues map[*queue]bool
}

func newHub() *hub { return &hub{queues: map[*queue]bool{}} }

func (h *hub) publish(e event) {
	h.Lock()
	defer h.Unlock()
	for q := range h.queues {
		q.push(e)
	}
}

func (h *hub) join(q *queue) {
	h.Lock()
	defer h.Unlock()
	h.queues[q] = true
}

func (h *hub) leave(q *queue) {
	h.Lock()
	defer h.Unlock()
	delete(h.queues, q)
	q.close()
}
