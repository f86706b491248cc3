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
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import is_ours, marker_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import MB, Snapshot, VMDetails, VMState, WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural


@dataclass(frozen=True)
class Quorum:
    """Servers of an environment that are left and on, of how many; more than half are a majority (etcd)."""

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


BY_PIN = " (as pinned; a pin in the other vCenter may ask for other hardware and networks)"
HOSTS = 100  # up to which losses are looked at: each is a decision of its own


def losses(decision: Decision) -> tuple[Loss, ...]:
    """The loss of each host that wanted machines are, or will be, on; none for sites of more than HOSTS. All else stays where it is decided."""
    if len(decision.estate.hosts) > HOSTS:
        return ()
    on: dict[str, list[WantedVM]] = {}
    for vm in decision.estate.wanted.values():
        host = _host(decision, vm)
        if host is not None:
            on.setdefault(host, []).append(vm)
    later = carried_out(decision)
    return tuple(_loss(decision, later, host, on) for host in sorted(on, key=natural) if host)


def _host(decision: Decision, vm: WantedVM) -> str | None:
    """The host that a machine is on once the decision is carried out; empty for one that the site does not use, None if there is no machine."""
    if vm.name in decision.places:
        return decision.places[vm.name].host
    state = decision.estate.existing(vm)
    entry = decision.estate.host_of(state) if state else None
    return entry.name if entry else "" if state else None


def _votes(decision: Decision, vm: WantedVM) -> bool:
    """Whether a server is on once the decision is carried out: nobody starts an adopted one."""
    state = decision.estate.existing(vm)
    return state is None or state.powered_on or is_ours(vm, state)


def _loss(decision: Decision, later: t.Mapping[str, Snapshot], host: str, on: t.Mapping[str, t.Sequence[WantedVM]]) -> Loss:
    servers = collections.Counter(vm.group for vms in on.values() for vm in vms if vm.group)
    left = collections.Counter(vm.group for other, vms in on.items() for vm in vms if vm.group and other != host and _votes(decision, vm))
    gone = dict.fromkeys(vm.group for vm in on[host] if vm.group)
    after = _without(decision.estate, later, host, {vm.name for vm in on[host]})
    return Loss(
        host=host,
        machines=tuple(vm.name for vm in on[host]),
        quorum={env: Quorum(left[env], servers[env]) for env in gone},
        elsewhere={name: place.host for name, place in after.places.items()},
        why_not={name: _why_not(decision, host, after, name) for name in after.unplaced},
    )


def _why_not(decision: Decision, lost: str, after: Decision, name: str) -> dict[str, list[Refusal]]:
    """What stands against a lost machine by host. Hardware version and port groups of a pinned one are those of its own vCenter."""
    hosts, pinned = decision.estate.hosts, decision.estate.wanted[name].host
    found = refusals(after, after.estate.wanted[name])
    for other in found if pinned else ():
        if hosts[other].vcenter != hosts[lost].vcenter:
            found[other] = [dataclasses.replace(one, reason=f"{one.reason}{BY_PIN}") if one.code in ("C8", "C9") else one for one in found[other]]
    return found


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
