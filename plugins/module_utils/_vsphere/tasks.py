# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for many objects of one vCenter together: tasks to end, guests to report."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import properties
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import LOGINS, Session, fault_text, moid_of

try:
    from pyVmomi import vim, vmodl
    from pyVmomi.VmomiSupport import ManagedObject
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

LOOKS = (0.1, 0.2, 0.4)  # seconds before each look; only what takes longer is worth the calls that follow it
ROUND_SECONDS = 30  # below the HTTP timeout, so that a silent round is an answer and not an error
TASK_SECONDS = 3600.0

Values = dict[str, t.Any]


class Ended(t.NamedTuple):
    """Tasks by what they are for: the results (a moid, or empty) of those that succeeded, the faults of the others in words, and who runs on."""

    succeeded: dict[str, str]
    failed: dict[str, str]
    running: set[str]


def wait_tasks(session: Session, tasks: t.Mapping[str, t.Any]) -> Ended:
    """Wait for all tasks, given by what they are for. One still running after an hour counts as failed and is left alone."""
    seen = watch(session, list(tasks.values()), ["info.state", "info.error", "info.result"], _ended, TASK_SECONDS)
    ended = succeeded, failed, running = Ended({}, {}, set())
    for name, task in tasks.items():
        values = seen.get(moid_of(task), {})
        if values.get("info.state") == "success":
            result = values.get("info.result")
            succeeded[name] = moid_of(result) if isinstance(result, ManagedObject) else ""
        elif values.get("info.state") == "error":
            failed[name] = fault_text(values["info.error"])
        else:
            failed[name] = f"still running after {TASK_SECONDS:.0f} seconds"
            running.add(name)
    return ended


def wait_ended(session: Session, tasks: t.Sequence[t.Any], seconds: float) -> int:
    """Wait for tasks, whatever comes of them; how many still run when the time is over."""
    seen = watch(session, tasks, ["info.state"], _ended, seconds)
    return sum(not _ended(values) for values in seen.values())


def task_result(session: Session, task: t.Any) -> tuple[t.Any, str]:
    """Wait for one task; its result, or None and its fault in words."""
    values = watch(session, [task], ["info.state", "info.error", "info.result"], _ended, TASK_SECONDS)[moid_of(task)]
    if values.get("info.state") == "success":
        return values.get("info.result"), ""
    return None, fault_text(values["info.error"]) if "info.error" in values else f"still running after {TASK_SECONDS:.0f} seconds"


def _ended(values: Values) -> bool:
    return values.get("info.state") in ("success", "error")


def wait_guests(session: Session, machines: t.Mapping[str, str], seconds: float) -> dict[str, tuple[str, str]]:
    """Wait until the guests of machines (name to moid) report address and host name; returns those that did."""
    objects = [vim.VirtualMachine(moid, session.stub) for moid in machines.values()]
    seen = watch(session, objects, ["guest.ipAddress", "guest.hostName"], _reported, seconds)
    reported = {name: seen.get(moid, {}) for name, moid in machines.items()}
    return {name: (values["guest.ipAddress"], values["guest.hostName"]) for name, values in reported.items() if _reported(values)}


def _reported(values: Values) -> bool:
    return bool(values.get("guest.ipAddress")) and bool(values.get("guest.hostName"))


def watch(session: Session, objects: t.Sequence[t.Any], paths: t.Sequence[str], done: t.Callable[[Values], bool], seconds: float) -> dict[str, Values]:
    """Follow properties until every object is done or the time is over; returns the last values by moid."""
    seen: dict[str, Values] = {moid_of(item): {} for item in objects}
    deadline = time.monotonic() + seconds
    for pause in LOOKS if objects else ():
        time.sleep(pause)
        for moid, values in properties.values(session, objects, paths).items():
            seen[moid].update(values)
        if all(done(values) for values in seen.values()):
            return seen
    for trial in range(LOGINS):
        if not objects:
            break
        try:
            _follow(session, objects, paths, lambda: all(done(values) for values in seen.values()), seen, deadline)
            break
        except vmodl.fault.ManagedObjectNotFound:  # the collector ended with its session, which has been opened again
            session.collector = None
            if trial == LOGINS - 1:
                raise
    return seen


def _follow(
    session: Session, objects: t.Sequence[t.Any], paths: t.Sequence[str], done: t.Callable[[], bool], seen: t.Mapping[str, Values], deadline: float
) -> None:
    """Write down what is and what changes. The session's one collector also tells what was followed before, which is passed over."""
    session.collector = collector = session.collector or session.content.propertyCollector.CreatePropertyCollector()
    collector.CreateFilter(properties.wanted(objects, {type(objects[0]): paths}), True)
    version = ""  # everything as it is now comes first
    while not done():
        left = deadline - time.monotonic()
        if left <= 0:
            break
        update = collector.WaitForUpdatesEx(version, vmodl.query.PropertyCollector.WaitOptions(maxWaitSeconds=max(1, min(ROUND_SECONDS, int(left)))))
        if update is None:
            continue
        version = update.version
        for item in (item for filtered in update.filterSet for item in filtered.objectSet):
            seen.get(moid_of(item.obj), {}).update({change.name: change.val for change in item.changeSet})
