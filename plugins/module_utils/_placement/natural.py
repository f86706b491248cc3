# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which people number things (pure)."""

from __future__ import annotations

import difflib
import re
import typing as t

PARTS = re.compile(r"([0-9]+)")


def natural(name: str) -> list[t.Any]:
    """Sort key under which node-9 stands before node-10: text and numbers in turns, so that like is compared with like."""
    parts: list[t.Any] = PARTS.split(name)
    parts[1::2] = map(int, parts[1::2])
    return parts


def meant(name: str, known: t.Iterable[str]) -> str:
    """The nearest known name as a question in brackets, or nothing."""
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
