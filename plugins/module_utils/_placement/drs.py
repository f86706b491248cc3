# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DRS must know of our machines, so that it does not undo their placement (pure).

Servers of one environment in one cluster get a mandatory rule that keeps them apart, and every machine of ours an override that leaves it
on its host. It is told before a machine is first started.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import ClusterState, DrsChange, Entry, Policy, Snapshot


def changes(entries: t.Sequence[Entry], estate: Estate) -> tuple[DrsChange, ...]:
    """What is missing in each cluster with DRS."""
    found: list[DrsChange] = []
    for name in sorted(estate.snapshots):
        ours = [entry for entry in entries if entry.vcenter == name and entry.action not in ("adopt", "blocked", "unknown")]
        found += lacking(ours, estate.snapshots[name], estate.policy, {entry.vm.name: entry.moid for entry in ours})
    return tuple(found)


def lacking(entries: t.Sequence[Entry], snapshot: Snapshot, policy: Policy, moids: t.Mapping[str, str]) -> t.Iterator[DrsChange]:
    """The same of one vCenter; ``moids`` by name are empty for machines that do not exist."""
    for cluster in sorted(snapshot.clusters, key=lambda cluster: cluster.name):
        members = [entry for entry in entries if cluster.drs and _cluster_of(entry, snapshot) == cluster.moid]
        groups: dict[str, list[str]] = {}
        for entry in members:
            groups.setdefault(entry.vm.group if policy.spread_servers else "", []).append(entry.vm.name)
        for group, names in sorted(groups.items()):
            rule = rule_name(group)
            if group and len(names) > 1 and not _kept_apart(cluster, rule, {moids[name] for name in names}):
                yield DrsChange(snapshot.vcenter, cluster.name, rule, apart=tuple(names))
        moving = tuple(entry.vm.name for entry in members if cluster.overrides.get(moids[entry.vm.name], True))
        if moving:
            yield DrsChange(snapshot.vcenter, cluster.name, stay=moving)


def rule_name(group: str) -> str:
    """What the rule of an environment is called."""
    return f"groundwork {group}"


def text(change: DrsChange) -> str:
    """A change in words."""
    names = ", ".join(change.apart or change.stay)
    said = f"DRS rule {change.rule}: {names} on different hosts" if change.rule else f"DRS leaves in place: {names}"
    return f"{said} (cluster {change.cluster} in {change.vcenter})"


def _cluster_of(entry: Entry, snapshot: Snapshot) -> str:
    """The cluster that a machine is in, or will be."""
    there = next((vm.host for vm in snapshot.vms if entry.moid and vm.moid == entry.moid), "")
    hosts = snapshot.hosts.values()
    return next((host.cluster for host in hosts if (host.moid == there if there else host.name.lower() == entry.hostname.lower())), "")


def _kept_apart(cluster: ClusterState, name: str, moids: set[str]) -> bool:
    """Machines of a rule that are not wanted here do no harm: another run may want them."""
    return any(rule.name == name and rule.apart and moids <= rule.vms for rule in cluster.rules)
