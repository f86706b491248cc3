# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loss of each host would cost (pure): which environments lose their majority, and whether the lost machines could live elsewhere."""

from __future__ import annotations

import collections
import dataclasses
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import Refusal
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision, Place, decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import demand
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.explain import refusals
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import marker_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import MB, Snapshot, VMDetails, VMState, WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural


@dataclass(frozen=True)
class Quorum:
    """Servers of an environment that are left of how many; more than half are a majority (etcd)."""

    left: int
    of: int

    @property
    def kept(self) -> bool:
        """Whether the environment can still write."""
        return 2 * self.left > self.of


@dataclass(frozen=True)
class Loss:
    """The loss of one host. ``why_not`` says for each machine that nothing else can take what stands against it, by host."""

    host: str
    machines: tuple[str, ...]
    quorum: t.Mapping[str, Quorum]
    elsewhere: t.Mapping[str, str]
    why_not: t.Mapping[str, t.Mapping[str, t.Sequence[Refusal]]]

    @property
    def environments_lost(self) -> tuple[str, ...]:
        """Environments without a majority of their servers."""
        return tuple(env for env, quorum in self.quorum.items() if not quorum.kept)


HOSTS = 100  # up to which losses are looked at: each is a decision of its own


def losses(decision: Decision) -> tuple[Loss, ...]:
    """The loss of each host that wanted machines are, or will be, on; none for sites of more than HOSTS. All else stays where it is decided."""
    if len(decision.estate.hosts) > HOSTS:
        return ()
    on: dict[str, list[WantedVM]] = {}
    for vm in decision.estate.wanted.values():
        host = _host(decision, vm)
        if host:
            on.setdefault(host, []).append(vm)
    later = carried_out(decision)
    return tuple(_loss(decision, later, host, on) for host in sorted(on, key=natural))


def _host(decision: Decision, vm: WantedVM) -> str:
    """The host that a machine is on once the decision is carried out."""
    if vm.name in decision.places:
        return decision.places[vm.name].host
    state = decision.estate.existing(vm)
    entry = decision.estate.host_of(state) if state else None
    return entry.name if entry else ""


def _loss(decision: Decision, later: t.Mapping[str, Snapshot], host: str, on: t.Mapping[str, t.Sequence[WantedVM]]) -> Loss:
    servers = collections.Counter(vm.group for vms in on.values() for vm in vms if vm.group)
    gone = collections.Counter(vm.group for vm in on[host] if vm.group)
    after = _without(decision.estate, later, host, {vm.name for vm in on[host]})
    return Loss(
        host=host,
        machines=tuple(vm.name for vm in on[host]),
        quorum={env: Quorum(servers[env] - lost, servers[env]) for env, lost in gone.items()},
        elsewhere={name: place.host for name, place in after.places.items()},
        why_not={name: refusals(after, after.estate.wanted[name]) for name in after.unplaced},
    )


def _without(before: Estate, later: t.Mapping[str, Snapshot], host: str, lost: t.Collection[str]) -> Decision:
    """The decision over the machines of a lost host: they are wanted anew on any host, whatever else is there is a constant."""
    entry = before.hosts[host]
    snapshots = {**later, entry.vcenter: host_lost(later[entry.vcenter], entry.hostname.lower())}
    policy = dataclasses.replace(before.policy, moves="never", layout="balanced")
    wanted = [dataclasses.replace(vm, host="", datastore="") if vm.name in lost else vm for vm in before.wanted.values()]
    hosts = [other for other in before.hosts.values() if other.name != host]
    estate = Estate(wanted, hosts, before.targets, snapshots, policy)
    return decide(estate, [vm for vm in estate.wanted.values() if vm.name in lost])


def carried_out(decision: Decision) -> dict[str, Snapshot]:
    """The vCenters with every new machine created and every move made; what a move leaves behind on a datastore still counts."""
    estate = decision.estate
    machines = {name: [state for state in snapshot.vms if state.name not in decision.places] for name, snapshot in estate.snapshots.items()}
    stores = {name: dict(snapshot.datastores) for name, snapshot in estate.snapshots.items()}
    for name, place in decision.places.items():
        vm, entry = estate.wanted[name], estate.hosts[place.host]
        machines[entry.vcenter].append(_machine(vm, place, estate.snapshots[entry.vcenter], entry.hostname.lower()))
        store = stores[entry.vcenter][place.datastore]
        stores[entry.vcenter][place.datastore] = dataclasses.replace(store, free=store.free - demand(vm, estate.policy).disk * MB)
    return {name: dataclasses.replace(snapshot, vms=tuple(machines[name]), datastores=stores[name]) for name, snapshot in estate.snapshots.items()}


def _machine(vm: WantedVM, place: Place, snapshot: Snapshot, hostname: str) -> VMState:
    details = VMDetails(vm.hardware_version, vm.disk_gb, frozenset(vm.networks), frozenset({place.datastore}), marker_of(vm))
    host = snapshot.hosts[hostname].moid
    return VMState(snapshot.vcenter, f"new:{vm.name}", vm.name, vm.name, "", host, True, False, vm.vcpus, vm.memory_mb, details)


def host_lost(snapshot: Snapshot, hostname: str) -> Snapshot:
    """A vCenter without one host and the machines on it; templates are taken to be kept somewhere else too."""
    moid = snapshot.hosts[hostname].moid
    return dataclasses.replace(
        snapshot,
        hosts={name: state for name, state in snapshot.hosts.items() if name != hostname},
        vms=tuple(state for state in snapshot.vms if state.template or state.host != moid),
    )
