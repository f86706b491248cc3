# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look again, immediately before machines are created, whether their hosts and datastores still take them.

Between the plan and the last clone lie minutes: a host may go into maintenance, a datastore may be filled.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import demand, disk_limit, disk_used
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, Policy, Problem, Snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import inventory
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import snapshot as reading
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session


def changed(session: Session, before: Snapshot, entries: t.Sequence[Entry], policy: Policy) -> list[Problem]:
    """What has changed since the plan and keeps machines of one vCenter from being created. One call."""
    hosts = {before.hosts[entry.hostname.lower()].moid for entry in entries}
    stores = {before.datastores[entry.vm.datastore].moid for entry in entries}
    return judge(before, entries, policy, reading.read_places(session, sorted(hosts), sorted(stores)))


def judge(before: Snapshot, entries: t.Sequence[Entry], policy: Policy, now: t.Mapping[str, inventory.Found]) -> list[Problem]:
    """The same from what was read, by moid (pure). Machines that go into one datastore count together."""
    problems = []
    left: dict[str, int] = {}
    for entry in entries:
        host = before.hosts[entry.hostname.lower()]
        store = inventory.datastore(now[before.datastores[entry.vm.datastore].moid])
        left.setdefault(store.name, disk_limit(store, policy) - disk_used(store))
        left[store.name] -= demand(entry.vm, policy).disk
        why = inventory.why_unusable(now[host.moid].properties)
        if why:
            problems.append(_problem(entry, f"its host {host.name} is {why} since the plan was made"))
        if not store.usable:
            problems.append(_problem(entry, f"datastore {store.name} is not accessible or in maintenance since the plan was made"))
        elif left[store.name] < 0:
            problems.append(_problem(entry, f"datastore {store.name} has been filled since the plan was made: {-left[store.name]} MB are missing"))
    return problems


def _problem(entry: Entry, reason: str) -> Problem:
    return Problem("A-CHANGED", entry.vm.name, reason, "run again: a new plan goes by what is there now")
