# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site as it will be (pure): once a decision is carried out, and if a host is lost then."""

from __future__ import annotations

import dataclasses

from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision, Place
from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import demand
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import marker_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import MB, Snapshot, VMDetails, VMState, WantedVM


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
