# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the new machines fit beside what is there (pure): CPU and memory per host, space per datastore.

Powered-off machines count: they may be started at any time. A new machine needs its full disk and a swap file of its
memory's size (vSphere Resource Management: no reservation means a swap file of the configured memory).
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, MB, HostEntry, Policy, Problem, Snapshot, WantedVM

Creation = tuple[WantedVM, HostEntry]


def capacity_problems(creations: t.Sequence[Creation], snapshots: t.Mapping[str, Snapshot], policy: Policy) -> list[Problem]:
    """One problem per host or datastore that cannot hold all the machines that are to be created on it."""
    problems: list[Problem] = []
    by_host: dict[tuple[str, str], list[WantedVM]] = {}
    by_store: dict[tuple[str, str], list[WantedVM]] = {}
    for vm, entry in creations:
        by_host.setdefault((entry.vcenter, entry.hostname.lower()), []).append(vm)
        by_store.setdefault((entry.vcenter, vm.datastore), []).append(vm)
    for (vcenter, hostname), vms in sorted(by_host.items()):
        problems += _host(snapshots[vcenter], hostname, vms, policy)
    for (vcenter, name), vms in sorted(by_store.items()):
        problems += _datastore(snapshots[vcenter], name, vms, policy)
    return problems


def _host(snapshot: Snapshot, hostname: str, vms: t.Sequence[WantedVM], policy: Policy) -> t.Iterator[Problem]:
    host = snapshot.hosts.get(hostname)
    if host is None:
        return
    present = [state for state in snapshot.vms if state.host == host.moid and not state.template]
    names = _names(vms)
    vcpus = sum(state.vcpus for state in present) + sum(vm.vcpus for vm in vms)
    limit = int(host.cores * policy.vcpus_per_core)
    if vcpus > limit:
        yield Problem("P-CAPACITY-CPU", host.name, f"would carry {vcpus} vCPUs with {names}, its limit is {limit}", "move or shrink machines in the matrix")
    memory = sum(state.memory_mb for state in present) + sum(vm.memory_mb for vm in vms)
    limit_mb = host.memory_mb - policy.host_ram_reserve_mb
    if memory > limit_mb:
        yield Problem("P-CAPACITY-RAM", host.name, f"would carry {memory} MB with {names}, its limit is {limit_mb} MB", "move or shrink machines in the matrix")


def _datastore(snapshot: Snapshot, name: str, vms: t.Sequence[WantedVM], policy: Policy) -> t.Iterator[Problem]:
    store = snapshot.datastores.get(name)
    if store is None:
        return
    need = sum(vm.disk_gb * GB + vm.memory_mb * MB for vm in vms)
    room = store.free - store.uncommitted - store.capacity * policy.datastore_headroom_pct // 100
    if need > room:
        headroom = f"{policy.datastore_headroom_pct} % headroom"
        reason = f"needs {-(-need // GB)} GB for {_names(vms)}, has {max(room, 0) // GB} GB beside promised space and {headroom}"
        yield Problem("P-CAPACITY-DISK", name, reason, "free space, choose another datastore, or make the disks smaller")


def _names(vms: t.Sequence[WantedVM]) -> str:
    return ", ".join(sorted(vm.name for vm in vms))
