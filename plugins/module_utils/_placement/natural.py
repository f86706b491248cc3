# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which people number things (pure)."""

from __future__ import annotations

import difflib
import re
import typing as t

PARTS = re.compile(r"([0-9]+)")


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key under which node-9 stands before node-10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in PARTS.split(name) if part]


def meant(name: str, known: t.Iterable[str]) -> str:
    """The nearest known name as a question in brackets, or nothing."""
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
