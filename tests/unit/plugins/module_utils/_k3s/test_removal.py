# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may leave: any server, the first too, as long as a majority of healthy voters carries it out."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import quorum, removal
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation
from hypothesis import given
from hypothesis import strategies as st


def servers(*healthy: bool) -> dict[str, Observation | None]:
    members = tuple(Member(f"node-{i}-0a1b2c3d", (f"https://192.0.2.{i}:2380",), False) for i in range(1, len(healthy) + 1))
    return {
        f"node-{i}": Observation(
            f"node-{i}", "amd64", unit_state="active", member_name=f"node-{i}-0a1b2c3d", members=members, etcd_healthy=fine, api_ready=fine
        )
        for i, fine in enumerate(healthy, 1)
    }


@pytest.mark.parametrize("name", ["node-1", "node-2", "node-3"])
def test_any_of_three(name: str) -> None:
    found = removal.plan(name, servers(True, True, True))
    assert (found.member, found.reached, found.left, found.problems) == (True, True, 2, ())
    assert found.via not in (None, name)


def test_a_dead_one() -> None:
    assert removal.plan("node-1", {**servers(True, True, True), "node-1": None}) == removal.Removal("node-2", True, False, 2, ())


def test_one_that_has_left() -> None:
    seen = servers(True, True)
    assert removal.plan("node-3", {**seen, "node-3": None}) == removal.Removal("node-1", False, False, 2, ())


def test_refusals() -> None:
    assert "no server of this environment" in removal.plan("node-9", servers(True)).problems[0]
    assert "the last voter cannot leave" in removal.plan("node-1", servers(True)).problems[0]
    assert "fewer than the majority" in removal.plan("node-1", servers(True, True, False)).problems[0]


@given(st.integers(0, 6), st.lists(st.booleans(), min_size=1, max_size=7))
def test_the_majority_is_never_given_away(number: int, healthy: list[bool]) -> None:
    seen = servers(*healthy)
    name = f"node-{number % len(healthy) + 1}"
    if removal.plan(name, seen).via:
        others = sum(o.healthy for o in seen.values() if o and o.node_name != name)
        assert others >= quorum.majority(len(healthy)), "enough to agree on the removal, and more than enough for the smaller cluster"
