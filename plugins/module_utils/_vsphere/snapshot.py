# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read one vCenter in few calls: leaf properties of everything in one, details of our own machines in a second.

Whole objects (``vm.config``) cost five times as much, names looked up one by one thousands of calls.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import template_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostState, Problem, Snapshot, Target
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import clusters, inventory, properties
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import VSphereError
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import CALL_ERRORS, Session, fault_text, moid_of
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.tasks import wait_ended

try:
    from pyVmomi import vim, vmodl
    from pyVmomi.VmomiSupport import ManagedObject
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

LEAVES: dict[str, list[str]] = {
    "Datacenter": ["name", "parent"],
    "Folder": ["name", "parent"],
    "Network": ["name", "parent"],
    "ClusterComputeResource": ["name", "parent", "resourcePool", "environmentBrowser", "configurationEx"],
    "ComputeResource": ["name", "parent", "resourcePool", "environmentBrowser"],
    "HostSystem": [
        *("name", "parent", "datastore", "network", "runtime.connectionState", "runtime.inMaintenanceMode", "runtime.inQuarantineMode", "runtime.powerState"),
        *("summary.hardware.numCpuCores", "summary.hardware.numCpuThreads", "summary.hardware.memorySize"),
    ],
    "Datastore": [
        *("name", "parent", "host"),
        *("summary.capacity", "summary.freeSpace", "summary.uncommitted", "summary.accessible", "summary.maintenanceMode"),
    ],
    "VirtualMachine": [
        *("name", "parent", "runtime.host", "runtime.powerState"),
        *("summary.config.numCpu", "summary.config.memorySizeMB", "summary.config.template", inventory.UUID, inventory.ANNOTATION),
    ],
}
LOOK_SECONDS = 60.0
DETAILS = ["config.version", "config.extraConfig", "config.hardware.device", "datastore", "network", "guest.ipAddress", "guest.hostName", "recentTask"]


def read(
    session: Session,
    target: Target,
    hosts_of: t.Mapping[str, t.Collection[str]],
    asked: t.Callable[[str], bool] = lambda _host: False,
    patience: float = LOOK_SECONDS,
) -> Snapshot:
    """The vCenter as it is now; ``hosts_of`` maps names (or UUIDs) of wanted machines to the names of hosts that may take them. Raises VSphereError.

    Hosts that may take a new machine, and those that are ``asked``, tell their greatest virtual hardware version. For clones that an earlier
    run may have begun ``patience`` seconds are waited.
    """
    try:
        snapshot, details = _look(session, target, hosts_of)
        cloning = 0
        if clones := _clones(session, target, hosts_of, snapshot, details):
            cloning = wait_ended(session, clones, patience)
            snapshot, details = _look(session, target, hosts_of)
        new_on = {host.lower() for name in set(hosts_of) - {known for vm in snapshot.vms for known in (vm.name, vm.uuid)} for host in hosts_of[name]}
        hosts = _with_hardware(session, snapshot.hosts, {name for name in snapshot.hosts if asked(name) or name in new_on})
    except CALL_ERRORS as fault:
        problem = Problem("V-READ", session.access.name, f"could not be read: {fault_text(fault)}", "check the account's read permission, then run again")
        raise VSphereError(problem) from fault
    return dataclasses.replace(snapshot, hosts=hosts, cloning=cloning)


def _look(session: Session, target: Target, names: t.Collection[str]) -> tuple[Snapshot, dict[str, inventory.Properties]]:
    tree = inventory.Tree(session.access.name, target, _everything(session))
    details = read_details(session, tree.known({*names, target.template}))
    return tree.snapshot(str(session.content.about.instanceUuid), str(session.content.about.version), details), details


def _clones(
    session: Session, target: Target, hosts_of: t.Mapping[str, t.Collection[str]], snapshot: Snapshot, details: t.Mapping[str, inventory.Properties]
) -> list[t.Any]:
    """Clones of the template by our account, when a machine wanted here is missing or unmarked: a run that was cut off may still be making it."""
    here = {name for name, hosts in hosts_of.items() if any(host.lower() in snapshot.hosts for host in hosts)}
    marked = {vm.name for vm in snapshot.vms if vm.details and vm.details.marker}
    template = template_of(target, snapshot)
    if template is None or here <= marked:
        return []
    recent = [vim.Task(moid, session.stub) for moid in details[template.moid].get("recentTask", ())]
    told = properties.values(session, recent, ["info.descriptionId", "info.reason"])
    return [task for task in recent if _begun_by_us(session, told.get(moid_of(task), {}))]


def _begun_by_us(session: Session, task: t.Mapping[str, t.Any]) -> bool:
    reason = task.get("info.reason")
    ours = isinstance(reason, vim.TaskReasonUser) and reason.userName.casefold() == session.user.casefold()
    return ours and task.get("info.descriptionId") == "VirtualMachine.clone"


def read_details(session: Session, moids: t.Sequence[str]) -> dict[str, inventory.Properties]:
    """Details of some virtual machines by moid, in one call."""
    if not moids:
        return {}
    return {found.moid: found.properties for found in _retrieve(session, [_machines(session, moids)])}


def read_places(session: Session, hosts: t.Iterable[str], datastores: t.Iterable[str], machines: t.Iterable[str]) -> dict[str, inventory.Found]:
    """Some hosts with the machines on them, datastores, and machines with their details, by moid, as they are now, in one call.

    Raises the fault of one that is gone.
    """
    objects = [*(vim.HostSystem(moid, session.stub) for moid in hosts), *(vim.Datastore(moid, session.stub) for moid in datastores)]
    places = properties.wanted(objects, {getattr(vim, name): LEAVES[name] for name in ("HostSystem", "Datastore", "VirtualMachine")})
    hop = vmodl.query.PropertyCollector.TraversalSpec(type=vim.HostSystem, path="vm", skip=False)
    for chosen in places.objectSet:
        chosen.selectSet = [hop] if isinstance(chosen.obj, vim.HostSystem) else []
    return {found.moid: found for found in _retrieve(session, [places, _machines(session, list(machines))])}


def read_again(session: Session, target: Target, moids: t.Sequence[str]) -> Snapshot:
    """The vCenter as it is now with details of some machines, in one call. Raises the fault of one that is gone."""
    tree = inventory.Tree(session.access.name, target, _everything(session, moids))
    return tree.snapshot(str(session.content.about.instanceUuid), str(session.content.about.version), tree.properties(moids))


def _machines(session: Session, moids: t.Sequence[str]) -> t.Any:
    kind: t.Any = vim.VirtualMachine
    return properties.wanted([kind(moid, session.stub) for moid in moids], {kind: [*DETAILS, *LEAVES["VirtualMachine"]]})


def _everything(session: Session, detailed: t.Sequence[str] = ()) -> list[inventory.Found]:
    """All objects, through a view that lasts as long as its session; of some machines with their details."""
    try:
        return _view(session, detailed)
    except vmodl.fault.ManagedObjectNotFound:  # the session has been opened again
        if session.view is None:
            raise
        session.view = None
    return _view(session, detailed)


def _view(session: Session, detailed: t.Sequence[str]) -> list[inventory.Found]:
    collector = vmodl.query.PropertyCollector
    kinds = {getattr(vim, name): paths for name, paths in LEAVES.items()}
    view = session.view or session.content.viewManager.CreateContainerView(session.content.rootFolder, list(kinds), True)
    session.view = view
    hop = collector.TraversalSpec(type=vim.view.ContainerView, path="view", skip=False)
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[hop])],
        propSet=[collector.PropertySpec(type=kind, pathSet=paths) for kind, paths in kinds.items()],
    )
    return _retrieve(session, [spec, *([_machines(session, detailed)] if detailed else [])])


def _retrieve(session: Session, specs: t.Sequence[t.Any]) -> list[inventory.Found]:
    """What was asked for; an object that several filters choose is found once, with all of its properties."""
    found: dict[str, inventory.Found] = {}
    for item in properties.retrieve(session, specs):
        kind = next(name for name in LEAVES if isinstance(item.obj, getattr(vim, name)))
        one = found.setdefault(moid_of(item.obj), inventory.Found(kind, moid_of(item.obj), {}))
        one.properties.update({part.name: plain(part.val) for part in item.propSet})
    return list(found.values())


def plain(value: t.Any) -> t.Any:
    """References as moids, mounts of datastores as moid and whether the host can write, lists as tuples."""
    if isinstance(value, ManagedObject):
        return moid_of(value)
    if isinstance(value, vim.cluster.ConfigInfoEx):
        return clusters.known(value)
    if isinstance(value, vim.Datastore.HostMount):
        info = value.mountInfo
        return moid_of(value.key), info.accessMode == "readWrite" and info.mounted is not False and info.accessible is not False
    if isinstance(value, list):
        return tuple(plain(item) for item in value)
    return value


def _with_hardware(session: Session, hosts: t.Mapping[str, HostState], asked: t.Collection[str]) -> dict[str, HostState]:
    """The hosts, those that are asked with the greatest virtual hardware version they create; those of a cluster are asked by one call.

    Versions say it better than the ESXi version (6.7 U1 to U3 call themselves 6.7.0).
    """
    browsers = {hosts[name].browser for name in asked}
    offers = {moid: vim.EnvironmentBrowser(moid, session.stub).QueryConfigOptionDescriptor() for moid in sorted(browsers)}
    return {name: dataclasses.replace(host, max_hardware=_greatest(host, offers[host.browser])) if name in asked else host for name, host in hosts.items()}


def _greatest(host: HostState, offers: t.Iterable[t.Any]) -> int:
    versions = [
        int(option.key.split("-")[1])
        for option in offers
        if option.createSupported is not False and (not option.host or host.moid in [moid_of(reference) for reference in option.host])
    ]
    return max(versions, default=0)
