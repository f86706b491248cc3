// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"sort"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const gigabyte = int64(1) << 30

// build creates datacenter, folders, hosts, datastores, port groups and the template through the simulator's own API.
func (v *VCenter) build() error {
	ctx := context.Background()
	client, err := vim25.NewClient(ctx, v.model.Service)
	if err != nil {
		return err
	}
	datacenter, err := object.NewRootFolder(client).CreateDatacenter(ctx, v.spec.Datacenter)
	if err != nil {
		return err
	}
	folders, err := datacenter.Folders(ctx)
	if err != nil {
		return err
	}
	for _, name := range v.spec.Folders {
		if _, err := makeFolder(ctx, folders.VmFolder, name); err != nil {
			return fmt.Errorf("folder %s: %w", name, err)
		}
	}
	// All hosts before any is described: a cluster takes no further host beside one whose version it cannot read.
	hosts := make([]types.ManagedObjectReference, len(v.spec.Hosts))
	for i := range v.spec.Hosts {
		if hosts[i], err = v.connect(ctx, folders, &v.spec.Hosts[i]); err != nil {
			return fmt.Errorf("host %s: %w", v.spec.Hosts[i].Name, err)
		}
	}
	for i := range v.spec.Hosts {
		if err := v.furnish(ctx, client, hosts[i], &v.spec.Hosts[i]); err != nil {
			return fmt.Errorf("host %s: %w", v.spec.Hosts[i].Name, err)
		}
	}
	v.dropDefaultNetwork()
	if v.spec.Template.Name != "" && len(v.spec.Hosts) > 0 {
		if err := v.addTemplate(ctx, folders); err != nil {
			return fmt.Errorf("template %s: %w", v.spec.Template.Name, err)
		}
	}
	v.account(v.model.Service.Context)
	return nil
}

// makeFolder returns the folder at a path below parent and creates what is missing of it.
func makeFolder(ctx context.Context, parent *object.Folder, name string) (*object.Folder, error) {
	for _, part := range strings.Split(strings.Trim(name, "/"), "/") {
		child, err := parent.CreateFolder(ctx, part)
		if err != nil {
			reference, lookupErr := object.NewSearchIndex(parent.Client()).FindChild(ctx, parent, part)
			if lookupErr != nil || reference == nil {
				return nil, err
			}
			child = object.NewFolder(parent.Client(), reference.Reference())
		}
		parent = child
	}
	return parent, nil
}

// furnish gives a host the site's figures, datastores and port groups.
func (v *VCenter) furnish(ctx context.Context, client *vim25.Client, reference types.ManagedObjectReference, spec *HostSpec) error {
	host := v.model.Map().Get(reference).(*simulator.HostSystem)
	v.setHardware(reference, spec.MaxHardwareVersion)
	v.describeHost(host, spec)
	system, err := object.NewHostSystem(client, reference).ConfigManager().DatastoreSystem(ctx)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(spec.Datastores) {
		directory := path.Join(v.dir, name)
		if err := os.MkdirAll(directory, 0o700); err != nil {
			return err
		}
		store, err := system.CreateLocalDatastore(ctx, name, directory)
		if err != nil {
			return fmt.Errorf("datastore %s: %w", name, err)
		}
		v.setCapacity(store.Reference(), spec.Datastores[name]*gigabyte)
	}
	portGroups := spec.PortGroups
	if portGroups == nil {
		portGroups = v.spec.PortGroups
	}
	return v.addPortGroups(host, portGroups)
}

// addPortGroups connects the host to networks of these names; networks of one name are one object, as in vCenter.
func (v *VCenter) addPortGroups(host *simulator.HostSystem, names []string) error {
	registry := v.model.Map()
	datacenter := registry.Any("Datacenter").(*simulator.Datacenter)
	parent := computeOf(registry, host)
	host.Network, parent.Network = nil, nil
	for _, name := range names {
		network, ok := registry.FindByName(name, datacenter.Network).(*mo.Network)
		if !ok {
			system := registry.Get(*host.ConfigManager.NetworkSystem).(*simulator.HostNetworkSystem)
			body := system.AddPortGroup(v.model.Service.Context, &types.AddPortGroup{
				Portgrp: types.HostPortGroupSpec{Name: name, VswitchName: "vSwitch0"},
			})
			if fault := body.Fault(); fault != nil {
				return fmt.Errorf("port group %s: %s", name, fault.String)
			}
			network = registry.FindByName(name, datacenter.Network).(*mo.Network)
		}
		network.Host = append(network.Host, host.Self)
		host.Network = append(host.Network, network.Self)
		parent.Network = append(parent.Network, network.Self)
	}
	return nil
}

// dropDefaultNetwork takes away the "VM Network" that the simulator gives to every datacenter, unless the site has one.
func (v *VCenter) dropDefaultNetwork() {
	registry := v.model.Map()
	datacenter := registry.Any("Datacenter").(*simulator.Datacenter)
	network, ok := registry.FindByName("VM Network", datacenter.Network).(*mo.Network)
	if !ok || len(network.Host) > 0 {
		return
	}
	networks := registry.Get(datacenter.NetworkFolder).(*simulator.Folder)
	simulator.RemoveReference(&networks.ChildEntity, network.Self)
	simulator.RemoveReference(&datacenter.Network, network.Self)
	registry.Remove(v.model.Service.Context, network.Self)
}

func sortedKeys(values map[string]int64) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
