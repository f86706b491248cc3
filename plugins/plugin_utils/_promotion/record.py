# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a promotion, and what earlier records say. No I/O."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field, ValidationError
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.applications import moment

FOLDER = "audit/promotions/"
#: live: it arrived. reverted: taken back. stopped: broken and left for people, because its data may not go back.
#: superseded: somebody moved the target on meanwhile.
Outcome = Literal["live", "reverted", "stopped", "superseded"]


class Recorded(Part):
    """One component's way: release and version before and after; null = it was not there."""

    component: str
    before: str | None
    after: str | None
    version_before: str | None
    version_after: str | None


class Record(Part):
    """Who moved what, why it was allowed, and what came of it. Times as ISO 8601 in UTC."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+-[0-9]+$")]
    source: str
    target: str
    asked_by: str
    approved_by: list[str]
    approved_commit: str | None
    ticket: str | None
    releases: list[Recorded]
    gates: list[str]
    commit: str
    written_at: str
    ended_at: str
    seconds: int
    outcome: Outcome
    reason: str
    revert: str | None

    def to_text(self) -> str:
        """For the repository."""
        return json.dumps(self.model_dump(), indent=2, ensure_ascii=False) + "\n"


def record_path(identity: str) -> str:
    """Where the record of a promotion stands."""
    return f"{FOLDER}{identity}.json"


def records_in(tree: Mapping[str, str]) -> list[Record]:
    """Every record that can be read and stands where its name says, in order of time."""
    found = []
    for path, text in tree.items():
        if path.startswith(FOLDER) and path.endswith(".json"):
            try:
                record = Record.model_validate_json(text)
            except ValidationError:
                continue  # of a later version of this collection, or somebody's own file
            if path == record_path(record.id) and record.id.rpartition("-")[0] == record.target:
                found.append(record)
    return sorted(found, key=lambda record: (record.ended_at, record.id))


def tells_of(record: Record, releases: Collection[str]) -> bool:
    """Whether a record says when one of these releases arrived somewhere, or why it did not stay: what arrivals and rejected look at."""
    return any(way.after in releases or (record.outcome == "reverted" and way.before in releases) for way in record.releases)


def arrivals(records: Iterable[Record], environment: str, releases: Mapping[str, str]) -> dict[str, datetime.datetime]:
    """When, by component, its release became live in an environment for the last time: by a promotion, or by the way back of one."""
    found: dict[str, datetime.datetime] = {}
    for record in records:
        for way in record.releases if record.target == environment else ():
            there = {"live": way.after, "reverted": way.before}.get(record.outcome)
            at = moment(record.ended_at)
            if there and at and at.tzinfo and releases.get(way.component) == there:
                found[way.component] = at
    return found


def rejected(records: Iterable[Record], target: str) -> dict[str, str]:
    """Why, by release, of everything that did not stay in an environment and has not arrived there since."""
    found: dict[str, str] = {}
    for record in records:
        if record.target == target:
            for way in record.releases:
                if way.after and record.outcome in ("reverted", "stopped"):
                    found[way.after] = f"{record.reason} ({record.id})"
                elif way.after and record.outcome == "live":
                    found.pop(way.after, None)
    return found


def next_identity(taken: Iterable[str], target: str) -> str:
    """The name of the next promotion to an environment: its key, and a number. What is no such name (anybody may write a trailer) takes none."""
    numbers = [int(found[1]) for name in taken if (found := re.fullmatch(rf"{re.escape(target)}-([0-9]{{1,9}})", name))]
    return f"{target}-{max(numbers, default=0) + 1}"
