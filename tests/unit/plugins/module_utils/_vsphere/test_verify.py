# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is compared before machines are started: each difference is told by machine, and what was not touched is not judged."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import ClusterState, Entry, Policy, Snapshot, VMState
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.verify import elsewhere, judge

from tests.unit.plugins.module_utils._placement.sites import HOSTS, host, machine, snapshot, wanted

BY_NAME = {entry.name: entry for entry in HOSTS}


def entry(action: str = "create", **wants: Any) -> Entry:
    return Entry(wanted(1, **wants), "a", "s1.example.test", action, "", "" if action == "create" else "vm-node-1")


def told(one: Entry, *vms: VMState, **changes: Any) -> list[str]:
    after: Snapshot = snapshot("a", (1, 2), *vms, **changes)
    problems = judge([one], BY_NAME, after, Policy(), {one.vm.name: "vm-node-1"})
    return [f"{problem.code} {problem.place}: {problem.reason}" for problem in problems]


MADE = machine(wanted(1), "a", "host-1", powered_on=False)


def test_a_machine_as_planned() -> None:
    assert told(entry(), MADE) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"host": "host-2"}, "host: s2.example.test, wanted s1.example.test"),
        ({"vcpus": 4}, "vCPUs: 4, wanted 8"),
        ({"memory_mb": 1}, "memory MB: 1, wanted 32768"),
    ],
)
def test_each_difference_is_told(changes: dict[str, Any], said: str) -> None:
    assert told(entry(), dataclasses.replace(MADE, **changes)) == [f"A-VERIFY node-1: differs from the plan, {said}"]


def test_one_that_is_gone_and_one_that_is_there_twice() -> None:
    assert told(entry()) == ["A-VERIFY node-1: is not there any more"]
    (text,) = told(entry(), MADE, dataclasses.replace(MADE, moid="vm-9", path="else/node-1"))
    assert text.startswith("A-TWICE node-1: somebody else")
    assert "vm/else/node-1" in text


def test_a_size_that_was_not_reached() -> None:
    assert told(entry("resize", vcpus=16), MADE) == ["A-VERIFY node-1: has not got its size, vCPUs 8 -> 16"]
    assert told(entry("resize"), MADE) == []


def test_what_an_earlier_run_has_begun_is_judged_like_what_is_new() -> None:
    begun = entry("complete")
    assert told(begun, MADE) == []
    (text,) = told(begun, dataclasses.replace(MADE, vcpus=4))
    assert text == "A-VERIFY node-1: was begun by an earlier run and differs from the plan, vCPUs: 4, wanted 8"
    nowhere = dataclasses.replace(begun, vm=dataclasses.replace(begun.vm, host=""), hostname="any host of the site")
    assert told(nowhere, MADE) == ["A-VERIFY node-1: was begun by an earlier run and differs from the plan, host: s1.example.test, wanted any host of the site"]


def test_one_of_the_same_name_in_another_vcenter() -> None:
    other = dataclasses.replace(MADE, vcenter="b", path="else/node-1")
    here, there = snapshot("a", (1, 2), MADE), snapshot("b", (3,), other)
    assert elsewhere(entry(), {"a": here, "b": snapshot("b", (3,))}) is None
    found = elsewhere(entry(), {"a": here, "b": there})
    assert found is not None
    assert (found.code, "b:/" in found.reason, "vm/else/node-1" in found.reason) == ("A-TWICE", True, True)


@pytest.mark.parametrize("action", ["keep", "adopt", "power_on"])
def test_what_was_there_before_may_differ(action: str) -> None:
    assert told(entry(action), dataclasses.replace(MADE, vcpus=4)) == []


def test_drs_has_to_know_what_it_was_told() -> None:
    hosts = {"s1.example.test": host(1, cluster="c1")}
    forgets, knows = ClusterState("c1", "compute", drs=True), ClusterState("c1", "compute", drs=True, overrides={"vm-node-1": False})
    (text,) = told(entry(), MADE, hosts=hosts, clusters=(forgets,))
    assert text.startswith("A-DRS compute: has not kept what it was told, DRS leaves in place: node-1")
    assert told(entry(), MADE, hosts=hosts, clusters=(knows,)) == []
