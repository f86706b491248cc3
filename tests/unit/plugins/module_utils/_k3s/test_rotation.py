# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotation of the servers' token: it converges from every interruption and never costs the majority."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, TokenState
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._k3s.k3s_model import Cluster

OLD, NEW, AGENT = "o" * 40, "n" * 40, "a" * 40
COUNTS = st.sampled_from([1, 3, 5])
PASSWORDS = st.sampled_from([OLD, "weak"])


def play(cluster: Cluster, begin: bool, interruptions: list[int], crash: bool, limit: int = 80) -> list[str]:
    """Look, decide, act until done; a number from the list ends a step after so many of its actions, with its host if asked."""
    kills = iter(interruptions)
    actions: list[str] = []
    for _round in range(limit):
        cluster.clock += 10
        cluster.systemd()
        step = rotation.next_step(cluster.look(), cluster.look_at_agents(), begin and "rotate" not in actions and not rotated(cluster))
        if step.action in ("done", "refuse"):
            return [*actions, step.action, step.reason]
        actions.append(step.action)
        left = next(kills, 99)
        doing = cluster.do(step, NEW)
        for number, _action in enumerate(doing):
            cluster.clock += 5
            assert len(cluster.servers) == 1 or crash or cluster.up >= cluster.majority
            if number == left:
                if crash:
                    cluster.stop(cluster.servers.get(step.host or "", next(iter(cluster.servers.values()))))
                elif step.action == "rotate":
                    list(doing)  # the server finishes a request whose sender has gone
                break
    raise AssertionError(f"no end: {actions}")


def rotated(cluster: Cluster) -> bool:
    return any(server.in_force["server"] == NEW for server in cluster.servers.values())


def assert_settled(cluster: Cluster, password: str = NEW) -> None:
    assert cluster.key == password
    for server in cluster.servers.values():
        assert server.running == server.config == server.passwd == {"server": password, "node": AGENT}
    for server in cluster.servers.values():  # and every later start works
        cluster.stop(server)
        cluster.clock += 60
        cluster.start(server)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_order_of_an_undisturbed_rotation(count: int) -> None:
    cluster = Cluster.healthy(count, OLD, AGENT)
    actions = play(cluster, True, [], crash=False)
    assert actions[:-1] == ["rotate", *["write", "restart"] * count, "done"]
    assert "snapshot" in actions[-1]
    assert_settled(cluster)


@settings(max_examples=100)
@given(COUNTS, PASSWORDS, st.lists(st.integers(0, 4), max_size=12))
def test_a_killed_play_is_finished_by_the_next_and_no_planned_start_fails(count: int, old: str, kills: list[int]) -> None:
    cluster = Cluster.healthy(count, old, AGENT)
    assert play(cluster, True, kills, crash=False)[-2] == "done"
    assert_settled(cluster)


@settings(max_examples=100)
@given(COUNTS, st.lists(st.integers(0, 4), max_size=8))
def test_a_host_that_dies_while_it_is_worked_on_recovers(count: int, crashes: list[int]) -> None:
    cluster = Cluster.healthy(count, OLD, AGENT)
    assert play(cluster, True, crashes, crash=True)[-2] == "done"
    play(cluster, False, [], crash=False)
    assert_settled(cluster, cluster.key)


def test_call_that_dies_between_files_and_datastore_is_undone() -> None:
    cluster = Cluster.healthy(3, OLD, AGENT)
    assert play(cluster, True, [0], crash=True)[:2] == ["rotate", "cure"]
    assert_settled(cluster, OLD)


def test_without_the_wish_nothing_begins_and_nothing_changes() -> None:
    cluster = Cluster.healthy(3, OLD, AGENT)
    assert play(cluster, False, [], crash=False)[0] == "done"


def test_call_through_a_stale_peer_is_cured() -> None:
    cluster = Cluster.healthy(3, OLD, AGENT)
    actions = play(cluster, True, [99, 99, 99], crash=False, limit=80)
    assert actions[-2] == "done"
    stale = cluster.servers["node-3"]
    assert stale.passwd is not None
    stale.passwd["server"] = stale.in_force["server"] = "s" * 40  # what the refused call leaves behind
    stale.passwd_time = cluster.clock
    assert play(cluster, False, [], crash=False)[:2] == ["cure", "done"]
    assert_settled(cluster)


def test_peer_down_between_call_and_restart_is_explained_not_guessed() -> None:
    cluster = Cluster.healthy(3, OLD, AGENT)
    for _action in cluster.do(rotation.Step("rotate", "", "node-1"), NEW):
        pass
    cluster.stop(cluster.servers["node-2"])
    step = rotation.next_step({**cluster.look(), "node-2": None}, {}, begin=False)
    assert step.action == "write"
    cluster.servers["node-1"].config["server"] = NEW
    step = rotation.next_step({**cluster.look(), "node-2": None}, {}, begin=False)
    assert step.action == "refuse"
    assert "would not keep the majority" in step.reason


CHANGES: list[tuple[Callable[[Observation], Observation | None], str]] = [
    (lambda _o: None, "was not reached"),
    (lambda o: dataclasses.replace(o, api_ready=False), "is not a healthy voter"),
    (lambda o: dataclasses.replace(o, etcd_healthy=False), "would not keep the majority"),
    (lambda o: dataclasses.replace(o, join_url=None), "has no 'server:'"),
    (lambda o: dataclasses.replace(o, credentials="newer"), "does not know"),
    (lambda o: dataclasses.replace(o, datastore_token=None), "cannot say"),
    (lambda o: dataclasses.replace(o, server_token=TokenState("x", "x", accepted=True)), "different tokens"),
    (lambda o: dataclasses.replace(o, server_token=dataclasses.replace(o.server_token, accepted=False)), "has not restarted"),
    (lambda o: dataclasses.replace(o, server_token=dataclasses.replace(o.server_token, configured="x")), "token file that differs"),
]


@pytest.mark.parametrize(("change", "says"), CHANGES)
def test_obstacles_are_told_apart(change: Callable[[Observation], Observation | None], says: str) -> None:
    looks: dict[str, Observation | None] = dict(Cluster.healthy(3, OLD, AGENT).look())
    assert rotation.obstacles(looks) == []
    seen = looks["node-2"]
    assert seen is not None
    assert says in "; ".join(rotation.obstacles(looks | {"node-2": change(seen)}))


def test_two_voters_and_a_server_left_out_are_refused() -> None:
    assert "would not keep the majority" in "; ".join(rotation.obstacles(Cluster.healthy(2, OLD, AGENT).look()))
    looks = Cluster.healthy(5, OLD, AGENT).look()
    del looks["node-5"]
    assert "more voters than servers" in "; ".join(rotation.obstacles(looks))


def test_agents_files_follow_at_the_end() -> None:
    cluster = Cluster.healthy(1, OLD, AGENT)
    cluster.agents["agent-1"] = "something else that is long enough"
    assert play(cluster, False, [], crash=False)[0] == "agent"
    assert cluster.agents["agent-1"] == AGENT
