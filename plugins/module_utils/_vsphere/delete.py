# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete machines for good: only such as were created here and are switched off, and none before all that are named are such."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import report
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import marker_names, where
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Problem, Snapshot, Target, VMState
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import privileges
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access, VSphereError
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import CALL_ERRORS, Session, fault_text
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.snapshot import read
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.tasks import wait_tasks

try:
    from pyVmomi import vim, vmodl
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
        """Read all vCenters, then delete what is named, unless something stands against one; returns the module's result, with ``failed``."""
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
            if not problems:
                for name, session in self._sessions.items():
                    problems += _lacking(session, [state for state in found if state.vcenter == name])
            if self._changing and not problems:
                for name in snapshots:
                    done += self._delete(name, [state for state in found if state.vcenter == name], problems)
            touched = any(session.changed for session in self._sessions.values())
        changed = touched if self._changing else bool(found) and not problems
        return {"changed": changed, **_result(self._names, found, done, problems, touched)}

    def _delete(self, vcenter: str, states: t.Sequence[VMState], problems: list[Problem]) -> list[str]:
        """Delete machines of one vCenter, which itself refuses one that has been switched on meanwhile; returns their names.

        One that is refused stops new deletions; those that run are waited for.
        """
        session, places = self._sessions[vcenter], {state.moid: where(state) for state in states}
        tasks: dict[str, t.Any] = {}
        deleted: dict[str, str] = {}
        failed: dict[str, str] = {}
        refused: dict[str, str] = {}
        moid = ""
        try:
            try:
                for moid in places:
                    tasks[moid] = vim.VirtualMachine(moid, session.stub).Destroy_Task()
            except vmodl.MethodFault as fault:
                refused[moid] = fault_text(fault)
            deleted, failed, _running = wait_tasks(session, tasks)
        except CALL_ERRORS as fault:
            reason = f"the deletion was cut off: {fault_text(fault)}; what became of {', '.join(places.values())} was not seen"
            problems.append(Problem("D-VCENTER", vcenter, reason, "run again: what is gone is left out"))
        remedy = "see the task in vCenter, then run again"
        problems += [Problem("D-DELETE", places[moid], reason, remedy) for moid, reason in sorted({**failed, **refused}.items())]
        return [state.name for state in states if state.moid in deleted]


def _lacking(session: Session, states: t.Sequence[VMState]) -> list[Problem]:
    try:
        return privileges.ask(session, [("machine to delete", state.name, state.moid) for state in states])
    except CALL_ERRORS as fault:
        name = session.access.name
        return [Problem("V-PRIVILEGE", name, f"its privileges cannot be asked for: {fault_text(fault)}", "check the vCenter, then run again")]


def _result(names: t.Sequence[str], found: t.Sequence[VMState], done: t.Sequence[str], problems: t.Sequence[Problem], touched: bool) -> dict[str, t.Any]:
    there: dict[str, str] = {}
    for state in found:
        there[state.name] = f"{there[state.name]} and {where(state)}" if state.name in there else where(state)
    result: dict[str, t.Any] = {
        "failed": bool(problems),
        "found": there,
        "absent": sorted(set(names) - set(there), key=natural),
        "deleted": sorted(set(done), key=natural),
        "problems": [dataclasses.asdict(problem) for problem in problems],
        "diff": {"before": "".join(f"{place}\n" for place in there.values()), "after": ""},
    }
    if problems:
        result["msg"] = report.problems_text(problems, nothing_changed=not touched)
    return result
