# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sites of all shapes: some hosts down or short of room, some machines there already, some wanted with limits of their own."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, HostEntry, Policy, Snapshot
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._placement.sites import Site, anywhere, host, machine, snapshot

NAMES = (1, 2, 3, 4)


def _entries(draw: st.DrawFn) -> tuple[HostEntry, ...]:
    rooms = draw(st.sampled_from((("r1", "r2", "r3", "r4"), ("", "", "", ""), ("r1", "r2", "r2", "r3"))))
    vcenters = ("a", "a", "old", "old")
    return tuple(
        HostEntry(f"HOST{number}", f"s{number}.example.test", vcenter, (f"S{number}",), room, enabled=draw(st.integers(0, 9)) > 0)
        for number, vcenter, room in zip(NAMES, vcenters, rooms, strict=True)
    )


def _snapshot(draw: st.DrawFn, vcenter: str, numbers: tuple[int, ...]) -> Snapshot:
    base = snapshot(vcenter, numbers)
    hosts = {}
    for place, number in enumerate(numbers):
        cores, memory = draw(st.sampled_from((8, 16, 32))), draw(st.sampled_from((65536, 131072, 262144)))
        moid = f"host-{place + 1}"  # the same ids in both vCenters
        usable = draw(st.integers(0, 9)) > 0
        hosts[f"s{number}.example.test"] = host(
            number, moid=moid, cores=cores, threads=2 * cores, memory_mb=memory, usable=usable, why_unusable="off", max_hardware=draw(st.sampled_from((14, 21)))
        )
    stores = {name: dataclasses.replace(state, free=draw(st.integers(200, 1000)) * GB) for name, state in base.datastores.items()}
    return dataclasses.replace(base, hosts=hosts, datastores=stores)


@st.composite
def sites(draw: st.DrawFn, moves: bool = False) -> Site:
    """A site of four hosts under two vCenters, with up to nine machines wanted, some of which are there."""
    site = Site(snapshots={"a": _snapshot(draw, "a", (1, 2)), "old": _snapshot(draw, "old", (3, 4))}, hosts=_entries(draw))
    site.vms = []
    for env in draw(st.lists(st.sampled_from(("dev", "test", "prod")), max_size=3, unique=True)):
        vcpus, memory = draw(st.sampled_from((2, 4, 8, 16))), draw(st.sampled_from((4096, 16384, 32768)))
        role = draw(st.sampled_from(("server", "server", "agent")))
        for number in (1, 2, 3):
            vm = anywhere(number, name=f"{env}-{number}", env=env, role=role, vcpus=vcpus, memory_mb=memory, disk_gb=draw(st.sampled_from((40, 100))))
            limits: dict[str, Any] = draw(st.sampled_from(({}, {}, {"deny": ("HOST1",)}, {"allow": ("HOST1", "HOST3")}, {"hardware_version": 21})))
            site.vms.append(dataclasses.replace(vm, **limits))
    for vm in list(site.vms):
        if draw(st.integers(0, 3)) == 0:
            site.add(machine(vm, draw(st.sampled_from(("a", "old"))), draw(st.sampled_from(("host-1", "host-2")))))
    site.policy = Policy(
        layout=draw(st.sampled_from(("balanced", "aligned", "rotated"))),
        spread_servers=draw(st.integers(0, 3)) > 0,
        node_budget=5_000,
        moves=draw(st.sampled_from(("repair", "rebalance"))) if moves else "never",
        allow_moves=frozenset(draw(st.sets(st.sampled_from([vm.name for vm in site.vms])))) if moves and site.vms else frozenset(),
    )
    return site
