// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
	"testing"

	vevent "github.com/vmware/govmomi/event"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// Machines started by one call are tasks of their own: with shared locks they end the simulator ("concurrent map writes").
func TestMachinesOfOneCallAreStartedApart(t *testing.T) {
	l, ctx := newLab(t, testSpec()), context.Background()
	var machines []types.ManagedObjectReference
	for number := range 8 {
		reference, fault := l.clone(fmt.Sprintf("node-%d", number), l.location("h1"), nil)
		if fault != nil {
			t.Fatal(fault)
		}
		machines = append(machines, reference)
	}
	datacenter, err := l.finder.Datacenter(ctx, "DC")
	l.must(err)
	l.wait(datacenter.PowerOnVM(ctx, machines))
	for _, machine := range machines {
		l.must(object.NewVirtualMachine(l.client, machine).WaitForPowerState(ctx, types.VirtualMachinePowerStatePoweredOn))
	}
	events, err := vevent.NewManager(l.client).QueryEvents(ctx, types.EventFilterSpec{EventTypeId: []string{"VmPoweredOnEvent"}})
	l.must(err)
	keys := map[int32]bool{}
	for _, one := range events {
		keys[one.GetEvent().Key] = true
	}
	if len(keys) != len(machines) {
		t.Errorf("%d events of %d machines", len(keys), len(machines))
	}
}
