// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

func TestCloneHasTheWholeConfiguration(t *testing.T) {
	l := newLab(t, testSpec())
	template, err := l.finder.VirtualMachine(context.Background(), "template")
	l.must(err)
	devices, err := template.Device(context.Background())
	l.must(err)
	disk := devices.SelectByType((*types.VirtualDisk)(nil))[0].(*types.VirtualDisk)
	disk.CapacityInKB, disk.CapacityInBytes = 200<<20, 200<<30
	card := devices.SelectByType((*types.VirtualVmxnet3)(nil))[0].(*types.VirtualVmxnet3)
	card.Backing = &types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "DMZ"}}
	edits, err := object.VirtualDeviceList{disk, card}.ConfigSpec(types.VirtualDeviceConfigSpecOperationEdit)
	l.must(err)
	for _, edit := range edits {
		edit.GetVirtualDeviceConfigSpec().FileOperation = ""
	}
	reference, fault := l.clone("node-1", l.location("h2"), &types.VirtualMachineConfigSpec{
		NumCPUs: 8, MemoryMB: 4096, Annotation: "ours", Version: "vmx-14", DeviceChange: edits,
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "guestinfo.metadata", Value: "data"}},
	})
	if fault != nil {
		t.Fatalf("%T", fault)
	}
	vm := l.machine(reference)
	got := fmt.Sprintln(vm.Config.Hardware.NumCPU, vm.Config.Hardware.MemoryMB, vm.Config.Annotation, vm.Config.Version,
		disksOf(&vm)[0].CapacityInKB>>20, describe(l.vcenter.model.Map(), &vm).GuestInfo, len(vm.Network), len(vm.Guest.Net))
	if want := "8 4096 ours vmx-14 200 map[metadata:data] 1 1\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if vm.Guest.Net[0].Network != "DMZ" || *vm.Runtime.Host != l.host("h2").Self {
		t.Errorf("network %s, host %s", vm.Guest.Net[0].Network, vm.Runtime.Host)
	}
}

func TestATaskSaysWhoBeganIt(t *testing.T) {
	l, ctx := newLab(t, testSpec()), context.Background()
	l.clone("node-1", l.location("h1"), nil)
	template, err := l.finder.VirtualMachine(ctx, "template")
	l.must(err)
	us, err := session.NewManager(l.client).UserSession(ctx)
	l.must(err)
	var tasks []mo.Task
	recent := l.machine(template.Reference()).RecentTask
	l.must(property.DefaultCollector(l.client).Retrieve(ctx, recent, []string{"info"}, &tasks))
	said := map[string]string{}
	for _, task := range tasks {
		said[task.Info.DescriptionId] = task.Info.Reason.(*types.TaskReasonUser).UserName
	}
	if said["VirtualMachine.clone"] != us.UserName {
		t.Errorf("%v, we are %s", said, us.UserName)
	}
}

func TestClonesHaveAddressesOfTheirOwn(t *testing.T) {
	l := newLab(t, testSpec())
	seen := map[string]bool{}
	for i := range 5 {
		reference, _ := l.clone(fmt.Sprint("node-", i), l.location("h1"), nil)
		vm := l.machine(reference)
		seen[cardsOf(&vm)[0].MacAddress] = true
	}
	if len(seen) != 5 {
		t.Error(seen)
	}
}

func TestWhatWouldEndTheProcessIsAFault(t *testing.T) {
	l := newLab(t, testSpec())
	h1, h2 := l.location("h1"), l.location("h2")
	unknown := types.ManagedObjectReference{Type: "HostSystem", Value: "host-999"}
	service := &types.ServiceLocator{Url: "https://other"}
	network := []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
		Operation: types.VirtualDeviceConfigSpecOperationAdd,
		Device: &types.VirtualVmxnet3{VirtualVmxnet: types.VirtualVmxnet{VirtualEthernetCard: types.VirtualEthernetCard{
			VirtualDevice: types.VirtualDevice{Key: -1, Backing: &types.VirtualEthernetCardNetworkBackingInfo{
				VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "nowhere"}}}}}},
	}}
	thick := []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
		Operation: types.VirtualDeviceConfigSpecOperationEdit,
		Device: &types.VirtualDisk{VirtualDevice: types.VirtualDevice{Key: diskKey, Backing: &types.VirtualDiskFlatVer2BackingInfo{}},
			CapacityInKB: 1001 << 20},
	}}
	cases := map[string]struct {
		location types.VirtualMachineRelocateSpec
		config   *types.VirtualMachineConfigSpec
		want     types.BaseMethodFault
	}{
		"foreign host":      {types.VirtualMachineRelocateSpec{Host: &unknown, Datastore: h1.Datastore, Pool: h1.Pool}, nil, &types.ManagedObjectNotFound{}},
		"foreign datastore": {types.VirtualMachineRelocateSpec{Host: h1.Host, Datastore: h2.Datastore, Pool: h1.Pool}, nil, &types.DatastoreNotWritableOnHost{}},
		"foreign pool":      {types.VirtualMachineRelocateSpec{Host: h1.Host, Datastore: h1.Datastore, Pool: h2.Pool}, nil, &types.InvalidArgument{}},
		"no pool":           {types.VirtualMachineRelocateSpec{Host: h1.Host, Datastore: h1.Datastore}, nil, &types.InvalidArgument{}},
		"other vCenter":     {types.VirtualMachineRelocateSpec{Host: h1.Host, Datastore: h1.Datastore, Pool: h1.Pool, Service: service}, nil, &types.NotSupported{}},
		"hardware":          {h2, &types.VirtualMachineConfigSpec{Version: "vmx-15"}, &types.VirtualHardwareVersionNotSupported{}},
		"threads":           {h1, &types.VirtualMachineConfigSpec{NumCPUs: 33}, &types.InvalidArgument{}},
		"network":           {h1, &types.VirtualMachineConfigSpec{DeviceChange: network}, &types.CannotAccessNetwork{}},
		"space":             {h1, &types.VirtualMachineConfigSpec{DeviceChange: thick}, &types.NoDiskSpace{}},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			_, fault := l.clone("node-1", test.location, test.config)
			if reflect.TypeOf(fault) != reflect.TypeOf(test.want) {
				t.Errorf("got %T, want %T", fault, test.want)
			}
		})
	}
	if _, fault := l.clone("node-1", h1, nil); fault != nil {
		t.Errorf("a refused clone left something behind: %T", fault)
	}
}

func TestRelocationMovesListsAndFiles(t *testing.T) {
	l := newLab(t, testSpec())
	reference, _ := l.clone("node-1", l.location("h1"), nil)
	vm := object.NewVirtualMachine(l.client, reference)
	started, err := vm.Relocate(context.Background(), l.location("h2"), types.VirtualMachineMovePriorityDefaultPriority)
	l.wait(started, err)
	if moved := l.host("h2"); len(moved.Vm) != 1 || moved.Vm[0] != reference {
		t.Errorf("h2 knows %v", moved.Vm)
	}
	for _, left := range l.host("h1").Vm {
		if left == reference {
			t.Error("h1 still lists the machine")
		}
	}
	if path := l.machine(reference).Config.Files.VmPathName; path != "[S2] node-1/node-1.vmx" {
		t.Error(path)
	}
	if *l.machine(reference).Runtime.Host != l.host("h2").Self {
		t.Error("the machine does not run on h2")
	}
	started, err = vm.Reconfigure(context.Background(), types.VirtualMachineConfigSpec{MemoryMB: 1024}) // would end the process
	l.wait(started, err)
}

func TestThinDisksPromiseAndThickOnesTakeSpace(t *testing.T) {
	l := newLab(t, testSpec())
	before := l.store("S1").Summary
	reference, _ := l.clone("node-1", l.location("h1"), nil)
	after := l.store("S1").Summary
	if after.FreeSpace != before.FreeSpace || after.Uncommitted != before.Uncommitted+20*gigabyte {
		t.Errorf("free %d, promised %d", after.FreeSpace/gigabyte, after.Uncommitted/gigabyte)
	}
	started, err := object.NewVirtualMachine(l.client, reference).Destroy(context.Background())
	l.wait(started, err)
	if left := l.store("S1").Summary; left.Uncommitted != before.Uncommitted || left.Capacity != 1000*gigabyte {
		t.Errorf("promised %d of %d", left.Uncommitted/gigabyte, left.Capacity/gigabyte)
	}
}
