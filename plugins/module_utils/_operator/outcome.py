# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a state of a module did or would do, and which of its changes are refused (pure)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Change, Effect, Object, Problem
from ansible_collections.groundwork.platform.plugins.module_utils._operator.shown import shown_at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import READY, Verdict


@dataclass(frozen=True)
class Outcome:
    """What a state did, or would do."""

    changed: bool
    before: Object | None = None
    after: Object | None = None
    changes: tuple[Change, ...] = ()
    verdict: Verdict = field(default_factory=lambda: Verdict(READY))
    more: t.Mapping[str, t.Any] = field(default_factory=dict)


def refusals(changes: t.Iterable[Change], most: Effect, confirmed: t.Collection[str] = ()) -> t.Iterator[Problem]:
    """Changes that cannot be, that would silently do nothing, or that hurt more than somebody allowed."""
    for found in changes:
        if found.path in confirmed:
            continue
        values = f"({shown_at(found.path, found.before)!r} to {shown_at(found.path, found.after)!r})"
        if found.effect == Effect.FORBIDDEN:
            yield Problem(f"spec.{found.path}", f"forbidden: {found.why} {values}", "take the change back")
        elif found.effect == Effect.IGNORED:
            remedy = "take the change back, or restore into a new cluster that has it"
            yield Problem(f"spec.{found.path}", f"a running cluster ignores it: {found.why} {values}", remedy)
        elif found.effect > most:
            yield Problem(f"spec.{found.path}", f"means {found.effect}: {found.why}", f"allow it with disruption: {found.effect}, at a time that suits")


def changes_told(outcome: Outcome) -> list[dict[str, t.Any]]:
    """Every change of a field, for the result."""
    return [
        {
            "path": change.path,
            "effect": str(change.effect),
            "why": change.why,
            "source": change.source,
            "before": shown_at(change.path, change.before),
            "after": shown_at(change.path, change.after),
        }
        for change in outcome.changes
    ]
