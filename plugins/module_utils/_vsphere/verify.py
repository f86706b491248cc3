# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether machines are what the plan says, before they are started (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import drs
from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import drift, existing, where
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, HostEntry, Policy, Problem, Snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.resize import sizes

REMEDY = "see the task in vCenter, then run again"
BEGUN = "give the matrix what it has, or delete it (delete_vms.yml), then run again"


def judge(entries: t.Sequence[Entry], hosts: t.Mapping[str, HostEntry], after: Snapshot, policy: Policy, moids: t.Mapping[str, str]) -> list[Problem]:
    """Everything that differs in one vCenter; ``moids`` are of all machines of the plan, by name."""
    found = [problem for entry in entries for problem in _machine(entry, hosts, after)]
    ours = [entry for entry in entries if entry.action not in ("adopt", "blocked")]
    lacking = drs.lacking(ours, after, policy, moids)
    return found + [Problem("A-DRS", change.cluster, f"has not kept what it was told, {drs.text(change)}", REMEDY) for change in lacking]


def _machine(entry: Entry, hosts: t.Mapping[str, HostEntry], after: Snapshot) -> t.Iterator[Problem]:
    name, snapshots = entry.vm.name, {after.vcenter: after}
    if entry.action not in ("create", "complete", "power_on", "resize"):
        return
    found = existing(entry.vm, snapshots)
    if not found:
        yield Problem("A-VERIFY", name, "is not there any more", REMEDY)
    elif len(found) > 1:
        places = " and ".join(where(state) for state in found)
        yield Problem("A-TWICE", name, f"somebody else has created one of this name meanwhile: {places}", "remove or rename one of them")
    elif entry.action == "resize":
        for difference in sizes(entry.vm, found[0]):
            yield Problem("A-VERIFY", name, f"has not got its size, {difference}", REMEDY)
    elif entry.action in ("create", "complete"):
        home = hosts.get(entry.vm.host) or HostEntry("", entry.hostname, entry.vcenter)
        begun = entry.action == "complete"
        for difference in drift(entry.vm, home, found[0], snapshots):
            said = "was begun by an earlier run and differs from the plan" if begun else "differs from the plan"
            yield Problem("A-VERIFY", name, f"{said}, {difference}", BEGUN if begun else REMEDY)


def elsewhere(entry: Entry, after: t.Mapping[str, Snapshot]) -> Problem | None:
    """A machine of the same name that has appeared in another vCenter; ``after`` are those that were read again."""
    found = existing(entry.vm, {name: snapshot for name, snapshot in after.items() if name != entry.vcenter})
    if not found:
        return None
    return Problem("A-TWICE", entry.vm.name, f"somebody else has created one of this name meanwhile: {where(found[0])}", "remove or rename one of them")
