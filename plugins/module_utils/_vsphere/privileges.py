# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account must be allowed in a vCenter, and whether it is: asked in one call before the first change.

Privileges by the kind of object that they are needed on (vSphere Security, "Required vCenter Server Privileges for Common Tasks").
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import template_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, Problem, Snapshot, Target
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session

try:
    from pyVmomi import vim
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

# A machine, and a folder that is created, has what its account is allowed on the folder that it lies in.
MACHINE = (
    "VirtualMachine.Inventory.CreateFromExisting",
    "VirtualMachine.Config.AddRemoveDevice",
    "VirtualMachine.Config.AdvancedConfig",
    "VirtualMachine.Config.Annotation",
    "VirtualMachine.Config.CPUCount",
    "VirtualMachine.Config.DiskExtend",
    "VirtualMachine.Config.EditDevice",
    "VirtualMachine.Config.Memory",
    "VirtualMachine.Config.UpgradeVirtualHardware",
    "VirtualMachine.Interact.PowerOn",
)
NEEDED: dict[str, tuple[str, ...]] = {
    "VM folder": MACHINE,
    "folder above a new one": ("Folder.Create",),
    "machine to resize": (
        "VirtualMachine.Config.CPUCount",
        "VirtualMachine.Config.DiskExtend",
        "VirtualMachine.Config.Memory",
        "VirtualMachine.Interact.PowerOff",
        "VirtualMachine.Interact.PowerOn",
    ),
    "machine to delete": ("VirtualMachine.Inventory.Delete",),
    "template": ("VirtualMachine.Provisioning.DeployTemplate",),
    "host's resource pool": ("Resource.AssignVMToPool",),
    "datastore": ("Datastore.AllocateSpace",),
    "network": ("Network.Assign",),
    "cluster": ("Host.Inventory.EditCluster",),
}

Thing = tuple[str, str, str]  # a key of NEEDED, the object's name, its moid


def things(entries: t.Iterable[Entry], target: Target, snapshot: Snapshot) -> list[Thing]:
    """The objects on which creating, completing and starting these machines needs privileges, in a stable order (pure)."""
    found: set[Thing] = set()
    for entry in entries:
        if entry.action == "resize":
            found.add(("machine to resize", entry.vm.name, entry.moid))
            continue
        path = entry.vm.folder or target.folder
        if entry.action == "create":
            while path not in snapshot.folders:
                path = path.rpartition("/")[0]
            if path != (entry.vm.folder or target.folder):
                found.add(("folder above a new one", path or "vm", snapshot.folders[path]))
        found.add(("VM folder", path or "vm", snapshot.folders.get(path, "")))
        if entry.action != "create":
            continue
        template = template_of(target, snapshot)
        host = snapshot.hosts[entry.hostname.lower()]
        found.add(("template", target.template, template.moid if template else ""))
        found.add(("host's resource pool", host.name, host.pool))
        found.add(("datastore", entry.vm.datastore, snapshot.datastores[entry.vm.datastore].moid))
        found.update(("network", name, snapshot.networks[name]) for name in entry.vm.networks)
    return sorted(thing for thing in found if thing[2])


def lacking(session: Session, entries: t.Sequence[Entry], target: Target, snapshot: Snapshot, clusters: t.Collection[str] = ()) -> list[Problem]:
    """One problem for each object on which the account lacks privileges, also on ``clusters`` whose DRS is told something. One call."""
    return ask(session, things(entries, target, snapshot) + [("cluster", one.name, one.moid) for one in snapshot.clusters if one.name in clusters])


def ask(session: Session, asked: t.Sequence[Thing]) -> list[Problem]:
    """One problem for each of these things on which the account lacks privileges. One call, or none for nothing."""
    if not asked:
        return []
    every = sorted({privilege for privileges in NEEDED.values() for privilege in privileges})
    answer = session.content.authorizationManager.HasPrivilegeOnEntities(
        entity=[_reference(kind, moid) for kind, _name, moid in asked], sessionId=session.key, privId=every
    )
    problems = []
    for (kind, name, _moid), found in zip(asked, answer):
        granted = {item.privId for item in found.privAvailability if item.isGranted}
        missing = [privilege for privilege in NEEDED[kind] if privilege not in granted]
        if missing:
            reason = f"{session.access.username} lacks {', '.join(missing)} on the {kind} {name}"
            problems.append(Problem("V-PRIVILEGE", session.access.name, reason, "give the account's role these privileges there, then run again"))
    return problems


def _reference(kind: str, moid: str) -> t.Any:
    """An object by its id; of networks the id tells the kind."""
    reference: t.Any = vim.Network(moid)
    if moid.startswith("dvportgroup-"):
        reference = vim.dvs.DistributedVirtualPortgroup(moid)
    elif kind in ("VM folder", "folder above a new one"):
        reference = vim.Folder(moid)
    elif kind in ("template", "machine to resize", "machine to delete"):
        reference = vim.VirtualMachine(moid)
    elif kind == "cluster":
        reference = vim.ClusterComputeResource(moid)
    elif kind == "host's resource pool":
        reference = vim.ResourcePool(moid)
    elif kind == "datastore":
        reference = vim.Datastore(moid)
    return reference
