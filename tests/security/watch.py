# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches arguments and environments of every process of the machine for planted secrets."""

from __future__ import annotations

import threading
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    import types


#: A process is looked at this often from its birth on, so that what it executes after its fork is seen as well.
LOOKS = 25


class ProcessWatch:
    """Reads /proc over and over while the block runs; ``seen`` maps a secret to where it stood ("cmdline of …", "environ of …").

    A process shorter than one round (a few milliseconds) can slip through: let the watched run show a canary, which proves
    that the watch would have seen a secret.
    """

    def __init__(self, secrets: t.Iterable[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.seen: dict[str, set[str]] = {}

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        looks: dict[Path, int] = {}
        while not self._stop.wait(0.002):
            looks = {process: looks.get(process, 0) + 1 for process in Path("/proc").iterdir() if process.name.isdigit()}
            for process, times in looks.items():
                if times <= LOOKS:
                    self._look(process)

    def _look(self, process: Path) -> None:
        for kind in ("cmdline", "environ"):
            try:
                text = (process / kind).read_bytes()
            except OSError:  # the process has ended meanwhile
                return
            for secret in self._secrets:
                if secret in text:
                    self.seen.setdefault(secret.decode(), set()).add(f"{kind} of {_name(process)}")


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return f"process {process.name}"
