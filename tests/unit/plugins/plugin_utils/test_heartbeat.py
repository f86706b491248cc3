# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that beats: whom it watches, and when it ends."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.groundwork.platform.plugins.plugin_utils import _heartbeat


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_heartbeat, "INTERVAL", 0.02)
    monkeypatch.setattr(_heartbeat, "LOOK", 0.01)


def lived(beat: Callable[[], bool], watched: int | None = None) -> None:
    pid = watched or os.getpid()
    _heartbeat.run(pid, _heartbeat.identity(pid), beat)


def test_beats_until_the_lock_is_lost() -> None:
    answers = [True, True, False]
    lived(lambda: answers.pop(0))
    assert answers == []


def test_missed_beats_are_tried_again() -> None:
    beats: list[int] = []

    def beat() -> bool:
        beats.append(1)
        if len(beats) < 3:
            raise AnsibleConnectionFailure("the host restarts")
        return False

    lived(beat)
    assert len(beats) == 3


def test_beat_that_hangs_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_heartbeat, "PATIENCE", 1)
    beats: list[int] = []

    def beat() -> bool:
        beats.append(1)
        if len(beats) == 1:
            monkeypatch.setattr(_heartbeat, "PATIENCE", 60)  # the next one has time, however busy the machine is
            time.sleep(30)
        return False

    lived(beat)
    assert len(beats) == 2


def test_ends_with_the_watched_process() -> None:
    process = subprocess.Popen(["sleep", "60"])
    beats: list[int] = []

    def beat() -> bool:
        beats.append(1)
        if len(beats) == 3:
            process.kill()  # not waited for: a zombie has ended as well
        return True

    lived(beat, process.pid)
    process.wait()
    assert len(beats) >= 3


def test_a_number_that_was_given_anew_is_another_process() -> None:
    mine = _heartbeat.identity(os.getpid())
    assert _heartbeat.alive(os.getpid(), mine)
    assert not _heartbeat.alive(os.getpid(), mine + "0")


def test_only_of_processes_of_this_machine_it_is_said_that_they_have_ended() -> None:
    process = subprocess.Popen(["sleep", "60"])
    name = _heartbeat.identity(process.pid)
    assert not _heartbeat.ended(name)
    process.kill()
    process.wait()
    assert _heartbeat.ended(name)
    assert not _heartbeat.ended("another-boot" + name)
    assert not _heartbeat.ended("nonsense")


def test_holder_names_user_and_controller() -> None:
    assert "@" in _heartbeat.holder()
