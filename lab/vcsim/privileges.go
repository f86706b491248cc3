// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// denial is one privilege that no account has on an object, or on any object for the name *.
type denial struct{ privilege, object string }

type denials struct {
	lock sync.Mutex
	all  map[denial]bool
}

func (d *denials) add(one denial) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.all == nil {
		d.all = map[denial]bool{}
	}
	d.all[one] = true
}

func (d *denials) have(privilege, object string) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	return d.all[denial{privilege, object}] || d.all[denial{privilege, "*"}]
}

// authorization is the simulator's manager, which grants everything, with what is denied. It only tells: calls are
// refused by faults.
type authorization struct {
	*simulator.AuthorizationManager
	vcenter *VCenter
}

// HasPrivilegeOnEntities tells which privileges the account has on which objects.
func (a *authorization) HasPrivilegeOnEntities(ctx *simulator.Context, req *types.HasPrivilegeOnEntities) soap.HasFault {
	body := a.AuthorizationManager.HasPrivilegeOnEntities(req).(*methods.HasPrivilegeOnEntitiesBody)
	for i, entity := range body.Res.Returnval {
		name := nameOf(ctx, entity.Entity)
		for j, privilege := range entity.PrivAvailability {
			body.Res.Returnval[i].PrivAvailability[j].IsGranted = !a.vcenter.denied.have(privilege.PrivId, name)
		}
	}
	return body
}
