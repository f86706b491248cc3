# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is killed with a playbook: also Ansible's workers, which have sessions of their own."""

from __future__ import annotations

import os
import signal
import subprocess

from tests.support.plays import family


def test_a_family_has_those_of_other_sessions_too() -> None:
    with subprocess.Popen(["sh", "-c", "setsid sh -c 'sleep 60 & wait' & echo; wait"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found: set[int] = set()
        while len(found) < 3:  # the shell, that of another session, and its sleep; some shells fork once more
            found = family(process.pid)
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    assert os.getpid() not in found
