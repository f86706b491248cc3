# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a network card is connected: to a standard port group by name, to a distributed one by the ids of port group and switch."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.properties import values
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, moid_of

try:
    from pyVmomi import vim
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


def backings(session: Session, networks: t.Mapping[str, str], wanted: t.Collection[str]) -> dict[str, t.Any]:
    """The backing for each wanted network; ``networks`` maps names to moids. Asks vCenter only about distributed port groups."""
    distributed = {name: networks[name] for name in wanted if networks[name].startswith("dvportgroup-")}
    found: dict[str, t.Any] = {name: vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=name) for name in wanted if name not in distributed}
    portgroups = [vim.dvs.DistributedVirtualPortgroup(moid, session.stub) for moid in distributed.values()]
    groups = values(session, portgroups, ["key", "config.distributedVirtualSwitch"])
    switches = {moid: moid_of(group["config.distributedVirtualSwitch"]) for moid, group in groups.items()}
    uuids = values(session, [vim.DistributedVirtualSwitch(moid, session.stub) for moid in sorted(set(switches.values()))], ["uuid"])
    for name, moid in distributed.items():
        port = vim.dvs.PortConnection(portgroupKey=groups[moid]["key"], switchUuid=uuids[switches[moid]]["uuid"])
        found[name] = vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port)
    return found
