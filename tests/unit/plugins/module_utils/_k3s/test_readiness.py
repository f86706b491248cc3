# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a waiting person is told, and when waiting is useless."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import readiness
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation

READY = Observation(
    node_name="node-1",
    architecture="amd64",
    unit_state="active",
    started_at=100.0,
    member_name="node-1-0123abcd",
    members=(Member("node-1-0123abcd", (), learner=False),),
    etcd_healthy=True,
    api_ready=True,
    node_ready=True,
)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"unit_state": "activating", "unit_restarts": 2}, "activating after 2 restarts"),
        ({"members": None}, "does not answer"),
        ({"members": ()}, "not in etcd's member list"),
        ({"members": (Member("node-1-0123abcd", (), learner=True),)}, "learner"),
        ({"etcd_healthy": False}, "linearizable"),
        ({"api_ready": False}, "API server"),
        ({"node_ready": None}, "not registered"),
        ({"node_ready": False, "node_message": "cni plugin not initialized"}, "cni plugin not initialized"),
    ],
)
def test_first_thing_lacking_is_named(change: dict[str, Any], says: str) -> None:
    lacking = readiness.lacking(dataclasses.replace(READY, **change), "node_ready")
    assert lacking is not None
    assert says in lacking


def test_conditions_ask_for_more_and_more() -> None:
    assert [readiness.lacking(READY, condition) for condition in readiness.CONDITIONS] == [None, None, None]
    without_node = dataclasses.replace(READY, node_ready=None)
    assert readiness.lacking(without_node, "member") is None
    assert readiness.lacking(dataclasses.replace(without_node, etcd_healthy=False), "running") is None


def test_old_process_does_not_count_as_restarted() -> None:
    assert readiness.lacking(READY, "member", started_after=100.0) == "the service has not been restarted yet"
    assert readiness.lacking(READY, "member", started_after=99.9) is None


def test_looping_unit_is_hopeless_and_says_why() -> None:
    looping = dataclasses.replace(READY, unit_state="activating", unit_restarts=4, last_error="not authorized")
    assert "not authorized" in (readiness.hopeless(looping, 3) or "")
    assert readiness.hopeless(looping, 4) is None
    assert readiness.hopeless(dataclasses.replace(looping, unit_state="active"), 3) is None
    assert readiness.hopeless(dataclasses.replace(looping, unit_state="deactivating"), 3) is None


@pytest.mark.parametrize(
    ("change", "now", "says"),
    [
        ({"unit_state": "deactivating"}, 1000.0, "deactivating"),
        ({"unit_state": "activating"}, 130.0, "activating"),
        ({"unit_state": "activating", "started_at": None}, 130.0, "activating"),
        ({"api_ready": False}, 130.0, "API server"),
        ({"members": None}, 130.0, "does not answer"),
    ],
)
def test_a_start_is_waited_for(change: dict[str, Any], now: float, says: str) -> None:
    assert says in (readiness.settling(dataclasses.replace(READY, **change), now) or "")


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({}, 130.0),
        ({"unit_state": "activating"}, 161.0),
        ({"api_ready": False}, 161.0),
        ({"unit_state": "inactive", "api_ready": False}, 130.0),
        ({"unit_state": "failed", "api_ready": False}, 130.0),
        ({"unit_state": "absent", "api_ready": False}, 130.0),
    ],
)
def test_what_stands_still_or_got_stuck_is_not_waited_for(change: dict[str, Any], now: float) -> None:
    assert readiness.settling(dataclasses.replace(READY, **change), now) is None


def test_an_agent_has_settled_when_its_unit_is_active() -> None:
    assert readiness.settling(dataclasses.replace(READY, members=None), 130.0, server=False) is None


def test_a_certificate_that_has_ended_is_hopeless_without_a_start() -> None:
    ended = Observation("node-1", "amd64", unit_state="active", certificates=(Certificate("/x.crt", "CN=x", "1", 0, 100),))
    assert "/x.crt has ended" in (readiness.hopeless(ended, 3, now=101) or "")
    assert readiness.hopeless(ended, 3, now=99) is None
    assert readiness.hopeless(dataclasses.replace(ended, unit_state="activating"), 3, now=101) is None


def test_restarts_of_a_process_that_is_being_stopped_do_not_count() -> None:
    """Restarted on purpose after it had ended often: systemd counts anew with the next start."""
    stopping = Observation("node-1", "amd64", unit_state="deactivating", unit_restarts=5)
    assert readiness.hopeless(stopping, 3) is None
