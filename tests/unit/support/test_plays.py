# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is killed with a playbook: also Ansible's workers, which have sessions of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import typing as t

import pytest

from tests.support import plays
from tests.support.plays import family, kill_family

# A worker in a session of its own, with a child; each says its process id once it is there.
WORKER = ["sh", "-c", "sleep 60 & echo $$ $!; wait"]
PLAY = f"import subprocess; subprocess.run({WORKER}, start_new_session=True)"
# The same, and it starts one more when it is told to.
BUSIER = ["sh", "-c", "sleep 60 & echo $$ $!; read _line; sleep 60 & echo $!; wait"]
BUSY = PLAY.replace(str(WORKER), str(BUSIER))


def test_a_family_has_those_of_other_sessions_too_and_ends_as_a_whole() -> None:
    with subprocess.Popen([sys.executable, "-c", PLAY], stdout=subprocess.PIPE, text=True) as play:
        assert play.stdout is not None
        worker, sleep = map(int, play.stdout.readline().split())
        try:
            assert family(play.pid) == {play.pid, worker, sleep}
            assert os.getsid(worker) != os.getsid(play.pid)
        finally:
            kill_family(play.pid)
        assert play.stdout.read() == ""  # ends only when none of them holds it any more
    assert play.returncode == -signal.SIGKILL


def test_who_is_started_after_the_look_is_killed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[set[int], int]] = []
    look, send = plays.family, plays._send
    with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as play:
        assert play.stdin is not None
        assert play.stdout is not None
        worker, sleep = map(int, play.stdout.readline().split())
        late: list[int] = []

        def overtaken(pid: int) -> set[int]:
            found = look(pid)
            if not late:
                print(file=play.stdin, flush=True)
                late.append(int(t.cast("t.IO[str]", play.stdout).readline()))
            return found

        def noted(pids: t.Iterable[int], number: signal.Signals) -> None:
            sent.append((set(pids), number))
            send(pids, number)

        monkeypatch.setattr(plays, "family", overtaken)
        monkeypatch.setattr(plays, "_send", noted)
        kill_family(play.pid)
        assert sent[-1] == ({play.pid, worker, sleep, *late}, signal.SIGKILL)
        assert play.stdout.read() == ""
    assert play.returncode == -signal.SIGKILL
