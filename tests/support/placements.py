# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up placement problems of every size, for tests and figures: the same seed makes the same problem."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision, decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import Bin, Instance, Item
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    GB,
    MB,
    DatastoreState,
    HostEntry,
    HostState,
    Policy,
    Snapshot,
    Target,
    VMDetails,
    VMState,
    WantedVM,
)

HOST = (192, 520_000, 8_000_000)  # vCPUs, MB of memory, MB of datastore
SIZES = ((2, 8), (4, 16), (4, 32), (8, 32), (8, 64), (16, 64), (16, 128), (2, 4), (4, 8), (8, 16))  # vCPUs, GB


def instance(seed: int, groups: int, hosts: int, load: float, *, different: bool = False) -> Instance:
    """Groups of three alike machines on hosts with a datastore each, scaled so that all demand is about ``load`` of all capacity.

    ``different`` makes hosts of two sizes, lets some machines be on some hosts only, and puts load on hosts that is there already.
    """
    chance = random.Random(seed)
    sizes = [(cpu, gb * 1024, chance.choice((40, 100, 200, 400)) * 1024 + gb * 1024) for cpu, gb in chance.choices(SIZES, k=groups)]
    wanted = [3 * sum(size[part] for size in sizes) for part in range(3)]
    weights = [chance.choice((1.0, 1.5)) if different else 1.0 for _host in range(hosts)]
    limits = [[int(wanted[part] / load * weight / sum(weights)) for weight in weights] for part in range(3)]
    used = [[int(limit * chance.choice((0, 0, 0.1))) if different else 0 for limit in limits[part]] for part in range(3)]
    bins = [tuple(Bin(use, limit + use) for use, limit in zip(used[part], limits[part], strict=True)) for part in range(3)]
    items: list[Item] = []
    for group, (cpu, ram, disk) in enumerate(sizes):
        allowed: Sequence[int] = range(hosts)
        if different and hosts > 4 and chance.random() < 0.3:
            allowed = sorted(chance.sample(range(hosts), max(3, hosts * 2 // 3)))
        spots = tuple((host, host) for host in allowed)
        items += [Item(f"vm-{group}-{number}", cpu, ram, disk, spots, group) for number in range(3)]
    return Instance(tuple(items), bins[0], bins[1], bins[2], tuple(range(hosts)), tuple({} for _group in sizes))


def estate(seed: int, new: int, existing: int, hosts: int, load: float) -> Estate:
    """A site with machines in groups of three: ``existing`` ones, which a plan of their own has put where they are, and ``new`` ones."""
    chance = random.Random(seed)
    sizes = chance.choices(SIZES, k=(new + existing) // 3)
    disks = chance.choices((40, 100, 200, 400), k=len(sizes))
    vms = [
        WantedVM(f"env{group}-{number}", f"env{group}", "", "", cpu, gb * 1024, disk, ("LAN",), role="server", index=number)
        for group, ((cpu, gb), disk) in enumerate(zip(sizes, disks, strict=True))
        for number in range(3)
    ]
    cpus, memory, space = sum(vm.vcpus for vm in vms), sum(vm.memory_mb for vm in vms), sum(vm.disk_gb + vm.memory_mb // 1024 for vm in vms)
    entries = [HostEntry(f"HOST{number}", f"s{number}.example.test", "vc", (f"S{number}",)) for number in range(hosts)]
    states = {
        entry.hostname: HostState(
            moid=f"host-{number}",
            name=entry.hostname,
            pool="",
            browser="",
            usable=True,
            why_unusable="",
            threads=64,
            cores=int(cpus / load / hosts / 4) + 1,
            memory_mb=int(memory * 1.01 / load / hosts) + 4096,
            datastores=frozenset(entry.datastores),
            networks=frozenset({"LAN"}),
            max_hardware=21,
        )
        for number, entry in enumerate(entries)
    }
    room = int(space / load / hosts / 0.85) * GB
    stores = {f"S{number}": DatastoreState(f"ds-{number}", f"S{number}", room, room, 0, True) for number in range(hosts)}
    details = VMDetails(14, 20, frozenset({"LAN"}), frozenset(), {})
    template = VMState("vc", "vm-t", "template", "template", "DC", "host-0", False, True, 2, 2048, details)
    empty = Snapshot("vc", "uuid", "8.0.3", True, states, stores, {"": "group"}, {"LAN": "net"}, (template,))
    policy, targets = Policy(), {"vc": Target("vc", "DC", "template", "")}
    if not existing:
        return Estate(vms, entries, targets, {"vc": empty}, policy)
    return Estate(vms, entries, targets, {"vc": _filled(empty, decide(Estate(vms[:existing], entries, targets, {"vc": empty}, policy)))}, policy)


def _filled(empty: Snapshot, decision: Decision) -> Snapshot:
    """The vCenter once a decision has been carried out."""
    machines, used = [], dict.fromkeys(empty.datastores, 0)
    for name, place in decision.places.items():
        vm, host = decision.estate.wanted[name], empty.hosts[decision.estate.hosts[place.host].hostname]
        details = VMDetails(14, vm.disk_gb, frozenset({"LAN"}), frozenset({place.datastore}), {"env": vm.env, "node": name, "state": "ready"})
        machines.append(VMState("vc", f"vm-{name}", name, name, "DC", host.moid, True, False, vm.vcpus, vm.memory_mb, details))
        used[place.datastore] += vm.disk_gb * GB + vm.memory_mb * MB
    stores = {name: dataclasses.replace(store, free=store.free - used[name]) for name, store in empty.datastores.items()}
    return dataclasses.replace(empty, datastores=stores, vms=(*empty.vms, *machines))
