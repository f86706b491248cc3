// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

const entering = `{"enter":{"name":"h3","version":"8.0.3","cores":16,"memory_mb":65536,"datastores":{"S3":500},"max_hardware_version":21}}`

func TestAHostEntersAndTakesMachines(t *testing.T) {
	l := newLab(t, testSpec())
	twin := l.twin()
	if answer := twin.ask(entering); answer["ok"] != true {
		t.Fatal(answer)
	}
	if host := l.host("h3"); len(host.Network) != 2 || len(host.Datastore) != 1 {
		t.Error(host.Network, host.Datastore)
	}
	if capacity := l.store("S3").Summary.Capacity; capacity != 500*gigabyte {
		t.Error(capacity)
	}
	if _, fault := l.clone("vm3", l.location("h3"), &types.VirtualMachineConfigSpec{Version: "vmx-21"}); fault != nil {
		t.Error(fault)
	}
	if answer := twin.ask(entering); !strings.Contains(answer["error"].(string), "is there already") {
		t.Error(answer)
	}
	if answer := twin.ask(`{"enter":{"name":"h4"}}`); !strings.Contains(answer["error"].(string), "host h4 needs version") {
		t.Error(answer)
	}
}

func TestAWipedHostIsGoneWithItsMachinesAndTheDatastoreOfItsDisks(t *testing.T) {
	l := newLab(t, testSpec())
	one, fault := l.clone("vm1", l.location("h2"), nil)
	if fault != nil {
		t.Fatal(fault)
	}
	l.wait(object.NewVirtualMachine(l.client, one).PowerOn(context.Background()))
	kept, fault := l.clone("vm2", l.location("h1"), nil)
	if fault != nil {
		t.Fatal(fault)
	}
	twin := l.twin()
	if answer := twin.ask(`{"wipe":"h2"}`); answer["ok"] != true {
		t.Fatal(answer)
	}
	if _, err := l.finder.HostSystem(context.Background(), "h2"); err == nil {
		t.Error("the host is there")
	}
	if _, err := l.finder.Datastore(context.Background(), "S2"); err == nil {
		t.Error("its datastore is there")
	}
	if _, err := l.finder.VirtualMachine(context.Background(), "vm1"); err == nil {
		t.Error("its machine is there")
	}
	if l.machine(kept).Name != "vm2" {
		t.Error("a machine of the other host is gone")
	}
	if answer := twin.ask(`{"wipe":"h2"}`); !strings.Contains(answer["error"].(string), "no host") {
		t.Error(answer)
	}
	back := strings.NewReplacer("h3", "h2", "S3", "S2").Replace(entering)
	if answer := twin.ask(back); answer["ok"] != true {
		t.Fatal(answer)
	}
	if _, fault := l.clone("vm1", l.location("h2"), nil); fault != nil {
		t.Error(fault)
	}
}

func TestTheTemplateGoesWithItsHost(t *testing.T) {
	l := newLab(t, testSpec())
	if answer := l.twin().ask(`{"wipe":"h1"}`); answer["ok"] != true {
		t.Fatal(answer)
	}
	if _, err := l.finder.VirtualMachine(context.Background(), "template"); err == nil {
		t.Error("the template is there")
	}
}
