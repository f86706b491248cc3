# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switch machines on, all of one vCenter by one call."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, fault_text, moid_of
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.tasks import task_result, wait_tasks

try:
    from pyVmomi import vim
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


def power_on(session: Session, datacenter: str, machines: t.Mapping[str, str]) -> tuple[set[str], dict[str, str]]:
    """Switch on machines (name to moid) of a datacenter; the names of those that are on, and the faults of the others in words.

    The API starts a task for each; a machine that DRS leaves off, or wants to see moved first, has none.
    """
    if not machines:
        return set(), {}
    objects = [vim.VirtualMachine(moid, session.stub) for moid in machines.values()]
    result, fault = task_result(session, vim.Datacenter(datacenter, session.stub).PowerOnMultiVM_Task(vm=objects))
    if result is None:
        return set(), dict.fromkeys(machines, fault)
    refused = {moid_of(item.vm): fault_text(item.fault) for item in result.notAttempted}
    tasks = {moid_of(item.vm): item.task for item in result.attempted if item.task is not None}
    started, failed, _running = wait_tasks(session, {name: tasks[moid] for name, moid in machines.items() if moid in tasks})
    for name, moid in machines.items():
        if moid not in tasks:
            failed[name] = refused.get(moid, "vCenter has not tried to switch it on")
    return set(started), failed
