# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may be away: one server while all others vote; an agent while a server is healthy."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import absence, quorum
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._k3s.test_removal import servers


@pytest.mark.parametrize("name", ["node-1", "node-2", "node-3", "agent-1"])
def test_any_node_of_a_whole_cluster(name: str) -> None:
    assert absence.refusals(name, servers(True, True, True)) == []


def test_the_one_that_is_away_already() -> None:
    assert absence.refusals("node-1", {**servers(True, True, True), "node-1": None}) == []


def test_a_single_server_has_no_others_to_keep() -> None:
    assert absence.refusals("node-1", servers(True)) == []


def test_refusals() -> None:
    assert absence.refusals("node-1", servers(True, True, False)) == [
        "node-3 is not a healthy voter; bring it up first (site.yml)",
        "without node-1 the others would not keep the majority",
    ]
    assert absence.refusals("node-1", {**servers(True, True, True), "node-3": None})[0] == "node-3 was not reached"
    assert absence.refusals("agent-1", servers(False)) == ["no server is healthy"]


def test_a_learner_is_waited_for() -> None:
    seen = servers(True, True, True)
    first = seen["node-1"]
    assert first is not None
    assert first.members is not None
    seen["node-1"] = dataclasses.replace(first, members=(*first.members, Member("node-4-0a1b2c3d", (), True)))
    assert absence.refusals("node-2", seen) == ["etcd has a learner; wait until it votes"]


@given(st.integers(0, 6), st.lists(st.booleans(), min_size=2, max_size=7))
def test_the_majority_is_never_given_away(number: int, healthy: list[bool]) -> None:
    seen = servers(*healthy)
    name = f"node-{number % len(healthy) + 1}"
    if not absence.refusals(name, seen):
        assert sum(o.healthy for o in seen.values() if o and o.node_name != name) >= quorum.majority(len(healthy))
