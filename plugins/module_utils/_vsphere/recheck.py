# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether hosts and datastores, looked at again immediately before machines are created, still take them (pure).

Between the plan and the last clone lie minutes: a host may go into maintenance, a datastore may be filled.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import demand, disk_limit, disk_used
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, Policy, Problem, Snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import inventory


def judge(before: Snapshot, entries: t.Sequence[Entry], policy: Policy, now: t.Mapping[str, inventory.Found]) -> list[Problem]:
    """What keeps machines of one vCenter from being created, by what is there now by moid. Those that go into one datastore count together."""
    problems = []
    left: dict[str, int] = {}
    for entry in entries:
        host = before.hosts[entry.hostname.lower()]
        found = now[before.datastores[entry.vm.datastore].moid]
        store = inventory.datastore(found)
        left.setdefault(store.name, disk_limit(store, policy) - disk_used(store))
        left[store.name] -= demand(entry.vm, policy).disk
        why = inventory.why_unusable(now[host.moid].properties)
        if why:
            problems.append(_problem(entry, f"its host {host.name} is {why} since the plan was made"))
        there = now[host.moid].properties.get("network", ())
        lost = [name for name in entry.vm.networks if before.networks[name] not in there]
        problems += [_problem(entry, f"its host {host.name} has lost port group {name} since the plan was made") for name in lost]
        if host.moid in inventory.locked_for(found):
            problems.append(_problem(entry, f"its host {host.name} cannot write to datastore {store.name} any more"))
        if not store.usable:
            problems.append(_problem(entry, f"datastore {store.name} is not accessible or in maintenance since the plan was made"))
        elif left[store.name] < 0:
            problems.append(_problem(entry, f"datastore {store.name} has been filled since the plan was made: {-left[store.name]} MB are missing"))
    return problems


def _problem(entry: Entry, reason: str) -> Problem:
    return Problem("A-CHANGED", entry.vm.name, reason, "run again: a new plan goes by what is there now")
