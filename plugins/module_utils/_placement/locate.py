# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which existing machine, if any, is the wanted one (pure).

One machine per name over all vCenters. The marker that the apply writes tells ours from foreign ones; a name alone never does.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, Problem, Snapshot, Target, VMState, WantedVM

MARKER = "groundwork.placement"
MADE_BY = "created by groundwork.platform"  # ends the annotation of each machine; cheaper to look for in all than the marker, which decides


def existing(vm: WantedVM, snapshots: t.Mapping[str, Snapshot]) -> list[VMState]:
    """Every machine or template of the wanted name, or of its UUID, in a stable order."""
    found = [state for snapshot in snapshots.values() for state in snapshot.vms if state.name == vm.name or (vm.uuid and state.uuid == vm.uuid)]
    return sorted(found, key=lambda s: (s.vcenter, s.path, s.moid))


def template_of(target: Target, snapshot: Snapshot) -> VMState | None:
    """What machines of a vCenter are cloned from; only what is marked as a template and lies in the datacenter counts."""
    for state in snapshot.vms:
        if state.template and state.name == target.template and state.datacenter == target.datacenter:
            return state
    return None


def where(state: VMState) -> str:
    """Place of a machine for messages."""
    return f"{state.vcenter}:/{state.datacenter}/vm/{state.path}"


def marker_of(vm: WantedVM) -> dict[str, str]:
    """What the marker says about the machine that it was created for."""
    return {"env": vm.env, "node": vm.name, "role": vm.role}


def marker_names(state: VMState) -> bool:
    """Whether the marker says that this machine was created under the name that it has."""
    return state.details is not None and state.details.marker.get("node") == state.name


def is_ours(vm: WantedVM, state: VMState) -> bool:
    """Whether the marker says that this machine was created for the wanted one."""
    marker = state.details.marker if state.details else {}
    return marker.get("node") == vm.name and marker.get("env") == vm.env


def identity_problem(vm: WantedVM, found: t.Sequence[VMState]) -> Problem | None:
    """Refuse two machines of one name, and a foreign one unless the site adopts it."""
    if len(found) > 1:
        places = " and ".join(where(state) for state in found)
        return Problem("C13", vm.name, f"exists {len(found)} times: {places}", "rename or remove all but one; a third is never created")
    if vm.uuid and not found:
        return Problem("C13", vm.name, f"no machine has UUID {vm.uuid}", "correct the UUID in the matrix, or remove it if a new machine is wanted")
    if not found or is_ours(vm, found[0]):
        return None
    state = found[0]
    if vm.uuid and state.uuid != vm.uuid:
        return Problem("C13", where(state), f"has UUID {state.uuid}, the matrix says {vm.uuid}", "correct the UUID in the matrix")
    if vm.adopt and not state.template:
        return None
    kind = "a template" if state.template else "a virtual machine that groundwork did not create"
    remedy = "choose another name"
    if not state.template:
        remedy += ", or set adopt: true in the matrix if it is the wanted one"
    return Problem("C13", where(state), f"is {kind}", remedy)


def drift(vm: WantedVM, entry: HostEntry, state: VMState, snapshots: t.Mapping[str, Snapshot]) -> tuple[str, ...]:
    """How an existing machine differs from the wanted one, as "what: is, wanted" sentences. Nothing here is ever repaired by a run."""
    differences = []

    def compare(what: str, actual: object, wanted: object) -> None:
        if actual != wanted:
            differences.append(f"{what}: {actual}, wanted {wanted}")

    compare("name", state.name, vm.name)
    compare("vCenter", state.vcenter, entry.vcenter)
    compare("host", _host_name(state, snapshots), entry.hostname.lower())
    compare("vCPUs", state.vcpus, vm.vcpus)
    compare("memory MB", state.memory_mb, vm.memory_mb)
    details = state.details
    if details is None:
        return tuple(differences)
    compare("disk GB", details.disk_gb, vm.disk_gb)
    if vm.hardware_version:
        compare("hardware version", details.hardware_version, vm.hardware_version)
    if vm.datastore not in details.datastores:
        compare("datastore", _names(details.datastores), vm.datastore)
    compare("networks", _names(details.networks), _names(vm.networks))
    if vm.adopt and not state.powered_on:
        differences.append("power: off, wanted on")
    return tuple(differences)


def _host_name(state: VMState, snapshots: t.Mapping[str, Snapshot]) -> str:
    for host in snapshots[state.vcenter].hosts.values():
        if host.moid == state.host:
            return host.name.lower()
    return "unknown"


def _names(names: t.Iterable[str]) -> str:
    return ", ".join(sorted(set(names))) or "none"
