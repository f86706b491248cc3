# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host a running playbook works on, from its output; and that nothing of one that was killed goes on."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path

import pytest

from tests.support import twin
from tests.support.twin import Twin, last_named

BEFORE = "ok: [node-1]\nchanged: [node-2]\n"


@pytest.mark.parametrize(
    ("lines", "host"),
    [
        ("", "node-2"),
        ("skipping: [node-3]\n\nTASK [k3s : Restart K3s] ****\n", "node-3"),
        ("ok: [node-3 -> node-1(192.0.2.1)]\n", "node-3"),
        ("included: /roles/k3s/tasks/restart_now.yml for node-1\n", "node-1"),
        ("waiting for node-3, 5 s of 300 s\n    msg: node-3 votes\n", "node-2"),
    ],
)
def test_the_last_result_names_it(lines: str, host: str) -> None:
    assert last_named(BEFORE + lines) == host


def test_nothing_of_a_run_that_was_killed_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible's workers have sessions of their own. This one holds a pipe until it ends."""
    lab, pipe = tmp_path / "lab", tmp_path / "pipe"
    lab.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift; "$@"\n')
    lab.chmod(0o755)
    os.mkfifo(pipe)
    monkeypatch.setattr(twin, "LAB", str(lab))
    with pipe.open("r+b", buffering=0):  # so that the worker can open it
        done = Twin("none").shell("sh", "-c", f"setsid sh -c 'exec 9>{pipe}; echo works; sleep 60; echo on >&9' & wait", kill_at="works")
        assert done == (-signal.SIGKILL, "works\n")
        held = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([held], [], [], 30)[0], "the worker holds it still"
        assert os.read(held, 9) == b""
    finally:
        os.close(held)
