# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: what happens to each wanted machine (pure, deterministic).

First form: the site says which host each machine lives on; the plan checks that it can, and never moves, resizes or
deletes an existing one. The order of arguments and of what was read does not matter.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.capacity import Creation, capacity_problems
from ansible_collections.groundwork.platform.plugins.module_utils._placement.constraints import creation_problems, spread_problems, target_problems
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import drift, existing, identity_problem, is_ours
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    Entry,
    HostEntry,
    Plan,
    Policy,
    Problem,
    Snapshot,
    Target,
    VMState,
    WantedVM,
)

REASONS = {
    "create": "does not exist",
    "complete": "was begun by an earlier run",
    "power_on": "is ours and powered off",
    "keep": "is there",
    "adopt": "is there, adopted as it is",
}


def make_plan(
    wanted: t.Iterable[WantedVM],
    hosts: t.Iterable[HostEntry],
    targets: t.Mapping[str, Target],
    snapshots: t.Mapping[str, Snapshot],
    policy: Policy,
) -> Plan:
    """Decide for every wanted machine; ``snapshots`` must hold every vCenter of the site, or nothing may be created."""
    by_name = {host.name: host for host in hosts}
    entries: list[Entry] = []
    problems: list[Problem] = []
    creations: list[Creation] = []
    for vm in ordered(wanted, problems):
        host = by_name.get(vm.host)
        if host is None or host.vcenter not in targets:
            problems.append(Problem("P-HOST-UNKNOWN", vm.name, f"{vm.host} is no host of a vCenter given here", "add it to hosts"))
            continue
        if host.vcenter not in snapshots:
            continue  # that vCenter could not be read: its own problem stops the run
        found = existing(vm, snapshots)
        problem = identity_problem(vm, found)
        if problem:
            problems.append(problem)
            continue
        entries.append(_decide(vm, host, found, snapshots))
        if not found:
            creations.append((vm, host))
    for vcenter in sorted({host.vcenter for _vm, host in creations}):
        problems += target_problems(targets[vcenter], snapshots[vcenter])
    for vm, host in creations:
        problems += creation_problems(vm, host, targets[host.vcenter], snapshots[host.vcenter])
    if policy.spread_servers:
        problems += spread_problems(entries, by_name)
    problems += capacity_problems(creations, snapshots, policy)
    return Plan(plan_id(entries, snapshots), tuple(entries), tuple(dict.fromkeys(problems)))


def ordered(wanted: t.Iterable[WantedVM], problems: list[Problem]) -> list[WantedVM]:
    """The wanted machines in natural order; a name wanted twice becomes a problem and is planned once."""
    unique: dict[str, WantedVM] = {}
    in_order = sorted(wanted, key=lambda v: (natural(v.name), str(v)))
    twice = [vm.name for vm in in_order if unique.setdefault(vm.name, vm) is not vm]
    problems += [Problem("P-WANTED-TWICE", name, "is wanted twice", "give each machine a name of its own") for name in twice]
    return list(unique.values())


def _decide(vm: WantedVM, host: HostEntry, found: t.Sequence[VMState], snapshots: t.Mapping[str, Snapshot]) -> Entry:
    if not found:
        return Entry(vm, host.vcenter, host.hostname, "create", REASONS["create"])
    state = found[0]
    action = "keep"
    if not is_ours(vm, state):
        action = "adopt"
    elif state.details and state.details.marker.get("state") != "ready":
        action = "complete"
    elif not state.powered_on:
        action = "power_on"
    return Entry(vm, state.vcenter, host.hostname, action, REASONS[action], state.moid, drift(vm, host, state, snapshots))


def plan_id(entries: t.Iterable[Entry], snapshots: t.Mapping[str, Snapshot]) -> str:
    """SHA-256 over the decisions and the identity of the vCenters they were made for; free space does not enter, it changes by itself."""
    decisions = [
        [
            *(entry.vcenter, snapshots[entry.vcenter].uuid, entry.action, entry.hostname, entry.moid),
            *(entry.vm.name, entry.vm.env, entry.vm.datastore, entry.vm.folder, sorted(entry.vm.networks)),
            *(entry.vm.vcpus, entry.vm.memory_mb, entry.vm.disk_gb, entry.vm.hardware_version),
        ]
        for entry in entries
    ]
    canonical = json.dumps(sorted(decisions, key=str), separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key under which node-9 stands before node-10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"([0-9]+)", name) if part]
