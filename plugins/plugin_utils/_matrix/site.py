# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from a matrix: the plain, complete view that the inventory plugin and the lab work with.

Memory is in MiB, disks and datastores in GiB. ``None`` is a value that the owner has not supplied.
"""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Network
from typing import Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup


@dataclasses.dataclass(frozen=True)
class VCenter:
    """One vCenter Server."""

    key: str
    display_name: str
    hostname: str | None
    port: int
    version: str
    datacenter: str | None
    template: str | None
    folder: str | None
    port_groups: dict[str, str | None]
    ca_file: str | None
    sha256_pin: str | None


@dataclasses.dataclass(frozen=True)
class Hypervisor:
    """One ESXi host with its limits."""

    key: str
    hostname: str
    vcenter: str
    version: str
    cores: int
    memory_mb: int
    datastores: dict[str, int | None]
    max_hardware_version: int
    failure_domain: str


@dataclasses.dataclass(frozen=True)
class Network:
    """One VLAN with its network."""

    key: str
    vlan: int
    cidr: IPv4Network
    gateway: str
    dns_servers: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Machine:
    """One virtual machine: a node of an environment, or a single machine."""

    name: str
    fqdn: str
    environment: str | None
    number: int
    role: Literal["server", "agent", "management", "scratch"]
    address: str
    prefix_length: int
    network: str
    vcpus: int
    memory_mb: int
    disk_gb: int
    hypervisor: str
    vcenter: str
    datastore: str
    folder: str | None
    hardware_version: int
    adopt: bool
    uuid: str = ""
    leaving: bool = False


@dataclasses.dataclass(frozen=True)
class K3sSettings:
    """The version, and the part of config.yaml that is equal on all servers."""

    version: str
    cni: str
    config: dict[str, object]
    privileged_namespaces: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Environment:
    """One cluster with its machines."""

    key: str
    network: str
    servers: tuple[Machine, ...]
    agents: tuple[Machine, ...]
    k3s: K3sSettings
    vip: str | None
    backup: Backup
    pools: dict[str, str]
    ingress: str | None
    firewall: bool
    adopt: bool
    records: tuple[Record, ...]

    @property
    def machines(self) -> tuple[Machine, ...]:
        """Servers, then agents."""
        return self.servers + self.agents

    @property
    def api_host(self) -> str:
        """Where clients reach the API: the virtual address, else the first server's name."""
        return self.vip or self.servers[0].fqdn


@dataclasses.dataclass(frozen=True, order=True)
class Record:
    """A DNS record; ``name`` is absolute without the final dot."""

    name: str
    type: str
    value: str


@dataclasses.dataclass(frozen=True)
class Site:
    """Everything that follows from one matrix."""

    id: str
    name: str
    domain: str
    timezone: str | None
    os: str
    ntp_servers: tuple[str, ...]
    vcenters: dict[str, VCenter]
    hypervisors: dict[str, Hypervisor]
    networks: dict[str, Network]
    environments: dict[str, Environment]
    machines: dict[str, Machine]
    records: tuple[Record, ...]
