# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that only look: every vCenter is read at the same time, in a session that refuses whatever changes anything."""

from __future__ import annotations

import dataclasses
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.groundwork.platform.plugins.module_utils._placement import report
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import marker_names
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Problem, Snapshot, Target
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access, VSphereError
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.snapshot import read

T = t.TypeVar("T")
Result = dict[str, t.Any]


def look(access: t.Sequence[Access], work: t.Callable[[Session], T]) -> tuple[dict[str, T], list[Problem]]:
    """What ``work`` finds in each vCenter, by its name, and why others could not be read."""

    def one(item: Access) -> T | Problem:
        session = Session(item, read_only=True)
        try:
            session.open()
            return work(session)
        except VSphereError as error:
            return error.problem
        finally:
            session.close()

    with ThreadPoolExecutor(max_workers=max(1, len(access))) as pool:
        answers = dict(zip([item.name for item in access], pool.map(one, access)))
    problems = [answer for answer in answers.values() if isinstance(answer, Problem)]
    return {name: answer for name, answer in answers.items() if not isinstance(answer, Problem)}, problems


def machines(access: t.Sequence[Access], targets: t.Mapping[str, Target], names: t.Sequence[str]) -> Result:
    """Where the machines of these names are, and which hosts take machines now; the result of the module, with ``failed``."""
    snapshots, problems = look(access, lambda session: read(session, targets[session.access.name], dict.fromkeys(names, ())))
    found = [machine for snapshot in snapshots.values() for machine in _machines(snapshot, set(names))]
    found.sort(key=lambda machine: (natural(machine["name"]), machine["vcenter"], machine["path"]))
    hosts = {name: {host.name.lower(): host.why_unusable for host in snapshot.hosts.values()} for name, snapshot in snapshots.items()}
    return outcome({"machines": found, "hosts": hosts}, problems)


def _machines(snapshot: Snapshot, names: t.Collection[str]) -> t.Iterator[Result]:
    hosts = {host.moid: host.name.lower() for host in snapshot.hosts.values()}
    for state in snapshot.vms:
        if state.name in names:
            yield {
                "name": state.name,
                "vcenter": state.vcenter,
                "host": hosts.get(state.host, ""),
                "path": state.path,
                "powered_on": state.powered_on,
                "template": state.template,
                "ours": marker_names(state),
            }


def outcome(result: Result, problems: t.Sequence[Problem]) -> Result:
    """A result of a module that only looks, with all problems at once."""
    said = {"msg": report.problems_text(problems, nothing_changed=True)} if problems else {}
    return {**result, **said, "failed": bool(problems), "changed": False, "problems": [dataclasses.asdict(problem) for problem in problems]}
