// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// request is one line from the twin or a test.
type request struct {
	Set      string    `json:"set"`   // guest, power, host, mount, fault, privilege
	Get      string    `json:"get"`   // calls
	Enter    *HostSpec `json:"enter"` // a host that comes
	Wipe     string    `json:"wipe"`  // name of a host that goes, with its disks
	VM       string    `json:"vm"`    // moid
	IP       string    `json:"ip"`
	Hostname string    `json:"hostname"`
	Tools    string    `json:"tools"` // running, notRunning
	State    string    `json:"state"` // of power: on, off; of host: connected, disconnected, maintenance, quarantine; of mount: readOnly, readWrite
	Host     string    `json:"host"`
	Store    string    `json:"datastore"` // of mount
	Method   string    `json:"method"`    // of fault, e.g. PowerOnVM_Task
	Object   string    `json:"object"`    // of fault and privilege: name of the object, or * for all
	Missing  string    `json:"missing"`   // of privilege: what accounts lack on the object
	Times    int       `json:"times"`     // of fault: how often; 0 means always
}

// reply answers one request; exactly one of OK and Error is set.
type reply struct {
	OK    bool           `json:"ok,omitempty"`
	Error string         `json:"error,omitempty"`
	Calls map[string]int `json:"calls,omitempty"`
}

// ServeControl listens on the Unix socket at path, which only the owner can open.
func (v *VCenter) ServeControl(path string) (net.Listener, error) {
	_ = os.Remove(path)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = listener.Close()
		return nil, err
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go v.converse(connection)
		}
	}()
	return listener, nil
}

// converse first tells the state of all machines, then every event, and answers requests in between.
func (v *VCenter) converse(connection net.Conn) {
	defer connection.Close()
	outgoing := newQueue()
	v.hub.join(outgoing) // before the state is read, so that no change falls between the two
	defer v.hub.leave(outgoing)
	for _, e := range v.state() {
		outgoing.push(e)
	}
	go func() {
		encoder := json.NewEncoder(connection)
		for {
			line, ok := outgoing.pop()
			if !ok || encoder.Encode(line) != nil {
				_ = connection.Close()
				return
			}
		}
	}()
	lines := bufio.NewScanner(connection)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			outgoing.push(reply{Error: err.Error()})
			continue
		}
		outgoing.push(v.answer(&r))
	}
}

func (v *VCenter) context() *simulator.Context {
	return &simulator.Context{Context: context.Background(), Map: v.model.Map()}
}

func (v *VCenter) state() []event {
	var events []event
	ctx := v.context()
	for _, entity := range ctx.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		ctx.WithLock(vm, func() {
			if !vm.Config.Template {
				events = append(events, powerEvent(ctx.Map, &vm.VirtualMachine))
			}
		})
	}
	return events
}

func (v *VCenter) answer(r *request) reply {
	var err error
	switch {
	case r.Get == "calls":
		return reply{OK: true, Calls: v.calls.read()}
	case r.Enter != nil:
		err = v.enterHost(r.Enter)
	case r.Wipe != "":
		err = v.wipeHost(r.Wipe)
	case r.Set == "fault":
		v.faults.add(faultRule{method: r.Method, object: r.Object, times: r.Times})
	case r.Set == "privilege":
		v.denied.add(denial{privilege: r.Missing, object: r.Object})
	case r.Set == "host":
		err = v.setHost(r)
	case r.Set == "mount":
		err = v.setMount(r)
	case r.Set == "guest" || r.Set == "power":
		err = v.setMachine(r)
	default:
		err = fmt.Errorf("unknown request %q", r.Set+r.Get)
	}
	if err != nil {
		return reply{Error: err.Error()}
	}
	return reply{OK: true}
}

func (v *VCenter) setMachine(r *request) error {
	ctx := v.context()
	vm, ok := ctx.Map.Get(types.ManagedObjectReference{Type: "VirtualMachine", Value: r.VM}).(*simulator.VirtualMachine)
	if !ok {
		return fmt.Errorf("no virtual machine %q", r.VM)
	}
	states := map[string]types.VirtualMachinePowerState{
		"off": types.VirtualMachinePowerStatePoweredOff, // the guest halted or crashed
		"on":  types.VirtualMachinePowerStatePoweredOn,  // somebody switched it on at the host
	}
	state, known := states[r.State]
	if r.Set == "power" && !known {
		return fmt.Errorf("no power state %q", r.State)
	}
	ctx.WithLock(vm, func() {
		if r.Set == "power" {
			ctx.Update(vm, []types.PropertyChange{
				{Name: "runtime.powerState", Val: state},
				{Name: "summary.runtime.powerState", Val: state},
			})
			return
		}
		ctx.Update(vm, guestReport(&vm.VirtualMachine, r))
	})
	return nil
}

func (v *VCenter) setHost(r *request) error {
	ctx := v.context()
	host, err := v.findHost(r.Host)
	if err != nil {
		return err
	}
	state := types.HostSystemConnectionStateConnected
	if r.State == "disconnected" {
		state = types.HostSystemConnectionStateDisconnected
	}
	ctx.Map.AtomicUpdate(ctx, host, []types.PropertyChange{
		{Name: "runtime.connectionState", Val: state},
		{Name: "runtime.inMaintenanceMode", Val: r.State == "maintenance"},
		{Name: "runtime.inQuarantineMode", Val: r.State == "quarantine"},
	})
	return nil
}

// setMount says how a host may use a datastore.
func (v *VCenter) setMount(r *request) error {
	ctx := v.context()
	for _, entity := range ctx.Map.All("Datastore") {
		store := entity.(*simulator.Datastore)
		if store.Name != r.Store {
			continue
		}
		mounts := slices.Clone(store.Host)
		for i, mount := range mounts {
			if nameOf(ctx, mount.Key) == r.Host {
				mounts[i].MountInfo.AccessMode = r.State
			}
		}
		ctx.Map.AtomicUpdate(ctx, store, []types.PropertyChange{{Name: "host", Val: mounts}})
		return nil
	}
	return fmt.Errorf("no datastore %q", r.Store)
}
