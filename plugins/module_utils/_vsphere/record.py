# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one apply was to do, found and did, kept as a file on the controller: for whoever asks later why a machine is where it is."""

from __future__ import annotations

import dataclasses
import datetime
import json
import operator
import os
import pathlib
import tempfile
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import recorded, report
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Plan, Problem, Snapshot, WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import VSphereError


class Record:
    """One file, written before the first change and again at the end: a run that was killed leaves one that is not finished.

    ``folder`` empty keeps nothing. Cloud-init data and credentials are not in it.
    """

    def __init__(self, folder: str, plan: Plan, wanted: t.Sequence[WantedVM], snapshots: t.Mapping[str, Snapshot]) -> None:
        self._began = datetime.datetime.now(datetime.timezone.utc)
        names = {known for vm in wanted for known in (vm.name, vm.uuid) if known}
        inventory = recorded.dump(snapshots)
        actual = [vm for part in inventory for vm in part["vms"] if {vm["name"], vm["uuid"]} & names]
        self._content: dict[str, t.Any] = {
            "format": recorded.FORMAT,
            "began": self._began.isoformat(timespec="seconds"),
            "ended": None,
            "plan_id": plan.plan_id,
            "desired": [dataclasses.asdict(vm) for vm in wanted],
            "actual": sorted(actual, key=operator.itemgetter("name", "vcenter", "moid")),
            "plan": [report.entry_result(entry) for entry in plan.entries],
            "folders": report.folders(plan),
            "drs": report.drs_changes(plan),
            "changes": {},
            "problems": [],
            "inventory": inventory,
        }
        self._path = pathlib.Path(folder) / f"{self._began:%Y%m%dT%H%M%S.%fZ}-{plan.plan_id[:12]}.json" if folder else None

    def begin(self) -> str:
        """Write what is known before the first change; the file's path. Raises OSError."""
        return self._write()

    def end(self, changes: t.Mapping[str, t.Any], problems: t.Sequence[str]) -> str:
        """Write what was done to each machine, and what went wrong; the file's path. Raises OSError."""
        now = datetime.datetime.now(datetime.timezone.utc)
        self._content.update(ended=now.isoformat(timespec="seconds"), changes=dict(changes), problems=list(problems))
        return self._write()

    def _write(self) -> str:
        if self._path is None:
            return ""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write(self._path, self._content)
        return str(self._path)


def keep(path: str, snapshots: t.Mapping[str, Snapshot]) -> None:
    """Write what was read of the vCenters, and nothing else. Raises OSError."""
    now = datetime.datetime.now(datetime.timezone.utc)
    write(pathlib.Path(path), {"format": recorded.FORMAT, "read": now.isoformat(timespec="seconds"), "inventory": recorded.dump(snapshots)})


def remember(path: str) -> dict[str, Snapshot]:
    """What a file of either kind holds of the vCenters; raises VSphereError."""
    try:
        return recorded.load(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        reason = str(error.strerror) if isinstance(error, OSError) else f"{error}"
        remedy = "name a file that a run has left in its record folder, or that inventory_to has written"
        raise VSphereError(Problem("V-RECORD", path, reason, remedy)) from error


def write(path: pathlib.Path, content: t.Mapping[str, t.Any]) -> None:
    """A whole file or none, which only its owner can read. Raises OSError."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".json")  # 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, sort_keys=True)
        file.write("\n")
    pathlib.Path(draft).replace(path)
