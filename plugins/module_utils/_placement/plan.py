# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: what happens to each wanted machine, and what stands against it (pure, deterministic).

Machines that the site pins go where it says, if they can; the others where the decision puts them. Nothing is deleted,
and moved or resized only what may be. The order of arguments and of what was read does not matter.
"""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import json
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import drs, resize
from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import Refusal
from ansible_collections.groundwork.platform.plugins.module_utils._placement.conflict import conflict
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision, Place
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.explain import refusals
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import drift, is_ours
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    Entry,
    HostEntry,
    NewFolder,
    Plan,
    Problem,
    Snapshot,
    VMState,
    WantedVM,
)
from ansible_collections.groundwork.platform.plugins.module_utils._placement.violations import violations

REASONS = {
    "create": "does not exist",
    "complete": "was begun by an earlier run",
    "power_on": "is ours and powered off",
    "keep": "is there",
    "adopt": "is there, adopted as it is",
    "blocked": "has no place",
    "unknown": "cannot be read, it may be there",
}


def make_plan(decision: Decision) -> Plan:
    """Entries for all machines that are what they seem, in natural order, and every problem; with problems nothing may be applied.

    While a vCenter cannot be seen, what is not found elsewhere is unknown. That is no problem here: the run that could not read it has one.
    """
    estate = decision.estate
    entries: list[Entry] = []
    problems = [Problem("P-WANTED-TWICE", name, "is wanted twice", "give each machine a name of its own") for name in estate.twice]
    problems += [problem for vm in estate.wanted.values() for problem in [estate.identity(vm)] if problem]
    for vm in estate.wanted.values():
        if estate.identity(vm) is None:
            state = estate.existing(vm)
            if state is None:
                entries.append(_new(decision, vm))
            else:
                entries.append(_move(decision, vm, state) if vm.name in decision.places else _existing(decision, vm, state))
    problems += [*_blocked(decision), *resize.problems(decision)]
    folders, rules = new_folders(entries, estate), drs.changes(entries, estate)
    identity = plan_id(entries, estate.snapshots, [*folders, *rules])
    return Plan(identity, tuple(entries), tuple(dict.fromkeys(problems)), folders, rules, violations(decision))


def new_folders(entries: t.Iterable[Entry], estate: Estate) -> tuple[NewFolder, ...]:
    """Folders that new machines go into and that are not there, with those above them."""
    missing = set()
    for entry in entries:
        if entry.action == "create":
            parts = (entry.vm.folder or estate.targets[entry.vcenter].folder).split("/")
            paths = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
            missing |= {NewFolder(entry.vcenter, path) for path in paths if path not in {"", *estate.snapshots[entry.vcenter].folders}}
    return tuple(sorted(missing))


def _new(decision: Decision, vm: WantedVM) -> Entry:
    place = decision.places.get(vm.name)
    if decision.estate.unseen:
        return Entry(vm, "", "", "unknown", f"{', '.join(decision.estate.unseen)} {REASONS['unknown']}")
    if place is None:
        return Entry(vm, "", "", "blocked", REASONS["blocked"])
    host = decision.estate.hosts[place.host]
    settled = dataclasses.replace(vm, host=place.host, datastore=place.datastore)
    return Entry(settled, host.vcenter, host.hostname, "create", f"{REASONS['create']}{_why(decision, vm, place)}")


def _why(decision: Decision, vm: WantedVM, place: Place) -> str:
    """Why the planner has chosen this host; nothing to say of a machine that is pinned."""
    item = decision.items[vm.name]
    hosts = len({host for host, _store in item.spots})
    if vm.host:
        return ""
    if hosts == 1:
        return "; no other host may have it"
    if item.preferred != NOWHERE and decision.instance.hosts[item.preferred] == place.host:
        return f"; its host by layout {decision.estate.policy.layout}"
    return f"; lowest maximum share among {hosts} hosts"


def _move(decision: Decision, vm: WantedVM, state: VMState) -> Entry:
    """A machine that leaves its host; with the others of its environment it goes one after the other, in the order of the entries."""
    place = decision.places[vm.name]
    host = decision.estate.hosts[place.host]
    settled = dataclasses.replace(vm, host=place.host, datastore=place.datastore)
    return Entry(settled, host.vcenter, host.hostname, "move", f"moves from {place.moves_from}", state.moid)


def _existing(decision: Decision, vm: WantedVM, state: VMState) -> Entry:
    """An existing machine. What the site leaves open is taken as it is, and no drift."""
    estate = decision.estate
    home = estate.host_of(state)
    host = estate.hosts.get(vm.host) or home or HostEntry("", "any host of the site", state.vcenter)
    there = sorted(state.details.datastores) if state.details else []
    settled = dataclasses.replace(vm, host=host.name, datastore=vm.datastore or (there or [""])[0])
    action = "keep"
    if not is_ours(vm, state):
        action = "adopt"
    elif state.details and state.details.marker.get("state") != "ready":
        action = "complete"
    elif not state.powered_on:
        action = "power_on"
    reason, differences = REASONS[action], drift(settled, host, state, estate.snapshots)
    sizes = resize.asked(decision, vm, state) if action != "complete" else ()
    if sizes:
        action, reason = "resize", f"was asked for: {', '.join(sizes)}"
        differences = tuple(text for text in differences if text.partition(":")[0] not in resize.SIZES)
    return Entry(settled, state.vcenter, host.hostname, action, reason, state.moid, differences)


def _blocked(decision: Decision) -> list[Problem]:
    """Why machines have no place: for a pinned one what stands against its host, for the others what stands against all."""
    against: dict[Refusal, list[str]] = collections.defaultdict(list)
    nowhere: list[Problem] = []
    remedy = ""
    for name in decision.unplaced:
        vm = decision.estate.wanted[name]
        if vm.host and vm.host not in decision.estate.hosts:
            nowhere.append(Problem("P-HOST-UNKNOWN", name, f"{vm.host} is no host that is given here", "add it to hosts"))
            continue
        if decision.estate.unseen:
            continue
        reasons = refusals(decision, vm)
        if vm.host and reasons[vm.host]:
            for refusal in reasons[vm.host]:
                against[refusal].append(name)
        else:
            hosts = "; ".join(f"{host}: {', '.join(map(str, found))}" for host, found in reasons.items())
            remedy = remedy or _remedy(decision)
            nowhere.append(Problem("P-NO-PLACE", name, f"fits on no host ({hosts})", remedy))
    pinned = [Problem(refusal.code, ", ".join(names), refusal.reason, refusal.remedy) for refusal, names in against.items()]
    return [*nowhere, *pinned]


def _remedy(decision: Decision) -> str:
    """The smallest single change that gives all machines a place, or that none is known."""
    found = conflict(decision)
    if found and found.helps:
        return found.helps[0].text
    known = f"what would help was not searched ({found.unsearched})" if found and found.unsearched else "no single change helps"
    return f"{known}: look at what stands against each host"


def plan_id(entries: t.Iterable[Entry], snapshots: t.Mapping[str, Snapshot], beside: t.Iterable[t.Any]) -> str:
    """SHA-256 over the decisions and the identity of the vCenters they were made for; free space does not enter, it changes by itself."""
    decisions: list[list[t.Any]] = [list(dataclasses.astuple(change)) for change in beside]
    decisions += [
        [
            *(entry.vcenter, snapshots[entry.vcenter].uuid if entry.vcenter else "", entry.action, entry.hostname, entry.moid),
            *(entry.vm.name, entry.vm.env, entry.vm.datastore, entry.vm.folder, sorted(entry.vm.networks)),
            *(entry.vm.vcpus, entry.vm.memory_mb, entry.vm.disk_gb, entry.vm.hardware_version),
        ]
        for entry in entries
    ]
    canonical = json.dumps(sorted(decisions, key=str), separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
