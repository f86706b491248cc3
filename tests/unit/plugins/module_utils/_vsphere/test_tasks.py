# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for many tasks: what ends at once costs one look, what hangs is told, what ends late is followed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import properties, tasks
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session
from pyVmomi import vim

RUNNING, DONE = {"info.state": "running"}, {"info.state": "success"}


class Clock:
    """Time passes by sleeping and by waiting for updates only."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


class Collector:
    """Tells updates one by one, each after a silent round."""

    def __init__(self, clock: Clock, updates: Iterator[Any]) -> None:
        self.clock, self.updates, self.calls = clock, updates, 0

    def follow(self, _spec: Any, _partial: bool) -> None:
        self.calls += 1

    def wait(self, _version: str, _options: Any) -> Any:
        self.calls += 1
        self.clock.sleep(tasks.ROUND_SECONDS)
        return next(self.updates)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(tasks, "time", found)
    return found


def session(monkeypatch: pytest.MonkeyPatch, looks: list[dict[str, dict[str, Any]]], collector: Collector | None = None) -> Session:
    answers = iter(looks)
    monkeypatch.setattr(properties, "values", lambda *_arguments: next(answers))
    found = Session(Access("vc", "vc.example.test", "ansible", "secret"), read_only=False)
    if collector:
        found.collector = SimpleNamespace(CreateFilter=collector.follow, WaitForUpdatesEx=collector.wait)
    return found


def task(moid: str) -> Any:
    return vim.Task(moid)


def update(moid: str, state: str) -> Any:
    change = SimpleNamespace(name="info.state", val=state)
    return SimpleNamespace(version="1", filterSet=[SimpleNamespace(objectSet=[SimpleNamespace(obj=task(moid), changeSet=[change])])])


def test_tasks_that_end_at_once_cost_one_look(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    ended = tasks.wait_tasks(session(monkeypatch, [{"task-1": DONE, "task-2": DONE}]), {"a": task("task-1"), "b": task("task-2")})
    assert ended == ({"a": "", "b": ""}, {}, set())
    assert clock.now == tasks.LOOKS[0]


def test_one_that_ends_late_is_followed(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    collector = Collector(clock, iter([None, update("task-9", "error"), update("task-1", "success")]))
    looks = [{"task-1": RUNNING}] * len(tasks.LOOKS)
    assert tasks.wait_tasks(session(monkeypatch, looks, collector), {"a": task("task-1")}) == ({"a": ""}, {}, set())
    assert collector.calls == 4, "somebody else's task is passed over"


def test_one_that_hangs_is_told_after_an_hour_and_left_alone(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    collector = Collector(clock, itertools.repeat(None))
    looks = [{"task-1": RUNNING, "task-2": DONE}] * len(tasks.LOOKS)
    ended = tasks.wait_tasks(session(monkeypatch, looks, collector), {"a": task("task-1"), "b": task("task-2")})
    assert ended == ({"b": ""}, {"a": "still running after 3600 seconds"}, {"a"})
    assert tasks.TASK_SECONDS <= clock.now <= tasks.TASK_SECONDS + tasks.ROUND_SECONDS


def test_nothing_to_wait_for_costs_nothing(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    assert tasks.wait_tasks(session(monkeypatch, []), {}) == ({}, {}, set())
    assert clock.now == 0
