# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An outcome as lines for people and as data for machines. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Change
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import Outcome


def lines(outcome: Outcome) -> list[str]:
    """What moves, what each gate says, and what came of it."""
    return [*(_moves(outcome.change) if outcome.change else ()), *_gates(outcome), outcome.text]


def _moves(change: Change) -> Iterator[str]:
    yield from map(str, change.moves)
    for what, names in (
        ("image", change.delta.images),
        ("restarts", change.delta.restarts),
        ("comes", change.delta.added),
        ("goes", sorted(change.delta.pruned)),
    ):
        yield from (f"{what}: {name}" for name in names)


def _gates(outcome: Outcome) -> Iterator[str]:
    for verdict in outcome.verdicts:
        remedy = f"; {verdict.remedy}" if verdict.remedy else ""
        yield f"{verdict.gate} {verdict.state}: {verdict.evidence}{remedy}"


def data(outcome: Outcome) -> dict[str, Any]:
    """For the result of a module."""
    change = outcome.change
    return {
        "state": outcome.state,
        "changed": outcome.changed,
        "until": outcome.until.isoformat() if outcome.until else None,
        "gates": [{"gate": v.gate, "state": v.state, "evidence": v.evidence, "remedy": v.remedy} for v in outcome.verdicts],
        "moves": [
            {"component": m.component, "before": m.before.model_dump() if m.before else None, "after": m.after.model_dump() if m.after else None}
            for m in (change.moves if change else ())
        ],
        "pruned": sorted(change.delta.pruned) if change else [],
        "record": outcome.record.model_dump() if outcome.record else None,
        "diff": [{"before": c.before or "", "after": c.after or "", "before_header": c.path, "after_header": c.path} for c in (*change.releases, *change.files)]
        if change
        else [],
    }
