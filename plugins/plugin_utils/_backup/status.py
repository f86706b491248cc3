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
#: Worst first. The verdict of a row is the worst that is true of it. unused: the environment has nothing of the kind.
VERDICTS = ("lost", "unknown", "none", "late", "unproven", "slow", "copy late", "unused", "ok")
Found = Mapping[str, Any]


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
    def from_data(cls, data: Found) -> Proof:
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
    databases: tuple[Found, ...] = ()  # of a kind of databases each one: name, age, count, copy_age, proof_age


def status(rows: Iterable[Found], backups: Found, copies: Found | None, proofs: Sequence[Proof], now: int) -> list[State]:
    """``backups`` and ``copies`` are what backup_info found in the first and the second place, by kind; None: there is no second place."""
    return [_state(row, backups.get(row["kind"]), copies.get(row["kind"]) if copies is not None else {}, proofs, now) for row in rows]


def _state(row: Found, first: Found | None, second: Found | None, proofs: Sequence[Proof], now: int) -> State:
    kind = str(row["kind"])
    names = row.get("expects")
    if names == []:
        unused = f"{kind}: the environment has no such database"
        return State(kind, str(row["what"]), "unused", (unused,), None, "", 0, None, None, None, None)
    mine = [proof for proof in proofs if proof.kind == kind and proof.at <= now]
    each = {name: [proof for proof in mine if proof.source == name] for name in names} if names else {"": mine}
    good, last = _worst(each.values())
    oldest, copies = _oldest(first, names), _oldest(second, names)
    at = oldest["at"] if oldest else None
    copied = copies.get("at") if copies else None
    verdicts = {
        **_of_backup(row, oldest, now),
        **_of_proof(row, good, last, now, [name for name, found in each.items() if name and not _good(found)]),
        **({} if second == {} or at is None else _of_copy(row, at, copied)),
    }
    return State(
        kind=kind,
        what=str(row["what"]),
        verdict=min(verdicts, key=VERDICTS.index, default="ok"),
        reasons=tuple(verdicts[name] for name in VERDICTS if name in verdicts),
        age=now - at if at is not None else None,
        newest=str(oldest["key"]) if oldest else "",
        count=int(first["count"]) if first else 0,
        copy_age=now - copied if copied is not None else None,
        proof_age=now - good.at if good else None,
        rto=good.rto if good else None,
        rpo=good.rpo if good else None,
        databases=tuple(_database(name, first, second, _good(each[name]), now) for name in names or ()),
    )


def _oldest(found: Found | None, names: Sequence[str] | None) -> Found | None:
    """What a place has of a kind: of several databases the one whose newest backup is the oldest, or that has none at all."""
    if not found or not names or found["problem"]:
        return found
    missing = [name for name in names if name not in found["sources"]]
    if missing:
        return {**found, "at": None, "key": "", "missing": missing}
    oldest = min((found["sources"][name] for name in names), key=lambda source: int(source["at"]))
    return {**found, "at": oldest["at"], "key": oldest["key"]}


def _database(name: str, first: Found | None, second: Found | None, good: Proof | None, now: int) -> Found:
    mine, copied = (((found or {}).get("sources") or {}).get(name) or {} for found in (first, second))
    ages = {key: now - found["at"] if found else None for key, found in (("age", mine), ("copy_age", copied))}
    return {"name": name, "count": mine.get("count", 0), **ages, "proof_age": now - good.at if good else None}


def _good(proofs: Iterable[Proof]) -> Proof | None:
    return max((proof for proof in proofs if not proof.problems), key=lambda proof: proof.at, default=None)


def _worst(sources: Iterable[Sequence[Proof]]) -> tuple[Proof | None, Proof | None]:
    """The last that was good, and the last: of the source that stands worst, with the longest times of all."""
    each = list(sources)
    lasts = [max(found, key=lambda proof: proof.at) for found in each if found]
    goods = [_good(found) for found in each]
    last = max(lasts, key=lambda proof: (bool(proof.problems), proof.at), default=None)
    good = [found for found in goods if found]
    if len(good) < len(each) or not good:
        return None, last
    oldest = min(good, key=lambda proof: proof.at)
    return dataclasses.replace(oldest, rto=_longest(found.rto for found in good), rpo=_longest(found.rpo for found in good)), last


def _longest(times: Iterable[int | None]) -> int | None:
    return max((seconds for seconds in times if seconds is not None), default=None)


def _of_backup(row: Found, first: Found | None, now: int) -> dict[str, str]:
    if not row["bucket"]:
        return {"lost": f"{row['kind']} has no bucket: name one in backup.schedule"}
    if first is None or first["problem"]:
        return {"unknown": f"{row['kind']}: {first['problem'] if first else 'nobody has looked at its bucket'}"}
    if first["at"] is None:
        of = f" of {', '.join(first['missing'])}" if first.get("missing") else ""
        return {"none": f"bucket {row['bucket']} has no whole backup of {row['kind']}{of}: see that {row['tool']} works"}
    late = now - first["at"] - int(row["interval"]) - SLACK
    if late > 0:
        return {"late": f"the newest backup of {row['kind']} is {span(now - first['at'])} old, {row['at']} makes one every {span(int(row['interval']))}"}
    return {}


def _of_proof(row: Found, good: Proof | None, last: Proof | None, now: int, never: Sequence[str]) -> dict[str, str]:
    found = {}
    if last is not None and last.problems:
        found["unproven"] = f"the last drill of {row['kind']} failed: {'; '.join(last.problems)}"
    elif good is None:
        of = f" of {', '.join(never)}" if never else ""
        found["unproven"] = f"{row['kind']}{of} was never restored in a drill: run drill.yml"
    elif now - good.at > int(row["prove_every"]):
        found["unproven"] = (
            f"{row['kind']} was last restored {span(now - good.at)} ago, which was to happen every {span(int(row['prove_every']))}: run drill.yml"
        )
    for name, measured, wanted in (("RTO", good.rto if good else None, row["rto"]), ("RPO", good.rpo if good else None, row["rpo"])):
        if measured is not None and wanted is not None and measured > int(wanted):
            found["slow"] = f"{row['kind']}: the last drill measured an {name} of {span(measured)}, the target is {span(int(wanted))}"
    return found


def _of_copy(row: Found, at: int, copied: int | None) -> dict[str, str]:
    if copied is None:
        return {"copy late": f"{row['kind']} is not in the second place: see that the first one replicates bucket {row['bucket']}"}
    if at - copied > int(row["interval"]) + SLACK:
        return {"copy late": f"the second place has {row['kind']} of {span(at - copied)} before: see that the first one replicates"}
    return {}


def table(states: Iterable[State]) -> str:
    """Lines of equal columns, of databases one for each below their kind; then everything that is wrong."""
    states = list(states)
    lines = [("kind", "verdict", "newest", "copies", "second place", "proven", "RTO", "RPO")]
    for state in states:
        ages = [_age(value) for value in (state.age, state.copy_age, state.proof_age, state.rto, state.rpo)]
        lines.append((state.kind, state.verdict, ages[0], str(state.count), ages[1], ages[2], ages[3], ages[4]))
        for one in state.databases:
            own = [_age(one[key]) for key in ("age", "copy_age", "proof_age")]
            lines.append((f"  {one['name']}", "", own[0], str(one["count"]), own[1], own[2], "", ""))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*drawn, *(f"- {reason}" for state in states for reason in state.reasons)])


def _age(seconds: int | None) -> str:
    return "-" if seconds is None else span(seconds)


def span(seconds: int) -> str:
    """Short, as people say it: 45s, 12m, 5h, 3d."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"


def utc(seconds: int) -> str:
    """A moment for files and reports."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
