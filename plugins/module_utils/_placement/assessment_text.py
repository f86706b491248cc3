# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An assessment as lines that one reads in ten seconds (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.assessment import Assessment
from ansible_collections.groundwork.platform.plugins.module_utils._placement.conflict import Conflict
from ansible_collections.groundwork.platform.plugins.module_utils._placement.resilience import Loss


def lines(assessment: Assessment) -> list[str]:
    """How full hosts become, what contradicts each other, and a sentence per host that could be lost."""
    found = [*_usage(assessment), _optimality(assessment)]
    if assessment.conflict:
        found += _conflict(assessment.conflict)
    return [*found, *(line for loss in assessment.losses for line in _loss(loss))]


def _usage(assessment: Assessment) -> list[str]:
    """A row per host with what it carries once the plan is carried out, of its limit."""
    rows = [("HOST", "CPU", "RAM", "DATASTORE")]
    for host, parts in assessment.usage.items():
        stores = [f"{name} {_percent(*values)}" for name, values in parts.items() if name not in ("vcpus", "memory_mb")]
        rows.append((host, _percent(*parts["vcpus"]), _percent(*parts["memory_mb"]), ", ".join(stores)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _percent(before: int, after: int, limit: int) -> str:
    now, then = (100 * value // max(limit, 1) for value in (before, after))
    return f"{now} %" if now == then else f"{now} -> {then} %"


def _optimality(assessment: Assessment) -> str:
    solution, unseen = assessment.decision.solution, assessment.decision.estate.unseen
    if unseen:
        return f"{', '.join(unseen)} cannot be read: what is there is unknown. Nothing is created anywhere, and neither places nor losses are judged."
    if solution.score.unplaced:
        return f"{solution.score.unplaced} without a place{', proven: there is none' if solution.proven else ''}."
    quality = "proven to be the lowest possible" if solution.proven else f"at most {solution.gap_permille / 10:g} % above the lowest possible"
    return f"The fullest host or datastore is at {solution.peak / 10_000:.1f} %, {quality}."


def _conflict(found: Conflict) -> t.Iterator[str]:
    if found.facts:
        yield "These contradict each other" + (", and none can be spared:" if found.minimal else ":")
        yield from (f"  {reason}" for reason in found.reasons)
    if found.helps:
        yield f"{'A' if found.unsearched else 'The smallest'} change that helps: {found.helps[0].text}."
    elif found.unsearched:
        yield f"What would help was not searched: {found.unsearched}."
    else:
        yield "No single change helps."


def _loss(loss: Loss) -> t.Iterator[str]:
    kept = [f"{env} ({quorum.left} of {quorum.of})" for env, quorum in loss.quorum.items() if quorum.kept]
    lost = [f"{env} ({quorum.left} of {quorum.of})" for env, quorum in loss.quorum.items() if not quorum.kept]
    said = [f"NO majority in {', '.join(lost)}" if lost else "", f"majority kept in {', '.join(kept)}" if kept else ""]
    yield f"If {loss.host} is lost: {'; '.join(part for part in said if part) or 'no servers on it'}."
    if loss.elsewhere:
        yield f"  could live elsewhere: {', '.join(f'{name} on {host}' for name, host in loss.elsewhere.items())}"
    for names, why in _alike(loss).items():
        yield f"  could live nowhere else: {', '.join(why)} ({names})"


def _alike(loss: Loss) -> dict[str, list[str]]:
    """Machines by the codes that keep them from each other host."""
    found: dict[str, list[str]] = {}
    for name, hosts in loss.why_not.items():
        codes = "; ".join(f"{host} {' '.join(sorted({refusal.code for refusal in reasons}))}" for host, reasons in hosts.items())
        found.setdefault(codes or "no other host", []).append(name)
    return found
