# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete machines for good: only such as were created here and are switched off, all of those that are named or none."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import report
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import marker_names, where
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Problem, Snapshot, Target, VMState
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access, VSphereError
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import CALL_ERRORS, Session, fault_text
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.snapshot import read
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.tasks import wait_tasks

try:
    from pyVmomi import vim
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


def deletable(names: t.Iterable[str], snapshots: t.Mapping[str, Snapshot]) -> tuple[list[VMState], list[Problem]]:
    """The machines of these names, and what stands against deleting them (pure). A name that nothing has is deleted already."""
    wanted = set(names)
    found = [state for snapshot in snapshots.values() for state in snapshot.vms if state.name in wanted]
    found.sort(key=lambda state: (natural(state.name), state.vcenter, state.moid))
    problems = []
    for state in found:
        if state.template:
            problems.append(Problem("D-TEMPLATE", where(state), "is a template", "leave it out"))
        elif not marker_names(state):
            problems.append(Problem("D-FOREIGN", where(state), "was not created by groundwork", "delete it in vCenter if it is really meant"))
        elif state.powered_on:
            problems.append(Problem("D-ON", where(state), "is switched on", "let it leave its cluster (remove.yml) and shut it down first"))
    return found, problems


class Deletion:
    """One run of the module. With ``changing`` False every session refuses calls that change anything."""

    def __init__(self, access: t.Sequence[Access], targets: t.Mapping[str, Target], names: t.Sequence[str], changing: bool) -> None:
        self._targets, self._names, self._changing = targets, names, changing
        self._sessions = {item.name: Session(item, read_only=not changing) for item in access}

    def execute(self) -> dict[str, t.Any]:
        """Read all vCenters, then delete everything that is named, or nothing; returns the result of the module, with ``failed``."""
        done: list[str] = []
        with contextlib.ExitStack() as stack:
            snapshots, problems = {}, []
            for name, session in self._sessions.items():
                stack.callback(session.close)
                try:
                    session.open()
                    snapshots[name] = read(session, self._targets[name], dict.fromkeys(self._names, ()))
                except VSphereError as error:
                    problems.append(error.problem)
            found, against = deletable(self._names, snapshots)
            problems += against
            if self._changing and not problems:
                for name in snapshots:
                    done += self._delete(name, [state for state in found if state.vcenter == name], problems)
        return _result(self._names, found, done, problems, self._changing)

    def _delete(self, vcenter: str, states: t.Sequence[VMState], problems: list[Problem]) -> list[str]:
        """Delete machines of one vCenter, which itself refuses one that has been switched on meanwhile; returns their names."""
        session = self._sessions[vcenter]
        try:
            tasks = {state.name: vim.VirtualMachine(state.moid, session.stub).Destroy_Task() for state in states}
            deleted, failed = wait_tasks(session, tasks)
        except CALL_ERRORS as fault:
            problems.append(Problem("D-VCENTER", vcenter, f"the deletion was cut off: {fault_text(fault)}", "run again: what is gone is left out"))
            return []
        problems += [Problem("D-DELETE", name, reason, "see the task in vCenter, then run again") for name, reason in sorted(failed.items())]
        return sorted(deleted, key=natural)


def _result(names: t.Sequence[str], found: t.Sequence[VMState], done: t.Sequence[str], problems: t.Sequence[Problem], changing: bool) -> dict[str, t.Any]:
    there = {state.name: where(state) for state in found}
    result: dict[str, t.Any] = {
        "failed": bool(problems),
        "changed": bool(done) if changing else bool(there) and not problems,
        "found": there,
        "absent": sorted(set(names) - set(there), key=natural),
        "deleted": list(done),
        "problems": [dataclasses.asdict(problem) for problem in problems],
        "diff": {"before": "".join(f"{place}\n" for place in there.values()), "after": ""},
    }
    if problems:
        result["msg"] = report.problems_text(problems, nothing_changed=not done)
    return result
