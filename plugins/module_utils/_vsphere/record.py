# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one apply was to do, found and did, kept as a file on the controller: for whoever asks later why a machine is where it is."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import pathlib
import tempfile
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import report
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Plan, Snapshot, VMState, WantedVM

FORMAT = 1  # of the file; a reader refuses what it does not know


class Record:
    """One file, written before the first change and again at the end: a run that was killed leaves one that is not finished.

    ``folder`` empty keeps nothing. Cloud-init data and credentials are not in it.
    """

    def __init__(self, folder: str, plan: Plan, wanted: t.Sequence[WantedVM], snapshots: t.Mapping[str, Snapshot]) -> None:
        self._began = datetime.datetime.now(datetime.timezone.utc)
        self._content: dict[str, t.Any] = {
            "format": FORMAT,
            "began": self._began.isoformat(timespec="seconds"),
            "ended": None,
            "plan_id": plan.plan_id,
            "vcenters": {name: {"uuid": snapshot.uuid, "version": snapshot.version} for name, snapshot in sorted(snapshots.items())},
            "desired": [dataclasses.asdict(vm) for vm in wanted],
            "actual": [_state(state) for state in _machines(wanted, snapshots)],
            "plan": [report.entry_result(entry) for entry in plan.entries],
            "changes": {},
            "problems": [],
        }
        self._folder = pathlib.Path(folder) if folder else None

    def begin(self) -> str:
        """Write what is known before the first change; the file's path. Raises OSError."""
        return self._write()

    def end(self, changes: t.Mapping[str, str], problems: t.Sequence[str]) -> str:
        """Write what was done to each machine, and what went wrong; the file's path. Raises OSError."""
        now = datetime.datetime.now(datetime.timezone.utc)
        self._content.update(ended=now.isoformat(timespec="seconds"), changes=dict(changes), problems=list(problems))
        return self._write()

    def _write(self) -> str:
        if self._folder is None:
            return ""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{self._began:%Y%m%dT%H%M%S.%fZ}-{self._content['plan_id'][:12]}.json"
        handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".json")  # 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self._content, file, indent=2, sort_keys=True)
            file.write("\n")
        pathlib.Path(draft).replace(path)
        return str(path)


def _machines(wanted: t.Sequence[WantedVM], snapshots: t.Mapping[str, Snapshot]) -> list[VMState]:
    names = {vm.name for vm in wanted}
    found = [state for snapshot in snapshots.values() for state in snapshot.vms if state.name in names]
    return sorted(found, key=lambda state: (state.name, state.vcenter, state.moid))


def _state(state: VMState) -> dict[str, t.Any]:
    """A machine as it was found, in JSON's types."""
    values = dataclasses.asdict(state)
    details = values["details"]
    if details:
        values["details"] = {key: sorted(value) if isinstance(value, frozenset) else value for key, value in details.items()}
    return values
