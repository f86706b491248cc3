# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups there are in a bucket, by the object that each kind writes last. ``newest`` is pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Listed, S3Error


class Row(t.NamedTuple):
    """Where the backups of one kind are. ``marker``: a pattern of the key below the folder; its group ``source`` is the database that it is of."""

    kind: str
    bucket: str
    folder: str
    marker: str


def newest(row: Row, objects: t.Iterable[Listed]) -> dict[str, t.Any]:
    """The newest whole backup, how many there are, and what they take; ``at`` None when there is none. ``sources``: the same for each database."""
    prefix = f"{row.folder}/" if row.folder else ""
    pattern = re.compile(row.marker)
    whole: list[Listed] = []
    by_source: dict[str, list[Listed]] = {}
    for found in objects:
        match = pattern.fullmatch(found.key[len(prefix) :]) if found.key.startswith(prefix) and found.size > 0 else None
        if match:
            whole.append(found)
            if "source" in pattern.groupindex:
                by_source.setdefault(match["source"], []).append(found)
    return {**_last(whole), "problem": "", "sources": {name: _last(mine) for name, mine in sorted(by_source.items())}}


def _last(whole: t.Sequence[Listed]) -> dict[str, t.Any]:
    last = max(whole, key=lambda found: (found.written, found.key), default=None)
    return {
        "at": int(last.written.timestamp()) if last else None,
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
