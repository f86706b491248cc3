# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the backups of an environment can be relied on: observed backups and proofs in, a verdict for each row out (pure)."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: From the moment at which a backup begins until its last object is written.
SLACK = 3600
#: Worst first. The verdict of a row is the worst that is true of it.
#: Kinds of which a drill restores every source: one that came back proves nothing about another. Elsewhere a source is one backup.
EACH = ("postgres",)
VERDICTS = ("lost", "unknown", "none", "late", "unproven", "slow", "copy late", "ok")


@dataclasses.dataclass(frozen=True)
class Proof:
    """A restore in a drill. Only one without problems proves anything."""

    kind: str
    at: int  # its end, seconds since the epoch
    rto: int | None
    rpo: int | None
    problems: tuple[str, ...] = ()
    source: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Proof:
        """From a report; raises KeyError, TypeError and ValueError."""
        found = [None if data.get(name) is None else int(data[name]) for name in ("rto_seconds", "rpo_seconds")]
        return cls(str(data["kind"]), int(data["at"]), found[0], found[1], tuple(map(str, data["problems"])), str(data.get("source") or ""))


@dataclasses.dataclass(frozen=True)
class State:
    """One row, and how it stands."""

    kind: str
    what: str
    verdict: str
    reasons: tuple[str, ...]
    age: int | None
    newest: str
    count: int
    copy_age: int | None
    proof_age: int | None
    rto: int | None
    rpo: int | None


def status(rows: Iterable[Mapping[str, Any]], backups: Mapping[str, Any], copies: Mapping[str, Any] | None, proofs: Sequence[Proof], now: int) -> list[State]:
    """``backups`` and ``copies`` are what backup_info found in the first and the second place, by kind; None: there is no second place."""
    return [_state(row, backups.get(row["kind"]), copies.get(row["kind"]) if copies is not None else {}, proofs, now) for row in rows]


def _state(row: Mapping[str, Any], first: Mapping[str, Any] | None, second: Mapping[str, Any] | None, proofs: Sequence[Proof], now: int) -> State:
    kind = str(row["kind"])
    mine = [proof for proof in proofs if proof.kind == kind and proof.at <= now]
    good, last = _worst(mine)
    at = first["at"] if first else None
    copied = second.get("at") if second else None
    verdicts = {
        **_of_backup(row, first, now),
        **_of_proof(row, good, last, now),
        **({} if second == {} or at is None else _of_copy(row, at, copied)),
    }
    return State(
        kind=kind,
        what=str(row["what"]),
        verdict=min(verdicts, key=VERDICTS.index, default="ok"),
        reasons=tuple(verdicts[name] for name in VERDICTS if name in verdicts),
        age=now - at if at is not None else None,
        newest=str(first["key"]) if first else "",
        count=int(first["count"]) if first else 0,
        copy_age=now - copied if copied is not None else None,
        proof_age=now - good.at if good else None,
        rto=good.rto if good else None,
        rpo=good.rpo if good else None,
    )


def _worst(proofs: Sequence[Proof]) -> tuple[Proof | None, Proof | None]:
    """The last that was good, and the last: of the source that stands worst, with the longest times of all."""
    sources = {proof.source if proof.kind in EACH else "" for proof in proofs}
    each = [[proof for proof in proofs if proof.kind not in EACH or proof.source == source] for source in sources]
    lasts = [max(found, key=lambda proof: proof.at) for found in each]
    goods = [max((proof for proof in found if not proof.problems), key=lambda proof: proof.at, default=None) for found in each]
    last = max(lasts, key=lambda proof: (bool(proof.problems), proof.at), default=None)
    good = [found for found in goods if found]
    if len(good) < len(each) or not good:
        return None, last
    oldest = min(good, key=lambda proof: proof.at)
    return dataclasses.replace(oldest, rto=_longest(found.rto for found in good), rpo=_longest(found.rpo for found in good)), last


def _longest(times: Iterable[int | None]) -> int | None:
    return max((seconds for seconds in times if seconds is not None), default=None)


def _of_backup(row: Mapping[str, Any], first: Mapping[str, Any] | None, now: int) -> dict[str, str]:
    if not row["bucket"]:
        return {"lost": f"{row['kind']} has no bucket: name one in backup.schedule"}
    if first is None or first["problem"]:
        return {"unknown": f"{row['kind']}: {first['problem'] if first else 'nobody has looked at its bucket'}"}
    if first["at"] is None:
        return {"none": f"bucket {row['bucket']} has no whole backup of {row['kind']}: see that {row['tool']} works"}
    late = now - first["at"] - int(row["interval"]) - SLACK
    if late > 0:
        return {"late": f"the newest backup of {row['kind']} is {span(now - first['at'])} old, {row['at']} makes one every {span(int(row['interval']))}"}
    return {}


def _of_proof(row: Mapping[str, Any], good: Proof | None, last: Proof | None, now: int) -> dict[str, str]:
    found = {}
    if last is not None and last.problems:
        found["unproven"] = f"the last drill of {row['kind']} failed: {'; '.join(last.problems)}"
    elif good is None:
        found["unproven"] = f"{row['kind']} was never restored in a drill: run drill.yml"
    elif now - good.at > int(row["prove_every"]):
        found["unproven"] = (
            f"{row['kind']} was last restored {span(now - good.at)} ago, which was to happen every {span(int(row['prove_every']))}: run drill.yml"
        )
    for name, measured, wanted in (("RTO", good.rto if good else None, row["rto"]), ("RPO", good.rpo if good else None, row["rpo"])):
        if measured is not None and wanted is not None and measured > int(wanted):
            found["slow"] = f"{row['kind']}: the last drill measured an {name} of {span(measured)}, the target is {span(int(wanted))}"
    return found


def _of_copy(row: Mapping[str, Any], at: int, copied: int | None) -> dict[str, str]:
    if copied is None:
        return {"copy late": f"{row['kind']} is not in the second place: see that the first one replicates bucket {row['bucket']}"}
    if at - copied > int(row["interval"]) + SLACK:
        return {"copy late": f"the second place has {row['kind']} of {span(at - copied)} before: see that the first one replicates"}
    return {}


def table(states: Iterable[State]) -> str:
    """Lines of equal columns, then everything that is wrong."""
    states = list(states)
    lines = [("kind", "verdict", "newest", "copies", "second place", "proven", "RTO", "RPO")]
    for state in states:
        ages = [span(value) if value is not None else "-" for value in (state.age, state.copy_age, state.proof_age, state.rto, state.rpo)]
        lines.append((state.kind, state.verdict, ages[0], str(state.count), ages[1], ages[2], ages[3], ages[4]))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*drawn, *(f"- {reason}" for state in states for reason in state.reasons)])


def span(seconds: int) -> str:
    """Short, as people say it: 45s, 12m, 5h, 3d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"


def utc(seconds: int) -> str:
    """A moment for files and reports."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
