# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems the way a compiler reports them: all at once, in file order, each with place, code, reason and remedy."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Sequence

PathKey = str | int
Path = tuple[PathKey, ...]


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a rule found, at a path of the data; the place in the file is looked up afterwards."""

    path: Path
    message: str
    remedy: str
    at_key: bool = False


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """One finding with its place. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    code: str
    message: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        kind = "warning " if self.warning else ""
        return f"{self.file}:{self.line}:{self.column} {kind}{self.code} {self.message}; {self.remedy}"


def report(problems: Sequence[Problem]) -> str:
    """One line per problem in file order, and a count."""
    errors = sum(not problem.warning for problem in problems)
    warnings = len(problems) - errors
    counts = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in ((errors, "problem"), (warnings, "warning")) if count]
    return "\n".join([*(str(problem) for problem in sorted(problems)), " and ".join(counts) or "no problems"])


class MatrixProblems(Exception):
    """The matrix cannot be used. ``str()`` is the full report."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__(report(self.problems))


def did_you_mean(word: object, candidates: Iterable[object], otherwise: str) -> str:
    """A remedy that names the nearest candidate, or else what is there to choose from."""
    names = [str(candidate) for candidate in candidates]
    near = difflib.get_close_matches(str(word), names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return otherwise if not names else f"{otherwise}: {', '.join(names[:12])}"
