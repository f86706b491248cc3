# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a network card is connected: to a standard port group by name, to a distributed one by the ids of port group and switch."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, moid_of

try:
    from pyVmomi import vim, vmodl
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


def backings(session: Session, networks: t.Mapping[str, str], wanted: t.Collection[str]) -> dict[str, t.Any]:
    """The backing for each wanted network; ``networks`` maps names to moids. Asks vCenter only about distributed port groups."""
    distributed = {name: networks[name] for name in wanted if networks[name].startswith("dvportgroup-")}
    found: dict[str, t.Any] = {name: vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=name) for name in wanted if name not in distributed}
    groups = _properties(session, vim.dvs.DistributedVirtualPortgroup, distributed.values(), ["key", "config.distributedVirtualSwitch"])
    switches = {moid: moid_of(values["config.distributedVirtualSwitch"]) for moid, values in groups.items()}
    uuids = _properties(session, vim.DistributedVirtualSwitch, set(switches.values()), ["uuid"])
    for name, moid in distributed.items():
        port = vim.dvs.PortConnection(portgroupKey=groups[moid]["key"], switchUuid=uuids[switches[moid]]["uuid"])
        found[name] = vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port)
    return found


def _properties(session: Session, kind: t.Any, moids: t.Collection[str], paths: list[str]) -> dict[str, dict[str, t.Any]]:
    if not moids:
        return {}
    query = vmodl.query.PropertyCollector
    spec = query.FilterSpec(
        objectSet=[query.ObjectSpec(obj=kind(moid, session.stub)) for moid in moids],
        propSet=[query.PropertySpec(type=kind, pathSet=paths)],
    )
    page = session.content.propertyCollector.RetrievePropertiesEx([spec], query.RetrieveOptions())
    return {moid_of(item.obj): {found.name: found.val for found in item.propSet} for item in page.objects}
