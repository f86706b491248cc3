# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is told to the module, when a dead run is taken over, and when the heart begins to beat."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible_collections.groundwork.platform.plugins.action import k3s_operation_lock as action
from ansible_collections.groundwork.platform.plugins.plugin_utils import _heartbeat

TAKEN = {"changed": True, "kept": False, "age": 0.0}
HELD = {"changed": False, "msg": "held", "held_by": {"holder": "me@here", "run": "gone"}}


class Locker(action.ActionModule):
    """The plugin with recorded answers in place of a host."""

    def __init__(self, answers: list[dict[str, Any]], check: bool = False, **arguments: Any) -> None:
        self._task = Task.load({"groundwork.platform.k3s_operation_lock": {"path": "/run/it's.json", **arguments}})
        self._task.check_mode = check
        self.answers = answers
        self.asked: list[dict[str, str]] = []
        self.said = "beats\n"
        self.commands: list[str] = []

    def _module(self, more: dict[str, str], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        assert task_vars == {}
        self.asked.append(more)
        return self.answers.pop(0)

    def _low_level_execute_command(self, cmd: str, *_settings: Any, **_more: Any) -> dict[str, Any]:
        self.commands.append(cmd)
        return {"stdout": self.said}


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], bool]]:
    started: list[Callable[[], bool]] = []
    monkeypatch.setattr(ActionBase, "run", lambda *_arguments: {})
    monkeypatch.setattr(_heartbeat, "start", lambda _pid, beat: started.append(beat))
    monkeypatch.setattr(_heartbeat, "holder", lambda: "me@here")
    monkeypatch.setattr(_heartbeat, "ended", lambda run: run == "gone")
    return started


def test_taken_lock_beats_and_the_answer_is_plain(beats: list[Callable[[], bool]]) -> None:
    locker = Locker([TAKEN])
    assert locker.run(None, {}) == {"changed": True}
    assert locker.asked[0]["run"] == _heartbeat.identity(os.getppid())
    assert beats[0]()
    assert "'/run/it'\"'\"'s.json'" in locker.commands[0]
    locker.said = "lost\n"
    assert not beats[0]()


@pytest.mark.parametrize(("age", "started"), [(1.0, 0), (31.0, 1)])
def test_kept_lock_beats_again_only_if_its_heart_has_stopped(beats: list[Callable[[], bool]], age: float, started: int) -> None:
    Locker([{"changed": False, "kept": True, "age": age}]).run(None, {})
    assert len(beats) == started


def test_own_run_that_has_ended_is_taken_over(beats: list[Callable[[], bool]]) -> None:
    locker = Locker([HELD, TAKEN])
    assert locker.run(None, {})["changed"]
    assert locker.asked[1]["over"] == "gone"
    assert len(beats) == 1


@pytest.mark.parametrize("holder", [{"holder": "me@here", "run": "alive"}, {"holder": "you@there", "run": "gone"}])
def test_nobody_elses_and_no_living_run_is_taken_over(beats: list[Callable[[], bool]], holder: dict[str, str]) -> None:
    locker = Locker([HELD | {"held_by": holder}])
    assert locker.run(None, {})["msg"] == "held"
    assert beats == []


def test_no_heart_in_check_mode_and_after_giving_back(beats: list[Callable[[], bool]]) -> None:
    Locker([TAKEN], check=True).run(None, {})
    Locker([{"changed": True}], state="absent").run(None, {})
    assert beats == []
