# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words shared by everything that judges an object which an operator in the cluster acts on (pure data)."""

from __future__ import annotations

import datetime
import enum
import re
import typing as t
from dataclasses import dataclass

Object = dict[str, t.Any]

#: Owns annotations and status fields of single operations, so that the next apply does not take them back.
OPERATOR = "groundwork-operation"


class Effect(enum.IntEnum):
    """What a change does to people who use the database, the mildest first."""

    ONLINE = 0
    RELOAD = 1
    RESTART = 2
    SWITCHOVER = 3
    DOWNTIME = 4
    IGNORED = 5
    FORBIDDEN = 6

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Change:
    """One field that differs: what that does, why, and where CloudNativePG says so."""

    path: str
    before: t.Any
    after: t.Any
    effect: Effect
    why: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}: {self.effect}: {self.why}"


@dataclass(frozen=True)
class Problem:
    """Why something is refused: the place, the reason, and what helps."""

    place: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}; {self.remedy}"


class Refused(Exception):
    """Nothing was touched. ``str()`` holds every problem, one per line."""

    def __init__(self, problems: t.Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def require(problems: t.Iterable[Problem]) -> None:
    """Raise Refused with all problems, if there are any."""
    found = tuple(problems)
    if found:
        raise Refused(found)


def at(thing: t.Any, *steps: str) -> t.Any:
    """The value below nested mappings, None where a step is missing."""
    for step in steps:
        thing = thing.get(step) if isinstance(thing, dict) else None
    return thing


def name_of(thing: t.Mapping[str, t.Any]) -> str:
    """metadata.name."""
    return str((thing.get("metadata") or {}).get("name") or "")


def moment(value: t.Any) -> datetime.datetime | None:
    """A time of the API; None for none."""
    text = str(value or "")
    if not text:
        return None
    try:
        found = datetime.datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
