# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From node groups and single machines to virtual machines with names, addresses and places."""

from __future__ import annotations

import dataclasses
from typing import Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.compatibility import ESXI_HARDWARE
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_cluster import Environment, NodeGroup, Size
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_cluster import Machine as MachinePart
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Machine


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where a machine lives: equal for all machines of a group on the same host."""

    hypervisor: str
    vcenter: str
    datastore: str
    hardware_version: int


def node_names(matrix: Matrix, environment: str, group: NodeGroup) -> list[str]:
    """Names of a group's nodes, in the order of their numbers."""
    pattern, role, site = matrix.naming.node, group.role, matrix.site.id
    return [pattern.format(env=environment, nr=number, role=role, site=site) for number in group.numbers]


def hosts_of(matrix: Matrix, group: NodeGroup) -> list[str]:
    """Hypervisor keys of a group; its i-th node runs on the i-th of them, round and round."""
    return group.hosts or matrix.placement.hosts


def nodes_of(matrix: Matrix, environment: str, part: Environment) -> list[Machine]:
    """All nodes of an environment."""
    nodes = []
    for group in part.nodes:
        places = [_place(matrix, host, group.datastore, group.hardware_version) for host in hosts_of(matrix, group)]
        roots = [matrix.vcenters[place.vcenter].folder for place in places]
        folders = [f"{root}/{environment}" if root else None for root in roots]
        size = matrix.sizes[group.size or part.size or ""]
        for index, (number, name) in enumerate(zip(group.numbers, node_names(matrix, environment, group), strict=True)):
            at = index % len(places)
            node = _machine(matrix, (name, environment, number, group.role, part.adopt), part.network, size, places[at], folders[at])
            uuid = part.uuids.get(name, "").lower()
            nodes.append(dataclasses.replace(node, uuid=uuid, leaving=group.leaving))
    return nodes


def single_machine(matrix: Matrix, name: str, part: MachinePart) -> Machine:
    """A machine outside the clusters."""
    place = _place(matrix, part.host, part.datastore, part.hardware_version)
    folder = part.folder or matrix.vcenters[place.vcenter].folder
    machine = _machine(matrix, (name, None, part.number, part.role, part.adopt), part.network, matrix.sizes[part.size], place, folder)
    return dataclasses.replace(machine, uuid=(part.uuid or "").lower())


def _place(matrix: Matrix, host: str, datastore: str | None, hardware_version: int | None) -> _Place:
    part = matrix.hypervisors[host]
    return _Place(host, part.vcenter, datastore or next(iter(part.datastores)), hardware_version or ESXI_HARDWARE[part.version])


def _machine(
    matrix: Matrix,
    identity: tuple[str, str | None, int, Literal["server", "agent", "management", "scratch"], bool],
    network: str,
    size: Size,
    place: _Place,
    folder: str | None,
) -> Machine:
    name, environment, number, role, adopt = identity
    cidr = matrix.networks[network].cidr
    return Machine(
        name=name,
        fqdn=f"{name}.{matrix.site.domain}",
        environment=environment,
        number=number,
        role=role,
        address=str(cidr.network_address + number),
        prefix_length=cidr.prefixlen,
        network=network,
        vcpus=size.vcpus,
        memory_mb=size.memory_gb * 1024,
        disk_gb=size.disk_gb,
        hypervisor=place.hypervisor,
        vcenter=place.vcenter,
        datastore=place.datastore,
        folder=folder,
        hardware_version=place.hardware_version,
        adopt=adopt,
    )
