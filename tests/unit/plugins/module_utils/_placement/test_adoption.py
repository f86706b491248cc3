# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An adopted machine is found by its UUID under whatever name it has, or not at all; nothing is ever created in its place."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import VMDetails, VMState

from tests.unit.plugins.module_utils._placement.sites import Site, anywhere, machine, wanted

UUID = "5029a1b2-c3d4-e5f6-0718-293a4b5c6d7e"


def foreign(**changes: Any) -> VMState:
    """A machine that somebody made by hand on HOST1."""
    details = VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {})
    return machine(wanted(1), "a", "host-1", **{"details": details, "name": "old-name", "uuid": UUID, **changes})


def site(*there: VMState, **wants: Any) -> Site:
    found = Site(vms=[wanted(1, **{"adopt": True, "uuid": UUID, **wants}), wanted(2), wanted(3)])
    found.add(*there)
    return found


def test_it_is_found_under_another_name_and_that_is_told() -> None:
    plan = site(foreign()).plan()
    entry = plan.entries[0]
    assert (entry.vm.name, entry.action, entry.moid) == ("node-1", "adopt", "vm-node-1")
    assert entry.drift == ("name: old-name, wanted node-1",)
    assert [change.vm.name for change in plan.changes] == ["node-2", "node-3"]


def test_it_keeps_others_of_its_environment_away() -> None:
    found = site(foreign())
    found.vms[1] = anywhere(2)
    assert {entry.vm.name: entry.vm.host for entry in found.plan().entries}["node-2"] == "HOST2"


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ((), f"no machine has UUID {UUID}"),
        ((foreign(name="node-1", uuid="other"),), f"has UUID other, the matrix says {UUID}"),
        ((foreign(), foreign(name="node-1", uuid="other", moid="vm-9")), "exists 2 times"),
        ((foreign(template=True),), "is a template"),
    ],
)
def test_refusals(there: tuple[VMState, ...], said: str) -> None:
    (problem,) = [problem for problem in site(*there).plan().problems if problem.code == "C13"]
    assert said in problem.reason


def test_where_a_vcenter_cannot_be_seen_nobody_says_that_it_is_not_there() -> None:
    found = site()
    del found.snapshots["old"]
    assert "C13" not in found.codes()


def test_a_uuid_costs_nothing_where_the_name_is_the_same() -> None:
    assert site(foreign(name="node-1")).plan().entries[0].drift == ()
