# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the flat properties of a vCenter to what the planner works with (pure: no call is made here)."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from urllib.parse import unquote

from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import MADE_BY, MARKER
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    MB,
    ClusterState,
    DatastoreState,
    HostState,
    Snapshot,
    Target,
    VMDetails,
    VMState,
)

Properties = dict[str, t.Any]
UUID = "summary.config.instanceUuid"
ANNOTATION = "config.annotation"


@dataclass(frozen=True)
class Found:
    """One managed object: its kind (a key of snapshot.LEAVES), its id, and its properties with references as ids."""

    kind: str
    moid: str
    properties: Properties


class Tree:
    """All objects of a vCenter with their parents."""

    def __init__(self, vcenter: str, target: Target, found: t.Sequence[Found]) -> None:
        self._vcenter, self._target = vcenter, target
        self._objects = {item.moid: item for item in found}

    def known(self, names: t.Collection[str]) -> list[str]:
        """Ids of virtual machines and templates that have one of the names or UUIDs, and of all whose annotation says that they are ours."""
        return [item.moid for item in self._of("VirtualMachine") if _made_here(item) or {_name(item), item.properties.get(UUID, "")} & set(names)]

    def properties(self, moids: t.Iterable[str]) -> dict[str, Properties]:
        """What is known of some objects."""
        return {moid: self._objects[moid].properties for moid in moids if moid in self._objects}

    def snapshot(self, uuid: str, version: str, details: t.Mapping[str, Properties]) -> Snapshot:
        """Hosts, datastores, folders and networks of the target's datacenter, and the machines of all."""
        inside = [item for item in self._objects.values() if self._datacenter(item) == self._target.datacenter]
        names = {item.moid: _name(item) for item in inside}
        locked: dict[str, set[str]] = {}
        for item in inside:
            for host in locked_for(item) if item.kind == "Datastore" else ():
                locked.setdefault(host, set()).add(_name(item))
        return Snapshot(
            vcenter=self._vcenter,
            uuid=uuid,
            version=version,
            datacenter=bool(self._moid()),
            hosts={_name(item).lower(): self._host(item, names, frozenset(locked.get(item.moid, ()))) for item in inside if item.kind == "HostSystem"},
            datastores={_name(item): datastore(item) for item in inside if item.kind == "Datastore"},
            folders={path: item.moid for item in inside if item.kind == "Folder" for path in [self._vm_path(item)] if path is not None},
            networks={_name(item): item.moid for item in inside if item.kind == "Network"},
            vms=tuple(self._machine(item, details.get(item.moid)) for item in self._of("VirtualMachine")),
            moid=self._moid(),
            clusters=tuple(_cluster(item) for item in inside if item.kind == "ClusterComputeResource"),
        )

    def _moid(self) -> str:
        return next((item.moid for item in self._of("Datacenter") if _name(item) == self._target.datacenter), "")

    def _of(self, kind: str) -> list[Found]:
        return [item for item in self._objects.values() if item.kind == kind]

    def _ancestors(self, item: Found) -> t.Iterator[Found]:
        parent = self._objects.get(item.properties.get("parent") or "")
        while parent is not None:
            yield parent
            parent = self._objects.get(parent.properties.get("parent") or "")

    def _datacenter(self, item: Found) -> str:
        return next((_name(parent) for parent in self._ancestors(item) if parent.kind == "Datacenter"), "")

    def _vm_path(self, item: Found) -> str | None:
        """Path below the datacenter's folder "vm", empty for that folder itself, None for what lies elsewhere."""
        names = [_name(item)]
        for parent in self._ancestors(item):
            if parent.kind == "Datacenter":
                return "/".join(reversed(names[:-1])) if names[-1] == "vm" else None
            names.append(_name(parent))
        return None

    def _host(self, item: Found, names: t.Mapping[str, str], locked: frozenset[str]) -> HostState:
        values = item.properties
        parent = self._objects[values["parent"]]
        compute = parent.properties
        why = why_unusable(values)
        return HostState(
            moid=item.moid,
            name=_name(item),
            pool=compute.get("resourcePool", ""),
            browser=compute.get("environmentBrowser", ""),
            usable=not why,
            why_unusable=why,
            threads=values.get("summary.hardware.numCpuThreads", 0),
            cores=values.get("summary.hardware.numCpuCores", 0),
            memory_mb=values.get("summary.hardware.memorySize", 0) // MB,
            datastores=frozenset(names[moid] for moid in values.get("datastore", ()) if moid in names),
            networks=frozenset(names[moid] for moid in values.get("network", ()) if moid in names),
            read_only=locked,
            cluster=parent.moid if parent.kind == "ClusterComputeResource" else "",
        )

    def _machine(self, item: Found, details: Properties | None) -> VMState:
        values = item.properties
        return VMState(
            vcenter=self._vcenter,
            moid=item.moid,
            name=_name(item),
            path=self._vm_path(item) or _name(item),
            datacenter=self._datacenter(item),
            host=values.get("runtime.host", ""),
            powered_on=values.get("runtime.powerState") == "poweredOn",
            template=bool(values.get("summary.config.template")),
            vcpus=values.get("summary.config.numCpu", 0),
            memory_mb=values.get("summary.config.memorySizeMB", 0),
            details=None if details is None else self.details(details),
            uuid=values.get(UUID, ""),
        )

    def details(self, values: Properties) -> VMDetails:
        """Details of one machine; its marker is empty unless it is ours and can be read."""
        extra = {option.key: option.value for option in values.get("config.extraConfig", ())}
        disks = [device for device in values.get("config.hardware.device", ()) if hasattr(device, "capacityInKB")]
        return VMDetails(
            hardware_version=int(str(values.get("config.version", "vmx-0")).rpartition("-")[2]),
            disk_gb=disks[0].capacityInKB >> 20 if disks else 0,
            networks=frozenset(self._names(values.get("network", ()))),
            datastores=frozenset(self._names(values.get("datastore", ()))),
            marker=_marker(extra.get(MARKER)),
            ip=values.get("guest.ipAddress") or "",
            hostname=values.get("guest.hostName") or "",
        )

    def _names(self, moids: t.Iterable[str]) -> t.Iterator[str]:
        return (_name(self._objects[moid]) for moid in moids if moid in self._objects)


def _cluster(item: Found) -> ClusterState:
    drs, rules, overrides = item.properties.get("configurationEx", (False, (), {}))
    return ClusterState(item.moid, _name(item), drs, rules, overrides)


def _made_here(item: Found) -> bool:
    return MADE_BY in (item.properties.get(ANNOTATION) or "")


def _name(item: Found) -> str:
    """Undo the escaping: vCenter escapes slashes and percent signs in names."""
    return unquote(str(item.properties.get("name", "")))


def why_unusable(host: Properties) -> str:
    """Why a host takes no new machine now; empty if it does."""
    connection = host.get("runtime.connectionState", "unknown")
    if host.get("runtime.inMaintenanceMode"):
        return "in maintenance mode"
    if host.get("runtime.inQuarantineMode"):
        return "in quarantine"
    if connection != "connected":
        return str(connection)
    power = str(host.get("runtime.powerState", "poweredOn"))
    return "" if power == "poweredOn" else power


def locked_for(store: Found) -> list[str]:
    """Ids of the hosts that mount a datastore and cannot write to it; ``host`` is a list of host and whether it can."""
    return [moid for moid, writable in store.properties.get("host", ()) if not writable]


def datastore(item: Found) -> DatastoreState:
    """A datastore as it was read."""
    values = item.properties
    return DatastoreState(
        moid=item.moid,
        name=_name(item),
        capacity=values.get("summary.capacity", 0),
        free=values.get("summary.freeSpace", 0),
        uncommitted=values.get("summary.uncommitted") or 0,
        usable=bool(values.get("summary.accessible")) and values.get("summary.maintenanceMode", "normal") == "normal",
    )


def _marker(text: str | None) -> dict[str, str]:
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in parsed.items()} if isinstance(parsed, dict) else {}
