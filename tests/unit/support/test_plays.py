# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is killed with a playbook: also Ansible's workers, which have sessions of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.support.plays import family, kill_family

# A worker in a session of its own, with a child; each says its process id once it is there.
WORKER = ["sh", "-c", "sleep 60 & echo $$ $!; wait"]
PLAY = f"import subprocess; subprocess.run({WORKER}, start_new_session=True)"


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
