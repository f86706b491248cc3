# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a vCenter's template is what the site asks for, before machines are cloned from it.

What is inside a template cannot be seen while it is off. Whoever builds it says it in an advanced setting (packer/ does), as JSON:
``groundwork.template = {"os": "ubuntu-24.04", "datasource": "VMware"}``.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import template_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Problem, Snapshot, Target
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access, VSphereError
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.look import Result, look, outcome
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import CALL_ERRORS, Session, fault_text
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.snapshot import read

try:
    from pyVmomi import vim, vmodl
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

LABEL = "groundwork.template"
REBUILD = "build it anew (packer/), or name another template in the matrix"


@dataclass(frozen=True)
class Expected:
    """What machines of one vCenter are cloned from. ``hardware`` is the greatest version that all hosts run, ``disk_gb`` the smallest machine's disk."""

    os: str
    guests: tuple[str, ...]
    hardware: int
    disk_gb: int


@dataclass(frozen=True)
class Template:
    """A template as its vCenter describes it. ``label`` is what its builder says is inside, empty when nobody did; ``tools`` 0 means none."""

    guest: str
    hardware: int
    disk_gb: int
    cards: int
    tools: int
    label: t.Mapping[str, str]


def check(access: t.Sequence[Access], targets: t.Mapping[str, Target], expected: t.Mapping[str, Expected]) -> Result:
    """Look at the template of each vCenter that has something expected of it; the result of the module, with ``failed`` and ``warnings``."""
    wanted = [item for item in access if item.name in expected]
    found, problems = look(wanted, lambda session: _find(session, targets[session.access.name]))
    warnings: list[str] = []
    for name, template in sorted(found.items()):
        place = f"{name}:/{targets[name].datacenter}/vm/{targets[name].template}"
        if isinstance(template, str):
            problems.append(Problem("T-MISSING", place, template, "create it (packer/), or correct the name in the matrix"))
            continue
        problems += judge(place, template, expected[name])
        if not template.label:
            warnings.append(f"{place}: nobody says what is inside ({LABEL} is not set): whether cloud-init reads VMware's guestinfo is not known")
    shown = {name: _shown(template) for name, template in sorted(found.items()) if isinstance(template, Template)}
    return {**outcome({"templates": shown}, problems), "warnings": warnings}


def judge(place: str, template: Template, expected: Expected) -> list[Problem]:
    """How a template differs from what the site asks for (pure)."""
    found = []
    if template.guest not in expected.guests:
        found.append(Problem("T-GUEST", place, f"its guest OS is {template.guest or 'not set'}, {expected.os} is {' or '.join(expected.guests)}", REBUILD))
    if template.hardware > expected.hardware:
        reason = f"its virtual hardware version is {template.hardware}, and the oldest host runs at most {expected.hardware}"
        found.append(Problem("T-HARDWARE", place, reason, "build it with that version: it is raised where a machine asks for more, and never lowered"))
    if template.disk_gb > expected.disk_gb:
        reason = f"its first disk has {template.disk_gb} GB, and the smallest machine {expected.disk_gb}"
        found.append(Problem("T-DISK", place, reason, "build it smaller: disks grow, and never shrink"))
    if template.cards < 1:
        found.append(Problem("T-NETWORK", place, "it has no network card", REBUILD))
    if not template.tools:
        found.append(Problem("T-TOOLS", place, "VMware tools have never run in it", "install open-vm-tools; cloud-init reads guestinfo through them"))
    inside = (("os", "T-OS", expected.os), ("datasource", "T-DATASOURCE", "VMware"))
    for key, code, value in inside:
        if template.label and template.label.get(key) != value:
            found.append(Problem(code, place, f"inside is {key} {template.label.get(key, 'unknown')}, wanted {value}", REBUILD))
    return found


def _find(session: Session, target: Target) -> Template | str:
    """The template, or why there is none."""
    snapshot = read(session, target, {})
    state = template_of(target, snapshot)
    if state is None:
        return _why_none(snapshot, target)
    try:
        values = _properties(session, state.moid)
    except CALL_ERRORS as fault:
        problem = Problem("V-READ", session.access.name, f"its template could not be read: {fault_text(fault)}", "check the account's read permission")
        raise VSphereError(problem) from fault
    devices = values.get("config.hardware.device", ())
    return Template(
        guest=values.get("config.guestId") or "",
        hardware=state.details.hardware_version if state.details else 0,
        disk_gb=state.details.disk_gb if state.details else 0,
        cards=sum(isinstance(device, vim.vm.device.VirtualEthernetCard) for device in devices),
        tools=values.get("config.tools.toolsVersion") or 0,
        label=_label({option.key: option.value for option in values.get("config.extraConfig", ())}.get(LABEL)),
    )


def _why_none(snapshot: Snapshot, target: Target) -> str:
    if not snapshot.datacenter:
        return f"there is no datacenter {target.datacenter}"
    if any(state.name == target.template for state in snapshot.vms):
        return "is there, but no template of this datacenter"
    return "there is no such template"


def _properties(session: Session, moid: str) -> dict[str, t.Any]:
    query = vmodl.query.PropertyCollector
    paths = ["config.guestId", "config.tools.toolsVersion", "config.extraConfig", "config.hardware.device"]
    spec = query.FilterSpec(
        objectSet=[query.ObjectSpec(obj=vim.VirtualMachine(moid, session.stub))],
        propSet=[query.PropertySpec(type=vim.VirtualMachine, pathSet=paths)],
    )
    page = session.content.propertyCollector.RetrievePropertiesEx([spec], query.RetrieveOptions())
    return {found.name: found.val for item in page.objects for found in item.propSet}


def _label(text: str | None) -> dict[str, str]:
    """What the builder wrote; what is not JSON is as good as nothing."""
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in parsed.items()} if isinstance(parsed, dict) else {}


def _shown(template: Template) -> Result:
    return {
        "guest": template.guest,
        "hardware_version": template.hardware,
        "disk_gb": template.disk_gb,
        "tools": bool(template.tools),
        "inside": dict(template.label),
    }
