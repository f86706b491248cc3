# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gate says, and what follows from all of them."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Literal

State = Literal["pass", "fail", "waived", "deferred"]
#: What nobody can waive: one promotion at a time on a known commit, the order of environments, and whose word counts.
NEVER_WAIVED = ("G0", "G1", "G8")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One gate's answer with its evidence; ``until`` is when a deferred gate opens."""

    gate: str
    state: State
    evidence: str
    remedy: str = ""
    until: datetime.datetime | None = None


@dataclasses.dataclass(frozen=True)
class Decision:
    """What follows from every gate."""

    state: Literal["go", "deferred", "stop"]
    verdicts: tuple[Verdict, ...]
    until: datetime.datetime | None = None


def passed(gate: str, evidence: str) -> Verdict:
    """A gate that is open."""
    return Verdict(gate, "pass", evidence)


def judged(gate: str, faults: Sequence[str], evidence: str, remedy: str) -> Verdict:
    """Pass with the evidence when there are no faults, else fail with all of them."""
    return Verdict(gate, "fail", "; ".join(faults), remedy) if faults else passed(gate, evidence)


def decide(verdicts: Sequence[Verdict], waivers: Mapping[str, str]) -> Decision:
    """Go only when every gate is open. ``waivers`` are reasons by gate; an empty reason waives nothing."""
    heard = tuple(_waived(verdict, waivers.get(verdict.gate, "").strip()) for verdict in verdicts)
    if any(verdict.state == "fail" for verdict in heard):
        return Decision("stop", heard)
    opening = [verdict.until for verdict in heard if verdict.state == "deferred"]
    if opening:
        known = [moment for moment in opening if moment is not None]
        return Decision("deferred", heard, max(known) if len(known) == len(opening) else None)
    return Decision("go", heard)


def _waived(verdict: Verdict, reason: str) -> Verdict:
    if verdict.state == "pass" or not reason or verdict.gate in NEVER_WAIVED:
        return verdict
    return Verdict(verdict.gate, "waived", f"{verdict.evidence}; waived: {reason}")
