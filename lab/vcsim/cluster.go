// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// connect adds a host, standalone or to the cluster that its spec names; the first host of a cluster makes it, with DRS.
func (v *VCenter) connect(ctx context.Context, folders *object.DatacenterFolders, spec *HostSpec) (types.ManagedObjectReference, error) {
	task, err := v.add(ctx, folders, spec)
	if err != nil {
		return types.ManagedObjectReference{}, err
	}
	info, err := task.WaitForResult(ctx)
	if err != nil {
		return types.ManagedObjectReference{}, err
	}
	return info.Result.(types.ManagedObjectReference), nil
}

func (v *VCenter) add(ctx context.Context, folders *object.DatacenterFolders, spec *HostSpec) (*object.Task, error) {
	connection := types.HostConnectSpec{HostName: spec.Name}
	if spec.Cluster == "" {
		return folders.HostFolder.AddStandaloneHost(ctx, connection, true, nil, nil)
	}
	client := folders.HostFolder.Client()
	for _, entity := range v.model.Map().All("ClusterComputeResource") {
		if cluster := entity.(*simulator.ClusterComputeResource); cluster.Name == spec.Cluster {
			return object.NewClusterComputeResource(client, cluster.Self).AddHost(ctx, connection, true, nil, nil)
		}
	}
	drs := types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: types.NewBool(true)}}
	cluster, err := folders.HostFolder.CreateCluster(ctx, spec.Cluster, drs)
	if err != nil {
		return nil, err
	}
	return cluster.AddHost(ctx, connection, true, nil, nil)
}

// computeOf is what a host belongs to: the compute resource of its own, or its cluster.
func computeOf(registry *simulator.Registry, host *simulator.HostSystem) *mo.ComputeResource {
	if cluster, ok := registry.Get(*host.Parent).(*simulator.ClusterComputeResource); ok {
		return &cluster.ComputeResource
	}
	return registry.Get(*host.Parent).(*mo.ComputeResource)
}

// findHost finds a host of the inventory.
func (v *VCenter) findHost(name string) (*simulator.HostSystem, error) {
	for _, entity := range v.model.Map().All("HostSystem") {
		if host := entity.(*simulator.HostSystem); host.Name == name {
			return host, nil
		}
	}
	return nil, fmt.Errorf("no host %q", name)
}
