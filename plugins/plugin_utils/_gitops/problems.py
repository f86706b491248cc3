# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a tree is refused: everything at once, each with its place, the reason and a remedy."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable


@dataclasses.dataclass(frozen=True, order=True)
class TreeProblem:
    """One thing that is wrong; ``patch`` is what somebody changed by hand, if that is the problem."""

    path: str
    message: str
    remedy: str
    patch: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}; {self.remedy}" + (f"\n{self.patch}" if self.patch else "")


class TreeRefused(Exception):
    """Nothing has been written. ``str()`` is the full report."""

    def __init__(self, problems: Iterable[TreeProblem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        super().__init__("\n".join([*map(str, self.problems), f"{count} problem{'s' if count > 1 else ''}, nothing was written"]))
