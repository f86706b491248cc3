# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change of the agents' token (k3s-contract 3.4 c), and the way out of its trap."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import agent_rotation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._k3s.k3s_model import Cluster

SERVER, OLD, NEW = "s" * 40, "o" * 40, "n" * 40


def play(cluster: Cluster, change: bool, kills: list[int], crash: bool = False) -> list[str]:
    interruptions, actions = iter(kills), list[str]()
    for _round in range(80):
        cluster.clock += 10
        cluster.systemd()
        known = any(NEW in (s.config["node"], s.in_force["node"]) for s in cluster.servers.values())
        step = agent_rotation.next_step(cluster.look(), cluster.look_at_agents(), change, begin=change and not known)
        if step.action in ("done", "refuse"):
            return [*actions, step.action, step.reason]
        actions.append(step.action)
        left = next(interruptions, 99)
        doing = cluster.do_agent(step, NEW)
        for number, _action in enumerate(doing):
            cluster.clock += 5
            assert len(cluster.servers) == 1 or crash or cluster.up >= cluster.majority
            if number == left:
                if crash and step.host in cluster.servers:
                    cluster.stop(cluster.servers[step.host])
                elif step.action == "renew":
                    list(doing)  # the server finishes a request whose sender has gone
                break
    raise AssertionError(f"no end: {actions}")


def assert_settled(cluster: Cluster, agent: str) -> None:
    for server in cluster.servers.values():
        assert server.running == server.config == server.passwd == cluster.stored == {"server": SERVER, "node": agent}
    for _restart in range(2):  # the second one is the fatal one
        for server in cluster.servers.values():
            cluster.stop(server)
            cluster.clock += 60
            cluster.start(server)
    assert set(cluster.agents.values()) == {agent}


@pytest.mark.parametrize("count", [1, 3])
def test_order_of_an_undisturbed_change(count: int) -> None:
    cluster = Cluster.healthy(count, SERVER, OLD)
    assert play(cluster, True, [])[:-1] == ["new", "restart", "renew", *["write", "restart"] * (count - 1), "agent", "done"]
    assert_settled(cluster, NEW)


@settings(max_examples=100)
@given(st.sampled_from([1, 3, 5]), st.lists(st.integers(0, 4), max_size=12))
def test_a_killed_play_is_finished_by_the_next_and_no_planned_start_fails(count: int, kills: list[int]) -> None:
    cluster = Cluster.healthy(count, SERVER, OLD)
    assert play(cluster, True, kills)[-2] == "done"
    assert_settled(cluster, NEW)


@settings(max_examples=100)
@given(st.sampled_from([1, 3, 5]), st.lists(st.integers(0, 4), max_size=12))
def test_a_host_that_dies_while_it_is_worked_on_recovers(count: int, crashes: list[int]) -> None:
    cluster = Cluster.healthy(count, SERVER, OLD)
    assert play(cluster, True, crashes, crash=True)[-2] == "done"
    assert_settled(cluster, NEW)


def restarted_with(cluster: Cluster, agent: str, *names: str, twice: bool = False) -> Cluster:
    """What an operator does who follows K3s's documentation."""
    for name in names:
        server = cluster.servers[name]
        server.config["node"] = agent
        for _start in range(2 if twice else 1):
            cluster.stop(server)
            cluster.clock += 60
            cluster.systemd()
    return cluster


@pytest.mark.parametrize("twice", [False, True])
def test_server_that_joined_with_another_agent_token_is_led_back(twice: bool) -> None:
    cluster = restarted_with(Cluster.healthy(3, SERVER, OLD), NEW, "node-2", twice=twice)
    assert (cluster.servers["node-2"].running is None) is twice
    assert play(cluster, False, [])[:3] == ["write", "cure", "done"]
    assert_settled(cluster, OLD)


def test_change_by_configuration_on_all_servers_is_completed_before_the_fatal_start() -> None:
    names = ("node-1", "node-2", "node-3")
    cluster = restarted_with(Cluster.healthy(3, SERVER, OLD), NEW, *names)
    assert play(cluster, False, [])[0] == "renew"
    assert_settled(cluster, NEW)


def test_single_server_after_the_fatal_start() -> None:
    cluster = restarted_with(Cluster.healthy(1, SERVER, OLD), NEW, "node-1", twice=True)
    assert play(cluster, False, [])[:2] == ["cure", "renew"]
    assert_settled(cluster, NEW)


def test_servers_token_comes_first() -> None:
    cluster = Cluster.healthy(3, SERVER, OLD)
    cluster.servers["node-2"].config["server"] = "x" * 40
    step = agent_rotation.next_step(cluster.look(), {}, change=True, begin=True)
    assert step.action == "refuse"
    assert "finish it first" in step.reason
    assert agent_rotation.next_step({**cluster.look(), "node-3": None}, {}, change=True).reason == "node-3 was not reached"
