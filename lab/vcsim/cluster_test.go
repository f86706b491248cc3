// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestHostsOfOneClusterKeepTheirOwnFigures(t *testing.T) {
	spec := testSpec()
	for i := range spec.Hosts {
		spec.Hosts[i].Cluster = "compute"
	}
	l := newLab(t, spec)
	first, second := l.host("h1"), l.host("h2")
	if *first.Parent != *second.Parent || first.Parent.Type != "ClusterComputeResource" {
		t.Fatal(first.Parent, second.Parent)
	}
	if first.Summary.Hardware.NumCpuCores != 16 || len(first.Network) != 2 || len(second.Network) != 2 {
		t.Fatal(first.Summary.Hardware, first.Network, second.Network)
	}
	var cluster mo.ClusterComputeResource
	l.must(object.NewCommon(l.client, *first.Parent).Properties(context.Background(), *first.Parent, nil, &cluster))
	if !*cluster.ConfigurationEx.(*types.ClusterConfigInfoEx).DrsConfig.Enabled {
		t.Fatal("DRS is off")
	}
	location := types.VirtualMachineRelocateSpec{Host: &second.Self, Datastore: &second.Datastore[0], Pool: cluster.ResourcePool}
	reference, fault := l.clone("node-1", location, nil)
	if fault != nil || *l.machine(reference).Runtime.Host != second.Self {
		t.Fatal(fault)
	}
}

func TestManyMachinesAreStartedByOneCall(t *testing.T) {
	l := newLab(t, testSpec())
	one, _ := l.clone("node-1", l.location("h1"), nil)
	two, _ := l.clone("node-2", l.location("h1"), nil)
	end := l.twin()
	end.next() // both are off
	end.next()
	if answer := end.say(`{"set":"fault","method":"PowerOnVM_Task","object":"node-2","times":1}`); answer["ok"] != true {
		t.Fatal(answer)
	}
	ctx := context.Background()
	datacenter, err := l.finder.DefaultDatacenter(ctx)
	l.must(err)
	started, err := datacenter.PowerOnVM(ctx, []types.ManagedObjectReference{one, two})
	l.must(err)
	info, err := started.WaitForResult(ctx)
	l.must(err)
	result := info.Result.(types.ClusterPowerOnVmResult)
	if len(result.Attempted) != 1 || result.Attempted[0].Vm != one || result.Attempted[0].Task == nil {
		t.Fatal(result.Attempted)
	}
	if len(result.NotAttempted) != 1 || result.NotAttempted[0].Vm != two {
		t.Fatal(result.NotAttempted)
	}
	l.must(object.NewTask(l.client, *result.Attempted[0].Task).Wait(ctx))
	if state := l.machine(one).Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOn {
		t.Fatal(state)
	}
}

func TestPrivilegesAreDeniedByObject(t *testing.T) {
	l := newLab(t, testSpec())
	end := l.twin()
	if answer := end.say(`{"set":"privilege","object":"S1","missing":"Datastore.AllocateSpace"}`); answer["ok"] != true {
		t.Fatal(answer)
	}
	first, second := l.store("S1").Self, l.store("S2").Self
	asked, err := methods.HasPrivilegeOnEntities(context.Background(), l.client, &types.HasPrivilegeOnEntities{
		This:   *l.client.ServiceContent.AuthorizationManager,
		Entity: []types.ManagedObjectReference{first, second},
		PrivId: []string{"Datastore.AllocateSpace", "Datastore.Browse"},
	})
	l.must(err)
	var granted []bool
	for _, entity := range asked.Returnval {
		for _, privilege := range entity.PrivAvailability {
			granted = append(granted, privilege.IsGranted)
		}
	}
	if len(granted) != 4 || granted[0] || !granted[1] || !granted[2] || !granted[3] {
		t.Fatal(granted)
	}
}

func TestMountsAndQuarantine(t *testing.T) {
	l := newLab(t, testSpec())
	end := l.twin()
	for _, line := range []string{
		`{"set":"mount","datastore":"S1","host":"h1","state":"readOnly"}`,
		`{"set":"host","host":"h2","state":"quarantine"}`,
	} {
		if answer := end.say(line); answer["ok"] != true {
			t.Fatal(answer)
		}
	}
	if mode := l.store("S1").Host[0].MountInfo.AccessMode; mode != "readOnly" {
		t.Fatal(mode)
	}
	if quarantine := l.host("h2").Runtime.InQuarantineMode; quarantine == nil || !*quarantine {
		t.Fatal("not in quarantine")
	}
}
