# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a component, and what was found (pure data)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

READY, WAITING, FAILED, ABSENT, UNPROVEN = "ready", "waiting", "failed", "absent", "unproven"
#: The worst first: what a component as a whole is.
ORDER = (FAILED, WAITING, ABSENT, UNPROVEN, READY)


@dataclass(frozen=True)
class Probe:
    """One proof beside CRDs, workloads and webhooks. ``target`` is <kind>/<name>, or a kind alone for all objects of it; ``wanted`` what the site says."""

    kind: str
    api_version: str = ""
    target: str = ""
    condition: str = ""
    wanted: str = ""


@dataclass(frozen=True)
class Component:
    """A component of the matrix as the catalogue describes it."""

    name: str
    layer: str
    namespace: str
    crds: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    dry_run: dict[str, t.Any] | None = None
    probes: tuple[Probe, ...] = ()
    proof: str = ""


@dataclass(frozen=True)
class Verdict:
    """What one check says. ``waiting`` may pass by itself, ``failed`` does not, ``unproven`` is left to people."""

    check: str
    state: str
    text: str


@dataclass(frozen=True)
class Row:
    """A component with everything that was found of it."""

    component: Component
    verdicts: tuple[Verdict, ...]

    @property
    def state(self) -> str:
        """The worst of its verdicts."""
        return min((verdict.state for verdict in self.verdicts), key=ORDER.index, default=UNPROVEN)


def component_of(data: t.Mapping[str, t.Any]) -> Component:
    """A component from module arguments."""
    probes = tuple(Probe(**{key: value or "" for key, value in probe.items()}) for probe in data["probes"])
    lists = {key: tuple(data[key]) for key in ("crds", "workloads")}
    return Component(data["name"], data["layer"], data["namespace"], lists["crds"], lists["workloads"], data["dry_run"] or None, probes, data["proof"])


def table(rows: t.Sequence[Row]) -> list[str]:
    """A line for each component, and one below it for each check that is not ready."""
    if not rows:
        return []
    widths = [max(len(text) for text in column) for column in zip(*((row.component.name, row.component.layer) for row in rows))]
    lines: list[str] = []
    for row in rows:
        proven = [verdict.check for verdict in row.verdicts if verdict.state == READY]
        cells = (row.component.name.ljust(widths[0]), row.component.layer.ljust(widths[1]), row.state.ljust(8))
        lines.append(f"{'  '.join(cells)}  {', '.join(proven)}".rstrip())
        lines += [f"  {verdict.state}: {verdict.check}: {verdict.text}" for verdict in row.verdicts if verdict.state != READY]
    return lines
