# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every snapshot that is known, wherever it is, with its age (pure)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone

CONTROLLER, S3 = "controller", "s3"
_SECONDS_IN_NAME = re.compile(r"-(\d{9,})(?:\.zip)?(?:\.escrow\.age)?\Z")
_SUFFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
_QUANTITY = re.compile(r"(\d+)([A-Za-z]*)\Z")


@dataclass(frozen=True)
class Entry:
    """One copy of one snapshot."""

    name: str
    where: str  # a server, s3, or controller
    saved_at: float  # seconds since the epoch
    size: int  # bytes
    sha256: str | None = None  # known of files on the controller
    failure: str | None = None  # why K3s could not save it


def of_cluster(objects: t.Iterable[t.Mapping[str, t.Any]]) -> list[Entry]:
    """From K3s's ETCDSnapshotFile objects, which name the snapshots of all servers and those in S3 (k3s-contract 5)."""
    found = []
    for item in objects:
        spec, status = item["spec"], item.get("status") or {}
        failure = (status.get("error") or {}).get("message")
        where = S3 if spec.get("s3") else spec["nodeName"]
        found.append(Entry(spec["snapshotName"], where, _moment(status.get("creationTime")), _bytes(status.get("size")), failure=failure))
    return found


def of_controller(files: t.Iterable[t.Mapping[str, t.Any]]) -> list[Entry]:
    """From the results of ansible.builtin.find. The time in a name counts for more than the file's."""
    found = []
    for file in files:
        name = str(file["path"]).rpartition("/")[2]
        match = _SECONDS_IN_NAME.search(name)
        found.append(Entry(name, CONTROLLER, float(match[1]) if match else float(file["mtime"]), int(file["size"]), str(file["checksum"])))
    return found


def table(entries: t.Sequence[Entry], now: float) -> list[str]:
    """A line per copy, the newest first."""
    return [_line(entry, now) for entry in sorted(entries, key=lambda entry: (-entry.saved_at, entry.where))]


def too_old(entries: t.Sequence[Entry], now: float, rpo: int | None) -> str | None:
    """A warning when what would be left after the loss of all servers is older than the RPO (seconds) allows."""
    if rpo is None:
        return None
    safe = [entry.saved_at for entry in entries if entry.where in (CONTROLLER, S3) and entry.failure is None]
    if not safe:
        return "nothing is kept outside of the servers: run backup.yml"
    age = now - max(safe)
    return None if age <= rpo else f"the newest snapshot outside of the servers is {_age(age)} old, the RPO is {_age(rpo)}"


def _line(entry: Entry, now: float) -> str:
    if entry.failure is not None:
        return f"{entry.where}: {entry.name} was NOT saved: {entry.failure}"
    digest = f", SHA-256 {entry.sha256}" if entry.sha256 else ""
    return f"{entry.where}: {entry.name}, {_age(now - entry.saved_at)} old, {entry.size / 1e6:.1f} MB{digest}"


def _age(seconds: float) -> str:
    minutes = int(max(seconds, 0) // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


def _moment(text: str | None) -> float:
    if not text:
        return 0.0
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def _bytes(quantity: t.Any) -> int:
    """A Kubernetes quantity without a fraction."""
    match = _QUANTITY.match(str(quantity or 0))
    return int(match[1]) * _SUFFIXES.get(match[2], 1) if match else 0
