# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each reason to refuse a plan by its code, and a near miss that passes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, Policy, Target, VMDetails

from tests.unit.plugins.module_utils._placement.sites import TARGETS, Site, machine, template, wanted

Change = Callable[[Site], Any]


def vm(number: int, **changes: Any) -> Change:
    return lambda site: site.vms.__setitem__(number - 1, wanted(number, **changes))


def vcenter_a(**changes: Any) -> Change:
    return lambda site: site.snapshots.update(a=dataclasses.replace(site.snapshots["a"], **changes))


def room(free_gb: int, promised_gb: int = 0) -> Change:
    return lambda site: site.change_store("S1", capacity=1000 * GB, free=free_gb * GB, uncommitted=promised_gb * GB)


def foreign(**changes: Any) -> Change:
    """A machine of the wanted name with somebody else's marker, or none."""

    def change(site: Site) -> None:
        state = machine(wanted(1), "a", "host-1")
        details = changes.pop("details", VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {}))
        site.add(dataclasses.replace(state, details=details, **changes))

    return change


def marked(env: str, node: str) -> VMDetails:
    return VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {"env": env, "node": node, "state": "ready"})


def policy(**changes: Any) -> Change:
    return lambda site: setattr(site, "policy", Policy(**changes))


def both(*changes: Change) -> Change:
    def change(site: Site) -> None:
        for one in changes:
            one(site)

    return change


FITS = (262144 - 4096 - 32 - 4 * 8) * 128 // 129  # memory of a host without the reserve and the overhead of a machine of 8 vCPUs

CASES: list[tuple[str, Change, Change]] = [
    # code, what is refused, the nearest that passes
    ("C12", vcenter_a(datacenter=False), vcenter_a(datacenter=True)),
    ("C12", vcenter_a(vms=()), vcenter_a(vms=(template("a"),))),
    ("C12", vcenter_a(vms=(dataclasses.replace(template("a"), template=False),)), vcenter_a(vms=(template("a"),))),
    ("C12", vcenter_a(vms=(dataclasses.replace(template("a"), datacenter="DC2"),)), vcenter_a(vms=(template("a"),))),
    ("C1", vcenter_a(hosts={}), vcenter_a(datacenter=True)),
    ("P-HOST-UNKNOWN", vm(1, host="HOST9"), vm(1, host="HOST1")),
    ("C1", lambda site: site.change_host(1, usable=False, why_unusable="in maintenance mode"), lambda site: site.change_host(1)),
    ("C4", vm(1, vcpus=65), vm(1, vcpus=64)),
    ("C4", both(vm(1, vcpus=33), policy(vcpus_per_core=1.0)), both(vm(1, vcpus=32), policy(vcpus_per_core=1.0))),
    ("C5", vm(1, memory_mb=FITS + 2), vm(1, memory_mb=FITS)),
    ("C6", room(381), room(382)),  # 200 GB of disk, 32 GB of swap file, 150 GB of headroom
    ("C6", room(500, promised_gb=119), room(500, promised_gb=118)),
    ("C7", vm(1, datastore="S4"), vm(1, datastore="S1")),
    ("C7", vm(1, datastore="S2"), vm(1, datastore="S1")),
    ("C7", lambda site: site.change_store("S1", usable=False), lambda site: site.change_store("S1", usable=True)),
    ("C9", vm(1, networks=("LAN", "DMZ")), vm(1, networks=("LAN",))),
    ("C8", vm(1, hardware_version=22), vm(1, hardware_version=21)),
    ("C8", both(vm(1, hardware_version=0), lambda site: site.change_host(1, max_hardware=13)), vm(1, hardware_version=0)),
    ("C8", vm(1, hardware_version=13), vm(1, hardware_version=14)),
    ("C12", vm(1, disk_gb=19), vm(1, disk_gb=20)),
    ("C3", vm(2, host="HOST1", datastore="S1"), vm(2, host="HOST1", datastore="S1", role="agent")),
    ("C3", vm(2, host="HOST1", datastore="S1"), vm(2, host="HOST1", datastore="S1", env="test")),
    ("C3", vm(2, host="HOST1", datastore="S1"), both(vm(2, host="HOST1", datastore="S1"), policy(spread_servers=False))),
    ("P-WANTED-TWICE", vm(2, name="node-1"), vm(2, name="node-9")),
    ("C13", foreign(), foreign(details=marked("dev", "node-1"))),
    ("C13", foreign(), both(foreign(), vm(1, adopt=True))),
    ("C13", foreign(details=marked("test", "node-1")), foreign(details=marked("dev", "node-1"))),
    ("C13", foreign(details=marked("dev", "node-2")), foreign(details=marked("dev", "node-1"))),
    ("C13", both(foreign(template=True), vm(1, adopt=True)), both(foreign(), vm(1, adopt=True))),
    (
        "C13",
        lambda site: site.add(machine(wanted(1), "a", "host-1"), machine(wanted(1), "old", "host-1")),
        lambda site: site.add(machine(wanted(1), "a", "host-1")),
    ),
]


@pytest.mark.parametrize(("code", "refused", "passes"), CASES, ids=[f"{code}-{index}" for index, (code, _r, _p) in enumerate(CASES)])
def test_refused_by_code_and_the_near_miss_passes(code: str, refused: Change, passes: Change) -> None:
    site = Site()
    refused(site)
    assert code in site.codes()
    near = Site()
    passes(near)
    assert near.codes() == []


def test_a_datastore_that_the_site_does_not_allow() -> None:
    site = Site()
    site.change_host(1, datastores=frozenset({"S1", "S2"}))
    site.vms[0] = wanted(1, datastore="S2")
    assert site.codes() == ["C7"]


def test_templates_do_not_weigh_on_hosts_but_machines_that_are_off_do() -> None:
    site = Site(vms=[wanted(1)], policy=Policy(vcpus_per_core=1.0))
    site.add(machine(wanted(1, name="other", env="else", vcpus=24), "a", "host-1", powered_on=False))
    assert site.codes() == []
    site.add(machine(wanted(1, name="more", env="else", vcpus=1), "a", "host-1", powered_on=False))
    assert site.codes() == ["C4"]


def test_machines_that_exist_need_no_room_template_or_folder() -> None:
    site = Site(vms=[wanted(1)])
    site.add(machine(wanted(1), "a", "host-1"))
    site.snapshots["a"] = dataclasses.replace(site.snapshots["a"], folders={}, vms=site.snapshots["a"].vms[1:])
    room(0)(site)
    assert site.codes() == []


def test_problems_name_place_reason_and_remedy() -> None:
    site = Site()
    site.targets = {**TARGETS, "a": Target("a", "DC", "other", "")}
    problem = site.plan().problems[0]
    assert str(problem) == "C12 node-1, node-2: a:/DC has no template other; create it there, or correct the template's name in the matrix"


def test_drift_of_every_kind() -> None:
    site = Site(vms=[wanted(1, adopt=True)])
    details = VMDetails(11, 100, frozenset({"DMZ"}), frozenset({"S2"}), {})
    site.add(machine(wanted(1), "old", "host-1", vcpus=4, memory_mb=8192, powered_on=False, details=details))
    assert site.plan().entries[0].drift == (
        "vCenter: old, wanted a",
        "host: s3.example.test, wanted s1.example.test",
        "vCPUs: 4, wanted 8",
        "memory MB: 8192, wanted 32768",
        "disk GB: 100, wanted 200",
        "hardware version: 11, wanted 14",
        "datastore: S2, wanted S1",
        "networks: DMZ, wanted LAN",
        "power: off, wanted on",
    )


def test_a_vcenter_that_is_not_given_is_a_problem() -> None:
    """Nobody has tried to read it, so nobody else tells."""
    site = Site(targets={"a": TARGETS["a"]})
    del site.snapshots["old"]
    (problem,) = site.plan().problems
    assert (problem.code, problem.place) == ("C2", "node-3")
    assert "old, the vCenter of HOST3, is not given" in problem.reason
