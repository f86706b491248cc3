# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups there are in a bucket, by the object that each kind writes last. ``newest``, ``expired`` and ``moment`` are pure."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timezone

from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Listed, S3Error


class Row(t.NamedTuple):
    """Where the backups of one kind are.

    ``marker``: a pattern of the key below the folder. Its group ``source`` is the database that it is of, its group ``at`` the moment that it is of.
    """

    kind: str
    bucket: str
    folder: str
    marker: str


class Whole(t.NamedTuple):
    """One whole backup, in the order of ``at``: the moment that its key names, or when it was written, in seconds since the epoch."""

    at: int
    key: str
    size: int
    source: str
    named: int | None  # the moment in its key


def newest(row: Row, objects: t.Iterable[Listed]) -> dict[str, t.Any]:
    """The newest whole backup, how many there are, and what they take; ``at`` None when there is none. ``sources``: the same for each database."""
    whole = _whole(row, objects)
    by_source: dict[str, list[Whole]] = {}
    for found in whole:
        if found.source:
            by_source.setdefault(found.source, []).append(found)
    return {**_last(whole), "problem": "", "sources": {name: _last(mine) for name, mine in sorted(by_source.items())}}


def expired(row: Row, objects: t.Iterable[Listed], limit: int) -> list[str]:
    """Keys of whole backups whose name tells a time before ``limit`` (seconds since the epoch): never the newest, nothing without a time in its name."""
    whole = _whole(row, objects)
    named = [(found.named, found.key) for found in whole if found.named is not None]
    stay = {_last(whole)["key"], max(named, default=(0, ""))[1]}
    return sorted(key for at, key in named if at < limit and key not in stay)


def moment(text: str) -> int | None:
    """Of a name, in seconds since the epoch: ten digits are that, fourteen with or without marks between them are a time in UTC; None of all else."""
    digits = re.sub(r"[-:TZ]", "", text)
    if len(digits) == 10 == len(text):
        return int(digits)
    try:
        return int(datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc).timestamp()) if len(digits) == 14 else None
    except ValueError:
        return None


def _whole(row: Row, objects: t.Iterable[Listed]) -> list[Whole]:
    """By the time in the key: a copy, or one that was stored late, is as old as what is in it. But nothing is of a time after it was written."""
    prefix = f"{row.folder}/" if row.folder else ""
    pattern = re.compile(row.marker)
    whole = []
    for found in objects:
        match = pattern.fullmatch(found.key[len(prefix) :]) if found.key.startswith(prefix) and found.size > 0 else None
        if match:
            said, written = match.groupdict(), int(found.written.timestamp())
            named = moment(said.get("at") or "")
            at = written if named is None else min(named, written)
            whole.append(Whole(at, found.key, found.size, said.get("source") or "", named))
    return whole


def _last(whole: t.Sequence[Whole]) -> dict[str, t.Any]:
    last = max(whole, key=lambda found: (found.at, found.key), default=None)
    return {
        "at": last.at if last else None,
        "key": last.key if last else "",
        "size": last.size if last else 0,
        "count": len(whole),
    }


def observed(s3: S3, rows: t.Iterable[Row]) -> dict[str, dict[str, t.Any]]:
    """By kind; what cannot be asked for is a problem of its row."""
    return {row.kind: _of(s3, row) for row in rows}


def _of(s3: S3, row: Row) -> dict[str, t.Any]:
    try:
        return newest(row, s3.objects(row.bucket, f"{row.folder}/" if row.folder else ""))
    except S3Error as problem:
        return {"at": None, "key": "", "size": 0, "count": 0, "problem": str(problem), "sources": {}}
