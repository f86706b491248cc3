// Copyright (c) 2026 groundwork.platform contributors
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// faultRule makes calls of a method fail as for an account without the privilege. Object is the name of the object that
// is called, or * for any; times 0 means always.
type faultRule struct {
	method, object string
	times          int
}

// faultRules are the rules in force; the simulator's own fault injection sends faults that pyvmomi cannot read.
type faultRules struct {
	lock  sync.Mutex
	rules []faultRule
}

func (f *faultRules) add(rule faultRule) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.rules = append(f.rules, rule)
}

// strikes says whether a call is to fail, and counts it.
func (f *faultRules) strikes(method, object string) bool {
	f.lock.Lock()
	defer f.lock.Unlock()
	for i, rule := range f.rules {
		if rule.method != method || (rule.object != "*" && rule.object != object) {
			continue
		}
		if rule.times == 1 {
			f.rules = append(f.rules[:i], f.rules[i+1:]...)
		} else if rule.times > 1 {
			f.rules[i].times--
		}
		return true
	}
	return false
}

func nameOf(ctx *simulator.Context, reference types.ManagedObjectReference) string {
	if entity, ok := ctx.Map.Get(reference).(mo.Entity); ok {
		return entity.Entity().Name
	}
	return ""
}
