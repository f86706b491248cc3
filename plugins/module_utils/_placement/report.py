# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan in words: result values, the diff, the table and the text of problems (pure)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import drs
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, HostEntry, Plan, Problem, Snapshot, Target

RESERVED_BY_FIRMWARE_PCT = 2  # ESXi shows a little less memory than is built in
SIGNS = {"create": "+", "complete": "~", "power_on": "~", "resize": "~", "move": ">", "keep": "=", "adopt": "=", "blocked": "!", "unknown": "?"}


def entry_result(entry: Entry) -> dict[str, t.Any]:
    """One machine of the plan as a result value."""
    vm = entry.vm
    return {
        "vm": vm.name,
        "env": vm.env,
        "action": entry.action,
        "reason": entry.reason,
        "vcenter": entry.vcenter,
        "host": vm.host,
        "hostname": entry.hostname,
        "datastore": vm.datastore,
        "networks": list(vm.networks),
        "vcpus": vm.vcpus,
        "memory_mb": vm.memory_mb,
        "disk_gb": vm.disk_gb,
        "hardware_version": vm.hardware_version,
        "drift": list(entry.drift),
    }


def folders(plan: Plan) -> list[dict[str, str]]:
    """Folders to create as result values."""
    return [{"vcenter": folder.vcenter, "path": folder.path} for folder in plan.folders]


def drs_changes(plan: Plan) -> list[dict[str, t.Any]]:
    """What DRS is told, as result values."""
    return [dataclasses.asdict(change) for change in plan.drs]


def line(entry: Entry) -> str:
    """One machine in one line, as the table and the diff show it."""
    vm = entry.vm
    size = f"{vm.vcpus} vCPU, {vm.memory_mb} MB, {vm.disk_gb} GB"
    hardware = f", vmx-{vm.hardware_version}" if vm.hardware_version else ""
    return f"{vm.name} on {entry.hostname} ({vm.host}, {entry.vcenter}), {vm.datastore}, {size}{hardware}"


def diff(plan: Plan) -> dict[str, str]:
    """Before and after with one line per machine; only what an apply changes differs."""
    before, after = [], []
    for entry in plan.entries:
        if entry.action in ("blocked", "unknown"):
            continue
        now = line(entry)
        if entry.action == "create":
            after.append(f"{now}: on")
            continue
        state = {"complete": "begun", "power_on": "off", "resize": "of another size"}.get(entry.action, "on")
        before.append(f"{now}: {state}")
        after.append(f"{now}: on")
    after += [f"folder {folder.path} in {folder.vcenter}" for folder in plan.folders]
    after += [drs.text(change) for change in plan.drs]
    return {"before": "".join(f"{text}\n" for text in before), "after": "".join(f"{text}\n" for text in after)}


def table(plan: Plan) -> list[str]:
    """The plan as lines of a table: machine, place, size, and with a sign what happens to it and why."""
    rows = [("VM", "HOST", "VCENTER", "DATASTORE", "CPU", "RAM", "DISK", "WHAT HAPPENS")]
    for entry in plan.entries:
        vm = entry.vm
        size = (str(vm.vcpus), f"{vm.memory_mb // 1024} GB", f"{vm.disk_gb} GB")
        rows.append((vm.name, f"{vm.host} {entry.hostname}".strip(), entry.vcenter, vm.datastore, *size, _what_happens(entry)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    beside = [*(f"VM folder {folder.path} in {folder.vcenter}" for folder in plan.folders), *(drs.text(change) for change in plan.drs)]
    return lines + [f"{SIGNS['create']} {text}" for text in beside]


def _what_happens(entry: Entry) -> str:
    drift = f"; differs in {'; '.join(entry.drift)}" if entry.drift else ""
    return f"{SIGNS[entry.action]} {entry.action}, {entry.reason}{drift}"


def drift_warnings(plan: Plan) -> list[str]:
    """One warning per machine that differs from the matrix."""
    return [f"{entry.vm.name} differs from the matrix and is left as it is: {'; '.join(entry.drift)}" for entry in plan.entries if entry.drift]


def violation_warnings(plan: Plan) -> list[str]:
    """One warning per breach of a constraint by what is there."""
    return [f"{found.code} {', '.join(found.machines)}: {found.reason}" for found in plan.violations]


def host_warnings(hosts: t.Iterable[HostEntry], snapshots: t.Mapping[str, Snapshot]) -> list[str]:
    """One warning per host that is smaller than the matrix says: its capacity checks went by wrong figures."""
    warnings = []
    for entry in hosts:
        host = snapshots[entry.vcenter].hosts.get(entry.hostname.lower()) if entry.vcenter in snapshots else None
        if host and (host.cores < entry.cores or host.memory_mb < entry.memory_mb * (100 - RESERVED_BY_FIRMWARE_PCT) // 100):
            has, expected = f"{host.cores} cores and {host.memory_mb} MB", f"{entry.cores} cores and {entry.memory_mb} MB"
            warnings.append(f"host {entry.hostname} has {has}, the matrix says {expected}")
    return warnings


def cloning(snapshot: Snapshot, target: Target) -> tuple[str, str]:
    """A template of which our account still makes clones, and what that means."""
    count = "1 clone" if snapshot.cloning == 1 else f"{snapshot.cloning} clones"
    return f"{target.vcenter}:/{target.datacenter}/vm/{target.template}", f"{count} by our account still to end, and what they make is not seen yet"


def cloning_warnings(snapshots: t.Mapping[str, Snapshot], targets: t.Mapping[str, Target]) -> list[str]:
    """One warning per template of which clones run that an earlier run may have begun."""
    told = [cloning(snapshots[name], targets[name]) for name in sorted(snapshots) if snapshots[name].cloning]
    return [f"{place}: {what}; look again when they have ended" for place, what in told]


def problems_text(problems: t.Sequence[Problem], nothing_changed: bool = True) -> str:
    """All problems in one message, the last line saying what happened and what to do next."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    end = "Nothing was changed." if nothing_changed else "What was begun stays; a further run continues from there."
    return "\n".join([*(str(problem) for problem in problems), f"{count}. {end} Correct what is named above, then run again."])


def summary(plan: Plan) -> str:
    """One sentence about the whole plan."""
    counts = {action: sum(1 for entry in plan.entries if entry.action == action) for action in SIGNS}
    said = [
        f"{counts['create']} to create" if counts["create"] else "",
        f"{counts['complete']} to complete" if counts["complete"] else "",
        f"{counts['power_on']} to power on" if counts["power_on"] else "",
        f"{counts['resize']} to resize" if counts["resize"] else "",
        f"{counts['move']} to move" if counts["move"] else "",
        f"{counts['keep']} as wanted" if counts["keep"] else "",
        f"{counts['adopt']} adopted" if counts["adopt"] else "",
        f"{counts['blocked']} without a place" if counts["blocked"] else "",
        f"{counts['unknown']} unknown" if counts["unknown"] else "",
    ]
    return f"{len(plan.entries)} machines: {', '.join(part for part in said if part) or 'none'}."
