# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may work on an environment: a file on each server that names its holder (pure decisions, and the file).

The time of the last heartbeat is the file's modification time, written and read by the server's own clock, so the clocks
of two controllers do not matter. /run is empty after a boot: a lock never outlives its server's power cut.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

#: Seconds after its last heartbeat at which a lock no longer counts.
EXPIRES = 60.0
TAKE, KEEP, REFUSE = "take", "keep", "refuse"


@dataclass(frozen=True)
class Lock:
    """What the file says. ``run`` names one process on one controller; ``since`` is for people."""

    holder: str
    operation: str
    run: str
    since: str


def read(text: str) -> Lock | None:
    """None for a text that is no lock: a file cut short by a full disk must not lock an environment for ever."""
    try:
        plain = json.loads(text)
        return Lock(**{field.name: str(plain[field.name]) for field in dataclasses.fields(Lock)})
    except (ValueError, KeyError, TypeError):
        return None


def decide(found: Lock | None, age: float, wanted: Lock, over: str = "") -> str:
    """Take, keep or refuse. ``age``: seconds since the last heartbeat; ``over``: a run that its holder knows to have ended."""
    if found is None:
        return TAKE
    if found.run == wanted.run:
        return KEEP
    gone = found.holder == wanted.holder and found.run == over
    return TAKE if gone or age > EXPIRES else REFUSE


def refusal(found: Lock, age: float) -> str:
    """What the one who has to wait is told."""
    left = max(1, int(EXPIRES - age) + 1)
    return (
        f"{found.holder} has been working on this environment since {found.since} ({found.operation}), last heartbeat {max(0, int(age))} s ago; "
        f"wait until that has ended. If it was broken off, the lock ends {left} s from now"
    )


def acquire(path: Path, wanted: Lock, now: float, over: str = "", dry: bool = False) -> tuple[str, Lock | None, float]:
    """Decide and write as one step beside other controllers; the decision, the lock that was found and its age. Raises OSError."""
    with _alone(path.parent):
        found, age = _found(path, now)
        decision = decide(found, age, wanted, over)
        if decision == TAKE and not dry:
            _write(path, wanted)
        elif decision == KEEP and not dry:
            os.utime(path)
        return decision, found, age


def release(path: Path, run: str, dry: bool = False) -> bool:
    """Remove the lock if it is this run's; whether it was. Raises OSError."""
    with _alone(path.parent):
        found, _age = _found(path, 0)
        if found is None or found.run != run:
            return False
        if not dry:
            path.unlink()
        return True


def _found(path: Path, now: float) -> tuple[Lock | None, float]:
    try:
        return read(path.read_text(encoding="utf-8")), now - path.stat().st_mtime
    except FileNotFoundError:
        return None, 0.0


def _write(path: Path, lock: Lock) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(str(temporary), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(json.dumps(dataclasses.asdict(lock), indent=2) + "\n")
    temporary.replace(path)


@contextlib.contextmanager
def _alone(folder: Path) -> t.Iterator[None]:
    """Hold the folder against other modules for a moment; the kernel lets go when the process dies."""
    descriptor = os.open(str(folder), os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
