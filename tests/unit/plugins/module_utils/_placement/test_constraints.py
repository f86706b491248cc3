# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each hard constraint refuses by its code, and its near miss passes: the simulator admits anything, so it is proved here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import CONSTRAINTS
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.explain import explain
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, HostEntry, Policy, Target, VMDetails, VMState

from tests.unit.plugins.module_utils._placement.sites import HOSTS, Site, anywhere, machine, template, wanted

Change = Callable[[Site], Any]


def alone(**changes: Any) -> Change:
    """Only node-1 is wanted, and only HOST1 may take it."""
    return lambda site: setattr(site, "vms", [anywhere(1, **{"allow": ("HOST1",), **changes})])


def vcenter_a(**changes: Any) -> Change:
    return lambda site: site.snapshots.update(a=dataclasses.replace(site.snapshots["a"], **changes))


def host1(**changes: Any) -> Change:
    return lambda site: site.change_host(1, **changes)


def entry1(**changes: Any) -> Change:
    return lambda site: setattr(site, "hosts", (dataclasses.replace(HOSTS[0], **changes), *HOSTS[1:]))


def store(**changes: Any) -> Change:
    return lambda site: site.change_store("S1", **changes)


def policy(**changes: Any) -> Change:
    return lambda site: setattr(site, "policy", Policy(**changes))


def there(number: int, vcenter: str, host_moid: str, **changes: Any) -> Change:
    return lambda site: site.add(machine(wanted(number), vcenter, host_moid, **changes))


def all_of(*changes: Change) -> Change:
    def change(site: Site) -> None:
        for one in changes:
            one(site)

    return change


def resident(**changes: Any) -> VMState:
    """Somebody's machine on HOST1."""
    return machine(wanted(9, name="other", env="else", **changes), "a", "host-1")


ONE = alone()
OVERHEAD = 32 + 4 * 8
FULL = 262144 - 4096  # memory of HOST1 without the reserve
FITS = (FULL - OVERHEAD) * 128 // 129  # and without the overhead of a machine of 8 vCPUs
NO_MARK = VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {})
GONE = VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {"env": "dev", "node": "node-7", "role": "server", "state": "ready"})
AGENT = VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {"env": "dev", "node": "node-7", "role": "agent", "state": "ready"})
SAME_ROOM = (HOSTS[0], HOSTS[1], HostEntry("HOST3", "s3.example.test", "old", ("S3",), "room1"))

CASES: list[tuple[str, Change, Change]] = [
    # code, what is refused on HOST1, the nearest that passes there
    ("C1", all_of(ONE, host1(usable=False, why_unusable="in maintenance mode")), all_of(ONE, host1(usable=True))),
    ("C1", all_of(ONE, entry1(enabled=False)), all_of(ONE, entry1(enabled=True))),
    ("C1", all_of(ONE, entry1(hostname="s9.example.test")), all_of(ONE, entry1(hostname="S1.example.test"))),
    ("C2", all_of(ONE, lambda site: site.snapshots.pop("a")), ONE),
    ("C2", all_of(ONE, lambda site: site.snapshots.pop("old")), ONE),
    ("C3", all_of(ONE, there(2, "a", "host-1"), lambda s: s.vms.append(wanted(2))), all_of(ONE, there(2, "a", "host-2"), lambda s: s.vms.append(wanted(2)))),
    ("C3", all_of(ONE, there(7, "a", "host-1", name="node-7", details=GONE)), all_of(ONE, there(7, "a", "host-2", name="node-7", details=GONE))),
    ("C3", all_of(ONE, there(7, "a", "host-1", name="node-7", details=GONE)), all_of(ONE, there(7, "a", "host-1", name="node-7", details=AGENT))),
    (
        "C3",
        all_of(ONE, there(7, "a", "host-1", name="node-7", details=GONE)),
        all_of(alone(role="agent"), there(7, "a", "host-1", name="node-7", details=GONE)),
    ),
    (
        "C3",  # over the boundary between two vCenters: both hosts are in one room
        all_of(ONE, there(7, "old", "host-1", name="node-7", details=GONE), lambda site: setattr(site, "hosts", SAME_ROOM)),
        all_of(ONE, there(7, "old", "host-1", name="node-7", details=GONE)),
    ),
    ("C4", alone(vcpus=65), alone(vcpus=64)),
    ("C4", all_of(alone(vcpus=33), policy(vcpus_per_core=1.0)), all_of(alone(vcpus=32), policy(vcpus_per_core=1.0))),
    (
        "C4",
        all_of(alone(vcpus=9), policy(vcpus_per_core=1.0), lambda site: site.add(resident(vcpus=24))),
        all_of(alone(vcpus=8), policy(vcpus_per_core=1.0), lambda site: site.add(resident(vcpus=24))),
    ),
    ("C5", alone(memory_mb=FITS + 2), alone(memory_mb=FITS)),
    ("C5", all_of(alone(memory_mb=FITS), policy(host_ram_reserve_mb=4098)), all_of(alone(memory_mb=FITS), policy(host_ram_reserve_mb=4096))),
    ("C6", all_of(ONE, store(free=381 * GB)), all_of(ONE, store(free=382 * GB))),  # 200 GB of disk, 32 GB of swap file, 150 GB of headroom
    ("C6", all_of(ONE, store(free=500 * GB, uncommitted=119 * GB)), all_of(ONE, store(free=500 * GB, uncommitted=118 * GB))),
    ("C6", all_of(alone(reserved_mb=32767), store(free=350 * GB)), all_of(alone(reserved_mb=32768), store(free=350 * GB))),
    (
        "C6",
        all_of(ONE, store(free=402 * GB), policy(snapshot_allowance_pct=11)),
        all_of(ONE, store(free=402 * GB), policy(snapshot_allowance_pct=10)),
    ),
    ("C7", all_of(ONE, store(usable=False)), all_of(ONE, store(usable=True))),
    ("C7", all_of(ONE, host1(read_only=frozenset({"S1"}))), all_of(ONE, host1(read_only=frozenset({"S2"})))),
    ("C7", all_of(ONE, host1(datastores=frozenset())), all_of(ONE, host1(datastores=frozenset({"S1"})))),
    ("C7", all_of(ONE, entry1(datastores=("S2",))), all_of(ONE, entry1(datastores=()))),
    ("C7", alone(datastore="S2"), alone(datastore="S1")),
    ("C8", alone(hardware_version=22), alone(hardware_version=21)),
    ("C8", alone(hardware_version=13), alone(hardware_version=14)),
    ("C8", all_of(alone(hardware_version=0), host1(max_hardware=13)), all_of(alone(hardware_version=0), host1(max_hardware=14))),
    ("C9", alone(networks=("LAN", "DMZ")), all_of(alone(networks=("LAN", "DMZ")), host1(networks=frozenset({"LAN", "DMZ"})))),
    ("C10", alone(host="HOST2"), alone(host="HOST1")),
    ("C10", alone(allow=("HOST2",)), alone(allow=("HOST1", "HOST2"))),
    ("C10", alone(deny=("HOST1",)), alone(deny=("HOST2",))),
    ("C11", all_of(ONE, there(1, "a", "host-2")), all_of(ONE, there(1, "a", "host-1"))),
    ("C11", all_of(ONE, there(1, "a", "host-2")), all_of(ONE, there(1, "a", "host-2"), policy(moves="repair", allow_moves=frozenset({"node-1"})))),
    ("C12", all_of(ONE, vcenter_a(datacenter=False)), ONE),
    ("C12", all_of(ONE, vcenter_a(vms=())), all_of(ONE, vcenter_a(vms=(template("a"),)))),
    ("C12", all_of(ONE, lambda s: setattr(s, "targets", {**s.targets, "a": Target("a", "DC", "other", "")})), ONE),
    ("C12", alone(disk_gb=19), alone(disk_gb=20)),
    ("C13", all_of(ONE, there(1, "a", "host-1", details=NO_MARK)), all_of(alone(adopt=True), there(1, "a", "host-1", details=NO_MARK))),
    ("C13", all_of(ONE, there(1, "a", "host-1"), there(1, "old", "host-1")), all_of(ONE, there(1, "a", "host-1"))),
]


def codes(change: Change) -> set[str]:
    """What stands against node-1 on HOST1."""
    site = Site()
    change(site)
    decision = decide(site.estate())
    against = explain(decision, {"node-1"})["node-1"]["HOST1"]
    assert ("node-1" in decision.places and decision.places["node-1"].host == "HOST1") <= (not against)
    assert all(refusal.reason and refusal.remedy for refusal in against)
    return {refusal.code for refusal in against}


@pytest.mark.parametrize(("code", "refused", "passes"), CASES, ids=[f"{code}-{index}" for index, (code, _r, _p) in enumerate(CASES)])
def test_refused_by_code_and_the_near_miss_passes(code: str, refused: Change, passes: Change) -> None:
    assert codes(refused) == {code}
    assert codes(passes) == set()


def test_every_constraint_has_a_case() -> None:
    assert {code for code, _refused, _passes in CASES} == set(CONSTRAINTS)


def test_every_reason_is_given_not_only_the_first() -> None:
    change = all_of(alone(networks=("DMZ",), hardware_version=22, disk_gb=19, vcpus=65), store(usable=False), host1(usable=False, why_unusable="off"))
    assert codes(all_of(change, host1(usable=False, why_unusable="disconnected"))) == {"C1", "C4", "C7", "C8", "C9", "C12"}


def test_equal_ids_in_two_vcenters_are_different_hosts() -> None:
    """What is on host-1 of "old" weighs on HOST3, not on HOST1, which has the same id."""
    big = machine(wanted(9, name="big", env="else", memory_mb=200_000), "old", "host-1")
    site = Site(vms=[anywhere(1, memory_mb=100_000)])
    site.add(big)
    against = explain(decide(site.estate()))["node-1"]
    assert [bool(against[name]) for name in ("HOST1", "HOST2", "HOST3")] == [False, False, True]
