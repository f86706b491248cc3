# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting: progress, success, giving up early, running out of time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.playbook.task import Task
from ansible_collections.groundwork.platform.plugins.action import k3s_node_info as action

LACKING = {"changed": False, "k3s": {"last_error": None}, "lacking": "etcd still counts this server as a learner", "hopeless": None}
MET = {"changed": False, "k3s": {"last_error": None}, "lacking": None, "hopeless": None}
LOOPING = {"changed": False, "k3s": {"last_error": "not authorized"}, "lacking": "the service is activating", "hopeless": "K3s keeps ending"}


class Waiter(action.ActionModule):
    """The plugin with recorded looks in place of a host."""

    def __init__(self, arguments: dict[str, Any], looks: list[dict[str, Any]]) -> None:
        self._task = Task.load({"groundwork.platform.k3s_node_info": {"node_name": "node-1", **arguments}})
        self.looks = looks
        self.asked: list[dict[str, Any] | None] = []

    def _look(self, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        self.asked.append(task_vars)
        return self.looks.pop(0)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    clock = iter(range(0, 10_000, 5))
    lines: list[str] = []
    monkeypatch.setattr(action, "time", SimpleNamespace(monotonic=lambda: float(next(clock)), sleep=lambda _seconds: None))
    monkeypatch.setattr(action.display, "display", lines.append)
    return lines


def test_waits_and_says_what_for(said: list[str]) -> None:
    result = Waiter({"wait_for": "member"}, [LACKING, LACKING, LACKING, MET])._wait({})
    assert not result.get("failed")
    assert "lacking" not in result
    assert said[0].startswith("waiting for node-1, 5 s of 300 s, last seen: etcd still counts")


def test_gives_up_at_once_when_k3s_keeps_ending(said: list[str]) -> None:
    result = Waiter({"wait_for": "member"}, [LACKING, LOOPING])._wait({})
    assert result["failed"]
    assert "K3s keeps ending; K3s says: not authorized" in result["msg"]
    assert len(said) == 1


def test_runs_out_of_time_with_the_last_state(said: list[str]) -> None:
    result = Waiter({"wait_for": "member", "timeout": 20}, [LACKING] * 20)._wait({})
    assert result["failed"]
    assert "learner (waited" in result["msg"]
    assert said


@pytest.mark.parametrize("looks", [[LACKING, LOOPING], [LACKING] * 20])
def test_a_look_at_what_does_not_settle_is_no_failure(said: list[str], looks: list[dict[str, Any]]) -> None:
    result = Waiter({"wait_for": "settled", "timeout": 20}, list(looks))._wait({})
    assert not result.get("failed")
    assert result["k3s"] == looks[-1]["k3s"]
    assert said


def test_unreachable_host_is_handed_on(said: list[str]) -> None:
    result = Waiter({"wait_for": "member"}, [{"unreachable": True, "msg": "no route"}])._wait({})
    assert result == {"unreachable": True, "msg": "no route"}
    assert not said
