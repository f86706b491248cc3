# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A size is changed of named machines only, never below what a disk has, and never beyond what the host carries."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, Plan, Policy, VMDetails

from tests.unit.plugins.module_utils._placement.sites import Site, machine, wanted


def site(resize: tuple[str, ...] = ("node-1",), there: dict[str, Any] | None = None, **wants: Any) -> Site:
    """node-1 is on HOST1 and differs from what is wanted; the others are as they should be."""
    found = Site(vms=[wanted(1, **wants), wanted(2), wanted(3)], policy=Policy(resize=frozenset(resize)))
    first = {"host_moid": "host-1", **(there or {})}
    found.add(machine(wanted(1), "a", first.pop("host_moid"), **first), machine(wanted(2), "a", "host-2"), machine(wanted(3), "old", "host-1"))
    return found


def told(plan: Plan) -> tuple[str, str, tuple[str, ...]]:
    entry = plan.entries[0]
    return entry.action, entry.reason, entry.drift


def test_nothing_is_changed_of_a_machine_that_is_not_named() -> None:
    plan = site(resize=(), vcpus=16, disk_gb=300).plan()
    assert told(plan) == ("keep", "is there", ("vCPUs: 8, wanted 16", "disk GB: 200, wanted 300"))
    assert plan.changes == ()


def test_a_named_machine_gets_its_size_and_other_differences_stay() -> None:
    plan = site(vcpus=16, memory_mb=65536, disk_gb=300, networks=("LAN", "DMZ")).plan()
    assert told(plan) == (
        "resize",
        "was asked for: vCPUs 8 -> 16, memory MB 32768 -> 65536, disk GB 200 -> 300",
        ("networks: LAN, wanted DMZ, LAN",),
    )
    assert [entry.vm.name for entry in plan.changes] == ["node-1"]
    assert plan.problems == ()


@pytest.mark.parametrize("powered_on", [True, False])
def test_a_named_machine_of_the_wanted_size_is_left_alone(powered_on: bool) -> None:
    action = site(there={"powered_on": powered_on}).plan().entries[0].action
    assert action == ("keep" if powered_on else "power_on")


def test_a_machine_that_does_not_exist_yet_is_created_with_its_size() -> None:
    assert Site(policy=Policy(resize=frozenset({"node-1"}))).plan().entries[0].action == "create"


def test_the_size_enters_the_plans_id() -> None:
    assert site(vcpus=16).plan().plan_id != site(vcpus=12).plan().plan_id


def test_an_adopted_machine_is_resized_only_by_name() -> None:
    foreign = {"details": VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {})}
    assert told(site(resize=(), there=foreign, adopt=True, vcpus=16).plan())[0] == "adopt"
    assert told(site(there=foreign, adopt=True, vcpus=16).plan())[0] == "resize"


@pytest.mark.parametrize(
    ("wants", "code", "near"),
    [
        ({"disk_gb": 199}, "P-SHRINK", {"disk_gb": 201}),
        ({"vcpus": 65}, "C4", {"vcpus": 64}),
        ({"memory_mb": 258_000}, "C5", {"memory_mb": 250_000}),
        ({"disk_gb": 851}, "C6", {"disk_gb": 850}),
        ({"memory_mb": 32768 + 51 * 1024, "disk_gb": 800}, "C6", {"memory_mb": 32768 + 50 * 1024, "disk_gb": 800}),  # the swap file grows with it
    ],
)
def test_refusals_and_their_near_misses(wants: dict[str, Any], code: str, near: dict[str, Any]) -> None:
    def codes(wants: dict[str, Any]) -> list[str]:
        found = site(**wants)
        found.change_store("S1", capacity=2000 * GB, free=950 * GB)  # 300 GB of headroom
        return found.codes()

    assert codes(wants) == [code]
    assert codes(near) == []


def test_machines_that_grow_together_count_together() -> None:
    found = site(resize=("node-1", "node-4"), vcpus=40)
    found.policy = dataclasses.replace(found.policy, vcpus_per_core=2.0)
    found.vms.append(wanted(4, host="HOST1", datastore="S1", env="else", vcpus=25))
    found.add(machine(wanted(4, datastore="S1", env="else"), "a", "host-1"))
    assert [(problem.code, problem.place) for problem in found.plan().problems] == [("C4", "node-1, node-4")]
    found.vms[-1] = dataclasses.replace(found.vms[-1], vcpus=24)
    assert found.codes() == []


def test_a_host_that_is_too_full_already_does_not_keep_a_machine_from_shrinking() -> None:
    found = site(there={"memory_mb": 400_000})
    assert found.plan().entries[0].action == "resize"
    assert found.codes() == []


def test_names_and_hosts_that_are_not_known() -> None:
    assert site(resize=("node-9",)).codes() == ["P-RESIZE"]
    assert site(there={"host_moid": "host-77"}, vcpus=16).codes() == ["P-RESIZE"]
