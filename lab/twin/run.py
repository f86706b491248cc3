# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Run a command of the machine and say what it said when it fails."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


class CommandFailed(Exception):
    """A command ended with an error; the text has the command and what it printed."""


def run(argv: Sequence[str], *, stdin: str | None = None) -> str:
    """Standard output of *argv*; raises CommandFailed."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CommandFailed(f"{argv[0]}: not installed; run 'lab/lab prepare'") from error
    if done.returncode:
        raise CommandFailed(f"{' '.join(argv)}: {(done.stderr or done.stdout).strip() or f'exit code {done.returncode}'}")
    return done.stdout
