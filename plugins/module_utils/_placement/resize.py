# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Existing machines whose size is brought to the wanted one, because they are named; what stands against it (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision
from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import overhead_mb
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, Problem, VMState, WantedVM

SIZES = ("vCPUs", "memory MB", "disk GB")


def sizes(vm: WantedVM, state: VMState) -> tuple[str, ...]:
    """Differences in size, as "what from -> to"."""
    there = (state.vcpus, state.memory_mb, state.details.disk_gb if state.details else vm.disk_gb)
    wanted = (vm.vcpus, vm.memory_mb, vm.disk_gb)
    return tuple(f"{name} {old} -> {new}" for name, old, new in zip(SIZES, there, wanted) if old != new)


def asked(decision: Decision, vm: WantedVM, state: VMState) -> tuple[str, ...]:
    """What is changed of this machine: nothing unless it is named."""
    return sizes(vm, state) if vm.name in decision.estate.policy.resize else ()


def problems(decision: Decision) -> list[Problem]:
    """What stands against the sizes that were asked for. Machines that grow on one host count together, and with those that are new there."""
    estate, found = decision.estate, []
    growing: list[tuple[WantedVM, VMState, HostEntry]] = []
    for name in sorted(estate.policy.resize):
        vm = estate.wanted.get(name)
        state = estate.existing(vm) if vm else None
        if vm is None:
            found.append(Problem("P-RESIZE", name, "is no machine that is wanted here", "correct the name"))
        if vm is None or state is None or not sizes(vm, state):
            continue
        home = estate.host_of(state)
        if state.details and state.details.disk_gb > vm.disk_gb:
            reason = f"has a disk of {state.details.disk_gb} GB, {vm.disk_gb} GB are wanted, and disks are never shrunk"
            found.append(Problem("P-SHRINK", name, reason, "raise disk_gb in the matrix, or build the machine anew"))
        if home is None:
            found.append(Problem("P-RESIZE", name, "is on a host that the site does not use", "move it to a host of the site first"))
        else:
            growing.append((vm, state, home))
    return found + _room(decision, growing)


def _room(decision: Decision, growing: t.Sequence[tuple[WantedVM, VMState, HostEntry]]) -> list[Problem]:
    estate, instance, loads = decision.estate, decision.instance, decision.loads()
    hosts = {name: number for number, name in enumerate(instance.hosts)}
    stores = {key: number for number, key in enumerate(instance.stores)}
    found = []
    for vm, state, home in growing:
        host, there = hosts[home.name], estate.state(home)
        if there and vm.vcpus > there.threads:
            found.append(Problem("C4", vm.name, f"wants {vm.vcpus} vCPUs, {there.name} has {there.threads} threads", "make it smaller"))
        loads.cpu[host] += vm.vcpus - state.vcpus
        more = vm.memory_mb - state.memory_mb
        loads.ram[host] += more + overhead_mb(vm.vcpus, vm.memory_mb) - overhead_mb(state.vcpus, state.memory_mb)
        for name in sorted(state.details.datastores)[:1] if state.details else ():
            if state.details and (home.vcenter, name) in stores:
                loads.disk[stores[home.vcenter, name]] += (vm.disk_gb - state.details.disk_gb) * 1024 + more
    for name, number in hosts.items():
        names = ", ".join(vm.name for vm, _state, home in growing if home.name == name)
        for code, what, used, part in (("C4", "vCPUs", loads.cpu, instance.cpu), ("C5", "MB of memory", loads.ram, instance.ram)):
            if names and used[number] > max(part[number].limit, part[number].used):
                reason = f"{name} would carry {used[number]} {what} and carries {part[number].limit}"
                found.append(Problem(code, names, reason, "make them smaller, or move something away"))
    for (vcenter, name), number in stores.items():
        over = loads.disk[number] - max(instance.disk[number].limit, instance.disk[number].used)
        names = ", ".join(vm.name for vm, state, home in growing if home.vcenter == vcenter and state.details and name in state.details.datastores)
        if names and over > 0:
            found.append(Problem("C6", names, f"datastore {name} lacks {over} MB for disks and swap files", "make them smaller, or free space"))
    return found
