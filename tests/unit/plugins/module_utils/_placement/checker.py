# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a decision keeps every promise, judged from the site alone: nothing of the planner's arithmetic is used here."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, MB, HostEntry, VMState, WantedVM

from tests.unit.plugins.module_utils._placement.sites import Site


def breaches(site: Site, decision: Decision) -> list[str]:
    """Everything that is wrong with where new and moved machines are put, in words; empty for a valid decision."""
    hosts = {entry.name: entry for entry in site.hosts}
    new = {vm.name: vm for vm in site.vms if vm.name in decision.places}
    placed = [(vm, hosts[decision.places[name].host], decision.places[name].datastore) for name, vm in new.items()]
    return [
        *(text for vm, entry, store in placed for text in _alone(site, vm, entry, store)),
        *_spread(site, decision, hosts),
        *_room(site, decision, hosts),
    ]


def _alone(site: Site, vm: WantedVM, entry: HostEntry, store: str) -> list[str]:
    snapshot = site.snapshots[entry.vcenter]
    host = snapshot.hosts[entry.hostname.lower()]
    template = next(state for state in snapshot.vms if state.template)
    hardware = vm.hardware_version or (template.details.hardware_version if template.details else 0)
    rules = {
        "every vCenter is seen": set(site.targets) == set(site.snapshots),
        "host is usable": host.usable and entry.enabled,
        "threads": vm.vcpus <= host.threads,
        "datastore is there and usable": store in host.datastores and store not in host.read_only and snapshot.datastores[store].usable,
        "datastore is allowed": (not entry.datastores or store in entry.datastores) and vm.datastore in ("", store),
        "hardware": hardware <= host.max_hardware,
        "networks": set(vm.networks) <= host.networks,
        "host is allowed": vm.host in ("", entry.name) and (not vm.allow or entry.name in vm.allow) and entry.name not in vm.deny,
        "move is allowed": not decision_moves(site, vm) or (vm.name in site.policy.allow_moves and site.policy.moves != "never"),
    }
    return [f"{vm.name} on {entry.name}: {rule}" for rule, kept in rules.items() if not kept]


def decision_moves(site: Site, vm: WantedVM) -> bool:
    """Whether the machine exists, so that placing it is a move."""
    return any(state.name == vm.name for snapshot in site.snapshots.values() for state in snapshot.vms)


def _staying(site: Site, decision: Decision) -> list[VMState]:
    return [state for snapshot in site.snapshots.values() for state in snapshot.vms if not state.template and state.name not in decision.places]


def _entry(hosts: dict[str, HostEntry], site: Site, state: VMState) -> HostEntry | None:
    names = {host.moid: name for name, host in site.snapshots[state.vcenter].hosts.items()}
    return next((entry for entry in hosts.values() if entry.vcenter == state.vcenter and entry.hostname.lower() == names.get(state.host)), None)


def _spread(site: Site, decision: Decision, hosts: dict[str, HostEntry]) -> list[str]:
    """No new or moved server in a failure domain with another of its environment."""
    if not site.policy.spread_servers:
        return []
    servers = {vm.name: vm.env for vm in site.vms if vm.role == "server"}
    there: Counter[tuple[str, str]] = Counter()
    for state in _staying(site, decision):
        entry = _entry(hosts, site, state)
        marker = state.details.marker if state.details else {}
        env = servers.get(state.name, marker.get("env", ""))
        if entry is not None and env:
            there[env, entry.failure_domain or entry.hostname] += 1
    news = [(vm.env, hosts[decision.places[vm.name].host]) for vm in site.vms if vm.name in decision.places and vm.role == "server"]
    there.update((env, entry.failure_domain or entry.hostname) for env, entry in news)
    return [f"{env} shares {entry.name}" for env, entry in news if there[env, entry.failure_domain or entry.hostname] > 1]


def _room(site: Site, decision: Decision, hosts: dict[str, HostEntry]) -> list[str]:
    """CPU, memory and space of everything that gets something new."""
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    needed: Counter[tuple[str, str]] = Counter()
    for state in _staying(site, decision):
        entry = _entry(hosts, site, state)
        if entry is not None:
            taken[entry.name].append((state.vcpus, state.memory_mb))
    for vm in site.vms:
        if vm.name in decision.places:
            place = decision.places[vm.name]
            taken[place.host].append((vm.vcpus, vm.memory_mb))
            swap = vm.memory_mb - vm.reserved_mb
            needed[hosts[place.host].vcenter, place.datastore] += vm.disk_gb * GB + swap * MB
    found = []
    for name in {place.host for place in decision.places.values()}:
        host = site.snapshots[hosts[name].vcenter].hosts[hosts[name].hostname.lower()]
        if sum(cpu for cpu, _ram in taken[name]) > Fraction(site.policy.vcpus_per_core) * host.cores:
            found.append(f"{name}: vCPUs")
        if sum(ram for _cpu, ram in taken[name]) > host.memory_mb - site.policy.host_ram_reserve_mb:
            found.append(f"{name}: memory")
    for (vcenter, store), need in needed.items():
        there = site.snapshots[vcenter].datastores[store]
        if need > there.free - there.uncommitted - there.capacity * Fraction(site.policy.datastore_headroom_pct, 100):
            found.append(f"{store}: space")
    return found
