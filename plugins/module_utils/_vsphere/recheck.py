# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether hosts and datastores, looked at again immediately before machines are created, still take them (pure).

Between the plan and the last clone lie minutes: a host may go into maintenance, a datastore may be filled.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import cpu_limit, demand, disk_limit, disk_used, overhead_mb, ram_limit
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, HostState, Policy, Problem, Snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import inventory


def judge(before: Snapshot, entries: t.Sequence[Entry], policy: Policy, now: t.Mapping[str, inventory.Found]) -> list[Problem]:
    """What keeps machines of one vCenter from being created, by what is there now by moid. Those that go into one datastore count together."""
    problems = []
    left: dict[str, int] = {}
    free: dict[str, list[int]] = {}
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
        spare = free.setdefault(host.moid, _spare(host, policy, now))
        need = demand(entry.vm, policy)
        spare[:] = [spare[0] - need.cpu, spare[1] - need.ram]
        lacking = [f"{-number} {what}" for number, what in zip(spare, ("vCPUs", "MB of memory")) if number < 0]
        if lacking:
            problems.append(_problem(entry, f"its host {host.name} has been given other machines since the plan was made: {' and '.join(lacking)} are missing"))
    return problems


def _spare(host: HostState, policy: Policy, now: t.Mapping[str, inventory.Found]) -> list[int]:
    """What a host can still give in vCPUs and MB of memory, by the machines that are on it now."""
    there = [found.properties for found in now.values() if found.kind == "VirtualMachine" and found.properties.get("runtime.host") == host.moid]
    sizes = [(vm.get("summary.config.numCpu", 0), vm.get("summary.config.memorySizeMB", 0)) for vm in there if not vm.get("summary.config.template")]
    taken = [sum(vcpus for vcpus, _memory in sizes), sum(memory + overhead_mb(vcpus, memory) for vcpus, memory in sizes)]
    return [cpu_limit(host, policy) - taken[0], ram_limit(host, policy) - taken[1]]


def _problem(entry: Entry, reason: str) -> Problem:
    return Problem("A-CHANGED", entry.vm.name, reason, "run again: a new plan goes by what is there now")
