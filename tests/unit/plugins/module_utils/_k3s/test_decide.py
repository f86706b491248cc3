# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next step of one server: every row that must never be wrong, and invariants over all observations."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import decide, quorum
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation, from_dict, to_dict
from hypothesis import given
from hypothesis import strategies as st

NAMES = ("node-1", "node-2", "node-3")
CA, OTHER_CA = "a" * 64, "b" * 64


def empty(name: str, **changes: Any) -> Observation:
    return dataclasses.replace(Observation(node_name=name, architecture="amd64"), **changes)


def members(*names: str, learners: tuple[str, ...] = ()) -> tuple[Member, ...]:
    return tuple(Member(f"{name}-0123abcd", (f"https://{name}:2380",), name in learners) for name in names)


def voter(name: str, *others: str, **changes: Any) -> Observation:
    running = empty(
        name,
        unit_state="active",
        has_etcd=True,
        member_name=f"{name}-0123abcd",
        ca_hash=CA,
        members=members(name, *others),
        etcd_healthy=True,
        api_ready=True,
    )
    return dataclasses.replace(running, **changes)


def three(**changes: Observation | None) -> dict[str, Observation | None]:
    all_healthy: dict[str, Observation | None] = {name: voter(name, *(n for n in NAMES if n != name)) for name in NAMES}
    return all_healthy | {key.replace("_", "-"): value for key, value in changes.items()}


def step(name: str, servers: Mapping[str, Observation | None]) -> tuple[str, str | None]:
    result = decide.next_step(name, servers)
    return result.action, result.via


def test_empty_environment_is_founded_by_any_server() -> None:
    servers: dict[str, Observation | None] = {name: empty(name) for name in NAMES}
    assert {step(name, servers)[0] for name in NAMES} == {decide.FOUND}


def test_nothing_is_founded_while_a_server_is_out_of_reach() -> None:
    result = decide.next_step("node-1", {"node-1": empty("node-1"), "node-2": None, "node-3": empty("node-3")})
    assert result.action == decide.REFUSE
    assert "node-2 was not reached" in result.reason


def test_nothing_is_founded_beside_data_that_sleep() -> None:
    servers = three(node_1=empty("node-1"), node_2=voter("node-2", unit_state="inactive", members=None), node_3=empty("node-3"))
    assert step("node-1", servers)[0] == decide.REFUSE
    assert step("node-2", servers)[0] == decide.START


def test_rebuilt_first_server_joins_through_a_healthy_one() -> None:
    pair = ("node-2", "node-3")
    servers = {"node-1": empty("node-1"), "node-2": voter("node-2", "node-3", api_ready=False), "node-3": voter(*reversed(pair))}
    assert step("node-1", servers) == (decide.JOIN, "node-3")


def test_rebuilt_server_waits_until_its_old_member_is_removed() -> None:
    result = decide.next_step("node-1", three(node_1=empty("node-1")))
    assert result.action == decide.REFUSE
    assert "remove.yml -e node=node-1" in result.reason


def test_interrupted_join_goes_on() -> None:
    assert step("node-1", three(node_1=empty("node-1", unit_state="activating")))[0] == decide.JOIN


def test_nobody_joins_without_quorum() -> None:
    down = voter("node-2", unit_state="inactive", members=None, etcd_healthy=False)
    alone = voter("node-3", "node-2", "node-4")
    assert step("node-1", {"node-1": empty("node-1"), "node-2": down, "node-3": alone})[0] == decide.REFUSE


def test_restart_only_while_the_others_hold_the_majority() -> None:
    changed = three(node_1=voter("node-1", "node-2", "node-3", changed_since_start=("/etc/rancher/k3s/config.yaml",)))
    assert step("node-1", changed)[0] == decide.RESTART
    assert step("node-1", changed | {"node-2": None})[0] == decide.BLOCKED
    assert step("node-2", changed)[0] == decide.NONE


def test_single_server_may_restart() -> None:
    alone = voter("node-1", changed_since_start=("/usr/local/bin/k3s",))
    assert step("node-1", {"node-1": alone})[0] == decide.RESTART


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"foreign_listener": "nginx (pid 7)"}, "port 6443"),
        ({"has_sqlite": True}, "SQLite"),
        ({"has_reset_flag": True}, "cluster-reset"),
        ({"has_etcd": True, "member_name": "template-0123abcd"}, "copied disk image"),
        ({"has_etcd": True, "member_name": "node-3-0123abcd", "ca_hash": OTHER_CA}, "another cluster"),
        ({"ca_hash": OTHER_CA}, "another cluster"),
    ],
)
def test_faults_are_told_apart(fault: dict[str, Any], says: str) -> None:
    result = decide.next_step("node-3", three(node_3=empty("node-3", **fault)))
    assert result.action == decide.REFUSE
    assert says in result.reason


def test_healthy_members_are_not_blamed_for_a_foreign_host() -> None:
    servers = three(node_3=empty("node-3", has_etcd=True, member_name="node-3-0123abcd", ca_hash=OTHER_CA))
    assert step("node-1", servers)[0] == decide.NONE


def test_two_living_clusters_are_refused_on_both_sides() -> None:
    servers = three(node_3=voter("node-3", ca_hash=OTHER_CA))
    assert {step(name, servers)[0] for name in NAMES} == {decide.REFUSE}


def sleeping(name: str, **changes: Any) -> Observation:
    """A stopped member that knew of others."""
    return voter(name, unit_state="inactive", members=None, etcd_healthy=False, api_ready=False, join_url="https://192.0.2.9:6443", **changes)


def test_a_member_that_was_removed_while_it_was_down() -> None:
    result = decide.next_step("node-3", {"node-1": voter("node-1", "node-2"), "node-2": voter("node-2", "node-1"), "node-3": sleeping("node-3")})
    assert result.action == decide.REFUSE
    assert "was removed from the cluster while it was down" in result.reason
    assert "remove.yml -e node=node-3" in result.reason


def test_a_member_that_is_still_listed_is_started() -> None:
    assert step("node-3", three(node_3=sleeping("node-3")))[0] == decide.START


def test_quorum_lost_for_good_is_explained_and_nothing_is_tried() -> None:
    result = decide.next_step("node-1", {"node-1": sleeping("node-1"), "node-2": empty("node-2"), "node-3": empty("node-3")})
    assert result.action == decide.REFUSE
    assert "quorum is lost for good: only node-1 of 3 servers" in result.reason
    assert "restore.yml" in result.reason


def test_running_without_quorum_is_no_reason_to_wait() -> None:
    alone = sleeping("node-1", unit_restarts=4)
    result = decide.next_step("node-1", {"node-1": dataclasses.replace(alone, unit_state="activating"), "node-2": empty("node-2"), "node-3": empty("node-3")})
    assert result.action == decide.REFUSE


def test_quorum_that_may_come_back_names_who_is_missing() -> None:
    result = decide.next_step("node-1", {"node-1": sleeping("node-1"), "node-2": None, "node-3": empty("node-3")})
    assert result.action == decide.REFUSE
    assert "bring up node-2 first" in result.reason


def test_after_a_power_cut_every_member_is_started() -> None:
    servers: dict[str, Observation | None] = {name: sleeping(name) for name in NAMES}
    assert {step(name, servers)[0] for name in NAMES} == {decide.START}
    assert step("node-1", servers | {"node-3": None})[0] == decide.START


def test_an_interrupted_founding_goes_on() -> None:
    founder = dataclasses.replace(sleeping("node-1"), join_url=None)
    assert step("node-1", {"node-1": founder, "node-2": empty("node-2"), "node-3": empty("node-3")})[0] == decide.START


OBSERVATIONS = st.sampled_from(NAMES).flatmap(
    lambda name: st.builds(
        Observation,
        node_name=st.just(name),
        architecture=st.just("amd64"),
        unit_state=st.sampled_from(["absent", "inactive", "activating", "active", "failed"]),
        changed_since_start=st.sampled_from([(), ("/etc/rancher/k3s/config.yaml",)]),
        has_etcd=st.booleans(),
        has_sqlite=st.booleans(),
        member_name=st.sampled_from([None, *(f"{n}-0123abcd" for n in NAMES)]),
        ca_hash=st.sampled_from([None, CA, OTHER_CA]),
        members=st.sampled_from([None, members("node-1"), members(*NAMES), members(*NAMES, learners=("node-3",))]),
        etcd_healthy=st.booleans(),
        api_ready=st.booleans(),
    )
)


@given(st.lists(st.none() | OBSERVATIONS, min_size=3, max_size=3), st.sampled_from(NAMES))
def test_no_step_ever_costs_the_majority_or_makes_a_second_cluster(seen: list[Observation | None], name: str) -> None:
    servers = {key: None if o is None else dataclasses.replace(o, node_name=key) for key, o in zip(NAMES, seen, strict=True)}
    result = decide.next_step(name, servers)
    reached = [o for o in servers.values() if o is not None]
    me = servers[name]
    if result.action == decide.RESTART and me is not None and me.votes:
        assert quorum.survives_without(name, reached)
    if result.action == decide.FOUND:
        assert len(reached) == 3
        assert not any(o.has_data for o in reached)
    if result.action == decide.JOIN:
        assert result.via is not None
        via = servers[result.via]
        assert via is not None
        assert via.healthy
        assert result.via != name
    assert result.reason


@given(OBSERVATIONS)
def test_observation_survives_the_way_through_ansible(seen: Observation) -> None:
    assert from_dict(to_dict(seen) | {"ansible_facts": {}}) == seen


@given(st.integers(1, 9), st.integers(1, 9))
def test_two_majorities_always_share_a_voter(voters: int, other: int) -> None:
    assert 2 * quorum.majority(voters) > voters
    assert (quorum.majority(voters) <= quorum.majority(other)) or voters > other


def test_learners_do_not_count() -> None:
    learner = voter("node-3", "node-1", members=members("node-1", "node-3", learners=("node-3",)))
    first = voter("node-1", "node-3", members=members("node-1", "node-3", learners=("node-3",)))
    assert not learner.votes
    assert quorum.voter_count([first, learner]) == 1


SERVERS = [{"name": name, "address": f"192.0.2.{n}"} for n, name in enumerate(NAMES, 1)]


def test_join_url_keeps_what_names_another_server() -> None:
    assert decide.join_url("node-1", None, SERVERS) == "https://192.0.2.2:6443"
    assert decide.join_url("node-1", "https://192.0.2.3:6443", SERVERS) == "https://192.0.2.3:6443"
    assert decide.join_url("node-1", "https://192.0.2.1:6443", SERVERS) == "https://192.0.2.2:6443"
    assert decide.join_url("node-1", None, SERVERS[:1]) is None
