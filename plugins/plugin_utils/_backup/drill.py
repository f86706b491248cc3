# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill has shown: measured times, held against the targets of the row; as a report for programs and a page for people (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.status import span, utc

#: What a drill makes in a cluster carries this label, so that the next one, and people, find what an interrupted one has left.
LABEL = "groundwork.platform/drill"
#: Verdicts of rows that a drill of everything must not pass over: what is there cannot be restored, was not, or not in time. ``copy late`` is about
#: the second place, which a drill does not read; ``unused`` has nothing to lose.
UNRELIABLE = ("lost", "unknown", "none", "late", "unproven", "slow")


def report(row: Mapping[str, Any], environment: str, times: Mapping[str, Any], problems: Iterable[str], source: str = "") -> dict[str, Any]:
    """``times``: when the restore began and ended, and the moment of what came back (None: nothing did), in seconds since the epoch."""
    began, ended, recovered = int(float(times["began"])), int(float(times["ended"])), times.get("recovered")
    rto = ended - began
    rpo = None if recovered is None else max(began - int(float(recovered)), 0)
    found = list(problems)
    if recovered is None and not found:
        found.append("nothing says of when it is what came back")
    for name, measured, target in (("RTO", rto, row["rto"]), ("RPO", rpo, row["rpo"])):
        if not problems and measured is not None and target is not None and measured > int(target):
            found.append(f"the {name} of {span(int(target))} was missed: {span(measured)}")
    return {
        "kind": row["kind"],
        "what": row["what"],
        "environment": environment,
        "source": source,
        "began": utc(began),
        "at": ended,
        "rto_seconds": rto,
        "rpo_seconds": rpo,
        "targets": {"rto": row["rto"], "rpo": row["rpo"]},
        "problems": found,
    }


def shortcomings(reports: Iterable[Mapping[str, Any]], states: Iterable[Mapping[str, Any]] | None = None) -> list[str]:
    """Why a drill fails: what was wrong with its restores; with ``states`` (backup_status) also with any row that cannot be relied on."""
    wrong = [(str(found["kind"]), str(problem)) for found in reports for problem in found["problems"]]
    failed = {kind for kind, _problem in wrong}
    # a row whose drill has just failed is unproven because of that, and says nothing new
    others = [state for state in states or () if state["verdict"] in UNRELIABLE and not (state["kind"] in failed and state["verdict"] == "unproven")]
    return [*(problem for _kind, problem in wrong), *(str(reason) for state in others for reason in state["reasons"])]


def page(reports: Iterable[Mapping[str, Any]], environment: str, at: int) -> str:
    """Markdown."""
    lines = [f"# Drill of {environment}, {utc(at)}", "", "| what | restored from | RTO | target | RPO | target | verdict |", "|---|---|---|---|---|---|---|"]
    reports = list(reports)
    for found in reports:
        values = [found["rto_seconds"], found["targets"]["rto"], found["rpo_seconds"], found["targets"]["rpo"]]
        cells = [span(int(value)) if value is not None else "-" for value in values]
        lines.append("| " + " | ".join([found["what"], found["source"] or "-", *cells, "failed" if found["problems"] else "proven"]) + " |")
    wrong = [f"- {found['kind']}: {problem}" for found in reports for problem in found["problems"]]
    return "\n".join([*lines, *(["", "## What is wrong", "", *wrong] if wrong else []), ""])
