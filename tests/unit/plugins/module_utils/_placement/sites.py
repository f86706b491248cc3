# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small site for the planner: two vCenters, three hosts, three machines of one environment."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    GB,
    DatastoreState,
    HostEntry,
    HostState,
    Plan,
    Policy,
    Snapshot,
    Target,
    VMDetails,
    VMState,
    WantedVM,
)
from ansible_collections.groundwork.platform.plugins.module_utils._placement.plan import make_plan

HOSTS = (
    HostEntry("HOST1", "s1.example.test", "a", ("S1",), "room1"),
    HostEntry("HOST2", "s2.example.test", "a", ("S2",), "room2"),
    HostEntry("HOST3", "s3.example.test", "old", ("S3",), "room3"),
)
TARGETS = {name: Target(name, "DC", "template", "") for name in ("a", "old")}


def wanted(number: int, **changes: Any) -> WantedVM:
    vm = WantedVM(f"node-{number}", "dev", f"HOST{number}", f"S{number}", 8, 32768, 200, ("LAN",), "k8s", "server", 14)
    return dataclasses.replace(vm, **changes)


def anywhere(number: int, **changes: Any) -> WantedVM:
    """A machine whose place the planner decides."""
    return wanted(number, **{"host": "", "datastore": "", "index": number - 1, **changes})


def host(number: int, **changes: Any) -> HostState:
    """Ids are those of the place within the vCenter: hosts 1 and 3 carry the same one."""
    moid = "host-2" if number == 2 else "host-1"
    state = HostState(moid, f"s{number}.example.test", "pool", "browser", True, "", 64, 32, 262144, frozenset({f"S{number}"}), frozenset({"LAN"}), 21)
    return dataclasses.replace(state, **changes)


def template(vcenter: str) -> VMState:
    details = VMDetails(14, 20, frozenset({"LAN"}), frozenset(), {})
    return VMState(vcenter, "vm-1", "template", "template", "DC", "host-1", False, True, 2, 2048, details)


def snapshot(vcenter: str, numbers: Iterable[int], *vms: VMState, **changes: Any) -> Snapshot:
    state = Snapshot(
        vcenter=vcenter,
        uuid=f"uuid-{vcenter}",
        version="8.0.3",
        datacenter=True,
        hosts={f"s{number}.example.test": host(number) for number in numbers},
        datastores={f"S{number}": DatastoreState(f"ds-{number}", f"S{number}", 1000 * GB, 1000 * GB, 0, True) for number in numbers},
        folders={"": "group-1", "k8s": "group-2"},
        networks={"LAN": "network-1"},
        vms=(template(vcenter), *vms),
    )
    return dataclasses.replace(state, **changes)


def machine(vm: WantedVM, vcenter: str, host_moid: str, **changes: Any) -> VMState:
    """The wanted machine as it is when all went well."""
    marker = {"env": vm.env, "node": vm.name, "state": "ready"}
    details = VMDetails(vm.hardware_version, vm.disk_gb, frozenset(vm.networks), frozenset({vm.datastore}), marker)
    moid = f"vm-{vm.name}"
    state = VMState(vcenter, moid, vm.name, f"k8s/{vm.name}", "DC", host_moid, True, False, vm.vcpus, vm.memory_mb, details)
    return dataclasses.replace(state, **changes)


@dataclass
class Site:
    """What make_plan is given; tests change one thing and plan."""

    vms: list[WantedVM] = field(default_factory=lambda: [wanted(1), wanted(2), wanted(3)])
    snapshots: dict[str, Snapshot] = field(default_factory=lambda: {"a": snapshot("a", (1, 2)), "old": snapshot("old", (3,))})
    policy: Policy = field(default_factory=Policy)
    targets: Mapping[str, Target] = field(default_factory=lambda: TARGETS)
    hosts: tuple[HostEntry, ...] = HOSTS

    def plan(self) -> Plan:
        return make_plan(decide(self.estate()))

    def estate(self) -> Estate:
        return Estate(self.vms, self.hosts, self.targets, self.snapshots, self.policy)

    def codes(self) -> list[str]:
        return [problem.code for problem in self.plan().problems]

    def actions(self) -> dict[str, str]:
        return {entry.vm.name: entry.action for entry in self.plan().entries}

    def change_host(self, number: int, **changes: Any) -> None:
        vcenter = "old" if number == 3 else "a"
        before = self.snapshots[vcenter]
        hosts = {**before.hosts, f"s{number}.example.test": host(number, **changes)}
        self.snapshots[vcenter] = dataclasses.replace(before, hosts=hosts)

    def change_store(self, name: str, vcenter: str = "a", **changes: Any) -> None:
        before = self.snapshots[vcenter]
        stores = {**before.datastores, name: dataclasses.replace(before.datastores[name], **changes)}
        self.snapshots[vcenter] = dataclasses.replace(before, datastores=stores)

    def add(self, *machines: VMState) -> None:
        for state in machines:
            before = self.snapshots[state.vcenter]
            self.snapshots[state.vcenter] = dataclasses.replace(before, vms=(*before.vms, state))


def shuffled(site: Site, seed: int) -> Site:
    """The same site, told in another order."""
    chance = random.Random(seed)

    def mixed(values: list[Any]) -> list[Any]:
        return chance.sample(values, len(values))

    snapshots = {}
    for name in mixed(sorted(site.snapshots)):
        before = site.snapshots[name]
        snapshots[name] = dataclasses.replace(
            before, vms=tuple(mixed(list(before.vms))), hosts=dict(mixed(list(before.hosts.items()))), datastores=dict(mixed(list(before.datastores.items())))
        )
    return dataclasses.replace(
        site, vms=mixed(site.vms), hosts=tuple(mixed(list(site.hosts))), snapshots=snapshots, targets=dict(mixed(list(site.targets.items())))
    )
