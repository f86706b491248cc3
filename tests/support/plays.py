# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks as a user runs them on the management machine, where a test needs no hosts; and runs of them that are killed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError

from tests.support.background import repeated

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Played:
    """How a playbook ended: its status, below zero when it was killed, and everything that it said."""

    status: int
    output: str

    @property
    def said(self) -> str:
        """The same with single blanks, so that folded lines do not matter."""
        return " ".join(self.output.split())

    @property
    def tail(self) -> str:
        """The end of it, for people."""
        return self.output[-3000:]


def family(pid: int) -> set[int]:
    """A process, what it has started, and so on."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            parents[int(stat.parent.name)] = int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    found, new = {pid}, {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def kill_family(pid: int) -> None:
    """End it at once: Ansible's workers have sessions of their own, a signal to the group would leave the task at work that is being interrupted.

    All are stopped before the first is killed: one that still runs could start another after the look, which nobody would find any more.
    """
    stopped: set[int] = set()
    while new := family(pid) - stopped:
        _send(new, signal.SIGSTOP)
        stopped |= new
    _send(stopped, signal.SIGKILL)


def _send(pids: t.Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
            os.kill(pid, number)


def play(playbook: Path, inventory: Path, *arguments: str, kill_at: str = "", kill_after: float = 0, kill_when: t.Callable[[], bool] | None = None) -> Played:
    """Run it in the inventory's folder.

    With ``kill_at`` it and everything that it started get SIGKILL ``kill_after`` seconds after that task has begun; with ``kill_when`` as soon as that is
    true, which is looked at ten times a second.
    """
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"}
    argv = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook), "-i", str(inventory), *arguments]
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=inventory.parent,
        start_new_session=True,
    )

    def look() -> None:
        if kill_when is not None and process.poll() is None and kill_when():
            kill_family(process.pid)

    lines = []
    with repeated(look, 0.1, KubeError):
        for line in process.stdout or ():
            lines.append(line)
            if kill_at and line.startswith(f"TASK [{kill_at}]"):
                time.sleep(kill_after)
                kill_family(process.pid)
        status = process.wait()
    return Played(status, "".join(lines))
