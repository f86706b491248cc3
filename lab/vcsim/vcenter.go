// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"crypto/tls"
	"net/url"
	"os"
	"sync"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// VCenter is one simulated vCenter.
type VCenter struct {
	spec  *Spec
	dir   string // home of the datastores' folders, removed by Close
	model *simulator.Model
	hub   *hub
	// capacity in bytes and greatest hardware version by moid: what the simulator does not keep.
	capacity   map[types.ManagedObjectReference]int64
	hardware   map[types.ManagedObjectReference]hardwareVersion
	used       map[types.ManagedObjectReference][]space
	accounting sync.Mutex // guards capacity, hardware and used: hosts come and go
	calls      counters
	faults     faultRules
	denied     denials
	// hardware versions of the hosts of each cluster: hosts of one cluster have one browser.
	options  map[types.ManagedObjectReference][]types.VirtualMachineConfigOptionDescriptor
	sessions sync.Map // registries of the sessions that hold our types
}

// NewVCenter builds the vCenter that spec describes; it does not listen yet.
func NewVCenter(spec *Spec) (*VCenter, error) {
	dir, err := os.MkdirTemp("", "vcsim-")
	if err != nil {
		return nil, err
	}
	v := &VCenter{
		spec:     spec,
		dir:      dir,
		hub:      newHub(),
		capacity: map[types.ManagedObjectReference]int64{},
		hardware: map[types.ManagedObjectReference]hardwareVersion{},
		used:     map[types.ManagedObjectReference][]space{},
		options:  map[types.ManagedObjectReference][]types.VirtualMachineConfigOptionDescriptor{},
	}
	v.model = simulator.VPX()
	v.model.Datacenter, v.model.Cluster, v.model.Host, v.model.Machine, v.model.Datastore = 0, 0, 0, 0, 0
	about := &v.model.ServiceContent.About
	about.Name = "VMware vCenter Server"
	about.Version = spec.Version
	about.ApiVersion = apiVersion(spec.Version)
	about.FullName = about.Name + " " + spec.Version + " (simulated for a rehearsal)"
	about.InstanceUuid = uuid.NewSHA1(uuid.NameSpaceDNS, []byte(spec.Name)).String()
	if err := v.model.Create(); err != nil {
		v.Close()
		return nil, err
	}
	if err := v.build(); err != nil {
		v.Close()
		return nil, err
	}
	registry := v.model.Map()
	registry.AddHandler(&watcher{Self: types.ManagedObjectReference{Type: "Watcher", Value: "watcher"}, vcenter: v})
	registry.Handler = v.dispatch
	return v, nil
}

// Serve answers the vSphere API on the address until the returned server is closed.
func (v *VCenter) Serve(address string, config *tls.Config) *simulator.Server {
	service := v.model.Service
	service.TLS = config
	service.Listen = &url.URL{Host: address, User: url.UserPassword(v.spec.Username, v.spec.Password)}
	return service.NewServer()
}

// Close removes what the vCenter wrote to disk.
func (v *VCenter) Close() {
	v.model.Remove()
	_ = os.RemoveAll(v.dir)
}

// dispatch puts our repaired types in front of the simulator's own. The session's registry is the one place that the
// simulator asks first; what a Handler returns it overrules.
func (v *VCenter) dispatch(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	v.calls.add(method.Name)
	if v.faults.strikes(method.Name, nameOf(ctx, method.This)) {
		return nil, &types.NoPermission{Object: &method.This, PrivilegeId: "Test." + method.Name}
	}
	// Nobody is logged in where we ourselves call the simulator; all vCenters of a process share that session.
	if ctx.Session == nil || ctx.Session.Registry == nil || ctx.Session.UserName == "" {
		return nil, nil
	}
	var repaired mo.Reference
	switch object := ctx.Map.Get(method.This).(type) {
	case *simulator.VirtualMachine:
		repaired = &machine{VirtualMachine: object, vcenter: v}
	case *simulator.Folder:
		repaired = &folder{Folder: object, vcenter: v}
	case *simulator.Datastore:
		repaired = &datastore{Datastore: object, vcenter: v}
	case *simulator.Datacenter:
		repaired = &datacenter{Datacenter: object, vcenter: v}
	case *simulator.AuthorizationManager:
		repaired = &authorization{AuthorizationManager: object, vcenter: v}
	default:
		return nil, nil
	}
	ctx.Session.Registry.Put(repaired)
	v.sessions.Store(ctx.Session.Registry, true)
	return nil, nil
}

// gone removes an object from every session that has seen it. Views and filters are left to the session that owns them:
// they are removed by a logout, which holds the registry's lock.
func (v *VCenter) gone(ctx *simulator.Context, reference types.ManagedObjectReference) {
	if reference.Type != "VirtualMachine" && reference.Type != "Folder" && reference.Type != "Datastore" {
		return
	}
	v.sessions.Range(func(registry, _ any) bool {
		registry.(*simulator.Registry).Remove(ctx, reference)
		return true
	})
}

// counters counts API calls by method; tests read them to prove that nothing was changed or tried twice.
type counters struct {
	sync.Mutex
	byMethod map[string]int
}

func (c *counters) add(method string) {
	c.Lock()
	defer c.Unlock()
	if c.byMethod == nil {
		c.byMethod = map[string]int{}
	}
	c.byMethod[method]++
}

func (c *counters) read() map[string]int {
	c.Lock()
	defer c.Unlock()
	copied := make(map[string]int, len(c.byMethod))
	for method, number := range c.byMethod {
		copied[method] = number
	}
	return copied
}
