# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a machine is not on a host: every constraint that stands against it, with its figures (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import eligibility
from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import Refusal
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision
from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import demand
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import Instance
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, WantedVM

ALL = 100  # free machines up to which every one is explained


def explain(decision: Decision, asked: t.Collection[str] = ()) -> dict[str, dict[str, list[Refusal]]]:
    """By machine and host, what stands against that machine there; an empty list where it could be.

    For up to ALL machines that need a decision all are explained, beyond that those without a place and those ``asked`` for.
    """
    wanted = decision.estate.wanted
    few = len(decision.instance.items) <= ALL
    names = [item.name for item in decision.instance.items if few or item.name in decision.unplaced or item.name in asked]
    names += [name for name in sorted(asked) if name in wanted and name not in names]
    return {name: refusals(decision, wanted[name]) for name in names}


def refusals(decision: Decision, vm: WantedVM) -> dict[str, list[Refusal]]:
    """What stands against one machine, by host, with everything else where the decision puts it."""
    loads = decision.loads(without=vm.name)
    return {entry.name: [*_identity(decision, vm, entry), *_shared(decision, loads, vm, entry)] for entry in decision.estate.hosts.values()}


def _identity(decision: Decision, vm: WantedVM, entry: HostEntry) -> t.Iterator[Refusal]:
    """C11 and C13: what the machines of this name, which exist, say."""
    problem = decision.estate.identity(vm)
    if problem is not None:
        yield Refusal("C13", f"{problem.place} {problem.reason}", problem.remedy)
    state = decision.estate.existing(vm)
    home = decision.estate.host_of(state) if state else None
    if state and not decision.estate.movable(vm) and home is not entry:
        yield Refusal("C11", f"exists on {home.name if home else state.vcenter} and is not moved", f"allow its move, or wish it on {entry.name} when it is new")


def _shared(decision: Decision, loads: Loads, vm: WantedVM, entry: HostEntry) -> list[Refusal]:
    """What no other machine has a part in, and what machines share. Where an existing machine is, nothing stands against it."""
    state = decision.estate.existing(vm)
    if state and decision.estate.host_of(state) is entry:
        return []
    found = eligibility.refusals(decision.estate, vm, entry)
    host = decision.estate.state(entry)
    if host is None:
        return found
    number = decision.instance.hosts.index(entry.name)
    return [*found, *_together(decision, loads, vm, entry), *_host(loads, number, vm, entry, decision), *_disk(decision, loads, vm, entry)]


def _together(decision: Decision, loads: Loads, vm: WantedVM, entry: HostEntry) -> t.Iterator[Refusal]:
    if not vm.group or not decision.estate.policy.spread_servers:
        return
    moving = {item.name for item in decision.instance.items}
    there = [name for name in decision.estate.members.get(vm.group, {}).get(entry.domain, ()) if name not in moving and name != vm.name]
    for item, spot in zip(decision.instance.items, loads.at):
        other = decision.estate.wanted[item.name]
        if spot is not None and other.group == vm.group and decision.estate.hosts[decision.instance.hosts[spot[0]]].domain == entry.domain:
            there.append(item.name)
    if there:
        domain = f"{entry.name}" if entry.domain == entry.hostname.lower() else f"failure domain {entry.domain} of {entry.name}"
        reason = f"{', '.join(sorted(there))} of {vm.group} {'is' if len(there) == 1 else 'are'} in {domain} already"
        idle = sorted(decision.estate.idle & set(there))
        done_with = f"delete {', '.join(idle)}, which nobody wants here and is off (delete_vms.yml), " if idle else ""
        yield Refusal("C3", reason, f"{done_with}add a host in another failure domain, or set placement.spread_servers: false and accept the risk")


def _host(loads: Loads, number: int, vm: WantedVM, entry: HostEntry, decision: Decision) -> t.Iterator[Refusal]:
    need, instance = demand(vm, decision.estate.policy), loads.instance
    state = decision.estate.state(entry)
    if state is None or not state.usable or not entry.enabled:
        return
    cpu, ram = loads.cpu[number] + need.cpu, loads.ram[number] + need.ram
    remedy = "make machines smaller, remove some, or add a host"
    if cpu > instance.cpu[number].limit:
        yield Refusal("C4", f"{entry.hostname} would carry {cpu} vCPUs, its limit is {instance.cpu[number].limit}", remedy)
    if ram > instance.ram[number].limit:
        yield Refusal("C5", f"{entry.hostname} would carry {ram} MB, its limit is {instance.ram[number].limit} MB", remedy)


def _disk(decision: Decision, loads: Loads, vm: WantedVM, entry: HostEntry) -> list[Refusal]:
    """C6, if none of the datastores that the machine may use there has room."""
    host = decision.estate.state(entry)
    if host is None:
        return []
    need = demand(vm, decision.estate.policy).disk
    found = []
    for name in eligibility.stores(vm, entry, host, decision.estate.snapshots[entry.vcenter])[0]:
        store = store_number(decision.instance, entry, name)
        room = loads.instance.disk[store].limit - loads.disk[store]
        if need <= room:
            return []
        headroom = f"{decision.estate.policy.datastore_headroom_pct} % headroom"
        reason = f"datastore {name} would need {_gb(need)} GB, has {max(room, 0) // 1024} GB beside promised space and {headroom}"
        found.append(Refusal("C6", reason, "free space, choose another datastore, or make the disks smaller"))
    return found


def store_number(instance: Instance, entry: HostEntry, name: str) -> int:
    """The number of a host's datastore in an instance."""
    return instance.stores.index((entry.vcenter, name))


def _gb(megabytes: int) -> int:
    return -(-megabytes // 1024)
