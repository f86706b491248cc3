# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process on the controller that lives as long as ansible-playbook does, and does one small thing at intervals.

Ansible runs each task in a worker that ends with it, so nothing that a task starts in its own process goes on. The child
made here is forked twice and holds none of the worker's files: no pipe of the play stays open because of it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.utils.display import Display

#: Seconds between two beats, between two looks at the process that is watched, and for one beat at most.
INTERVAL = 15.0
LOOK = 1.0
PATIENCE = 20


def holder() -> str:
    """User and controller, for people."""
    return f"{os.environ.get('SUDO_USER') or getpass.getuser()}@{socket.gethostname()}"


def identity(pid: int) -> str:
    """Names one process for good: this boot, this namespace of processes, its number, its start."""
    boot = _text(Path("/proc/sys/kernel/random/boot_id"))
    with contextlib.suppress(OSError):
        boot += f".{Path('/proc/self/ns/pid').stat().st_ino}"
    return f"{boot}:{pid}:{_started(pid)}"


def ended(name: str) -> bool:
    """Whether that process is known to have ended: only of processes of this very machine that can be said."""
    _machine, _colon, process = name.partition(":")
    number = process.partition(":")[0]
    same = name.partition(":")[0] == identity(os.getpid()).partition(":")[0]
    return same and number.isdigit() and not alive(int(number), name)


def alive(pid: int, name: str) -> bool:
    """Whether this process still is the one of that name; a number that was given anew is another process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return identity(pid) == name


def _started(pid: int) -> str:
    """Start in ticks since the boot; of a zombie, which has ended, and without /proc, nothing."""
    fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def start(watched: int, beat: Callable[[], bool]) -> None:
    """Fork a process that calls ``beat`` until it returns False or the watched process has ended; returns at once."""
    name = identity(watched)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork() == 0:
            _let_go()
            run(watched, name, beat)
    finally:
        os._exit(0)


def _let_go() -> None:
    """Let go of the worker's pipes, logs and queue, and become a process of its own in the eyes of signals.

    Files are turned into /dev/null rather than closed: their numbers must not come back as somebody's pipe.
    """
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        with contextlib.suppress(OSError):
            os.dup2(null, number)
    nowhere: Any = None
    Display().set_queue(nowhere)  # what it has to say would go to the worker's queue


def run(watched: int, name: str, beat: Callable[[], bool]) -> None:
    """The child's life; a beat that fails or hangs is missed, and the next one is tried."""
    signal.signal(signal.SIGALRM, _too_long)
    due = time.monotonic() + INTERVAL
    while alive(watched, name):
        time.sleep(LOOK)
        if time.monotonic() < due:
            continue
        due = time.monotonic() + INTERVAL
        signal.alarm(PATIENCE)
        try:
            if not beat():
                return
        except (AnsibleError, OSError):  # a host that restarts, a connection that breaks: the lock expires if it lasts
            continue
        finally:
            signal.alarm(0)


def _too_long(_number: int, _frame: object) -> None:
    raise TimeoutError
