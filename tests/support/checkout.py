# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout as a user has it, for programs that look at every file of it."""

from __future__ import annotations

import shutil
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
#: What tools and tests write there all the time. ``ansible-galaxy collection build`` fails if a file goes between its two looks.
ALIVE = (".git", ".venv", ".build", ".ansible", ".hypothesis", ".*_cache", "__pycache__")


def copied(target: Path) -> Path:
    """Copy it into a new folder, with one thing that a tool has dropped; the folder."""
    shutil.copytree(CHECKOUT, target, symlinks=True, ignore=shutil.ignore_patterns(*ALIVE))
    (target / ".hypothesis").mkdir()
    (target / ".hypothesis" / "dropped").touch()
    return target
