# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the matrix to the site: every name, address, record, folder, datastore and limit that follows from it."""

from __future__ import annotations

import ipaddress

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import model_infrastructure as infrastructure
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import backup_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.compatibility import ESXI_HARDWARE
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive_k3s import derive_k3s
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive_machines import nodes_of, single_machine
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_cluster import Environment as EnvironmentPart
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import (
    Environment,
    Hypervisor,
    K3sSettings,
    Machine,
    Network,
    Record,
    Site,
    VCenter,
)

__all__ = ["Environment", "Hypervisor", "K3sSettings", "Machine", "Network", "Record", "Site", "VCenter", "derive"]


def derive(matrix: Matrix) -> Site:
    """The site of a matrix that has passed validation."""
    vcenters = {key: _vcenter(key, part) for key, part in matrix.vcenters.items()}
    hypervisors = {key: _hypervisor(key, part) for key, part in matrix.hypervisors.items()}
    networks = {
        key: Network(key, part.vlan, part.cidr, str(part.gateway), tuple(str(server) for server in part.dns_servers or matrix.site.dns_servers))
        for key, part in matrix.networks.items()
    }
    machines = {name: single_machine(matrix, name, part) for name, part in matrix.machines.items()}
    environments = {}
    for key, part in matrix.environments.items():
        nodes = nodes_of(matrix, key, part)
        environments[key] = _environment(matrix, key, part, nodes)
        machines.update((node.name, node) for node in nodes)
    singles = [Record(machines[name].fqdn, "A", machines[name].address) for name in matrix.machines]
    return Site(
        id=matrix.site.id,
        name=matrix.site.name,
        domain=matrix.site.domain,
        timezone=matrix.site.timezone,
        os=matrix.site.os,
        ntp_servers=tuple(matrix.site.ntp_servers or ()),
        vcenters=vcenters,
        hypervisors=hypervisors,
        networks=networks,
        environments=environments,
        machines=machines,
        records=tuple(singles) + tuple(record for environment in environments.values() for record in environment.records),
    )


def _vcenter(key: str, part: infrastructure.VCenter) -> VCenter:
    return VCenter(
        key,
        part.display_name or key,
        part.hostname,
        part.port,
        part.version,
        part.datacenter,
        part.template,
        part.folder,
        dict(part.port_groups),
        part.ca_file,
        part.sha256_pin,
    )


def _hypervisor(key: str, part: infrastructure.Hypervisor) -> Hypervisor:
    return Hypervisor(
        key,
        part.hostname,
        part.vcenter,
        part.version,
        part.cores,
        part.memory_gb * 1024,
        dict(part.datastores),
        ESXI_HARDWARE[part.version],
        part.failure_domain or key,
    )


def _environment(matrix: Matrix, key: str, part: EnvironmentPart, nodes: list[Machine]) -> Environment:
    servers = tuple(node for node in nodes if node.role == "server")
    vip = str(part.vip) if isinstance(part.vip, ipaddress.IPv4Address) else None
    records = [Record(node.fqdn, "A", node.address) for node in nodes]
    if part.ingress:
        names = part.ingress.names + _applications(matrix, part.ingress.app_name)
        records += [Record(name, "A", str(part.ingress.address)) for name in names]
    return Environment(
        key=key,
        network=part.network,
        servers=servers,
        agents=tuple(node for node in nodes if node.role == "agent"),
        k3s=derive_k3s(matrix.k3s, part.k3s, servers, vip),
        vip=vip,
        backup=backup_of(matrix.backup, part.backup, key),
        pools={name: str(pool.addresses) for name, pool in part.pools.items()},
        ingress=str(part.ingress.address) if part.ingress else None,
        firewall=part.firewall,
        adopt=part.adopt,
        records=tuple(records),
    )


def _applications(matrix: Matrix, pattern: str | None) -> list[str]:
    """Names of the applications that are installed; the others have no version yet."""
    return [pattern.replace("{app}", name) for name, part in matrix.applications.items() if part.version is not None] if pattern else []
