# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the server room: vCenters, hypervisors, networks."""

from __future__ import annotations

from typing import Annotated, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Address, Network, Owner


class VCenter(Part):
    """One vCenter Server. Its account is secret: ``<key>/username`` and ``<key>/password`` in the secrets file."""

    display_name: Annotated[str | None, Field(description="Name that people use, if it differs from the key.")] = None
    version: Annotated[str, Field(description="vSphere version in full, for example 8.0.3.")]
    hostname: Annotated[str | None, Owner("1", "DNS name of the vCenter"), Field(description="DNS name.")] = None
    port: Annotated[int, Field(ge=1, le=65535, description="HTTPS port of the API.")] = 443
    datacenter: Annotated[str | None, Owner("1", "datacenter in which the virtual machines are created"), Field(description="Datacenter name.")] = None
    template: Annotated[
        str | None,
        Owner("1", "name of the virtual machine template"),
        Field(description="Template to clone; its hardware version must suit the oldest host."),
    ] = None
    folder: Annotated[
        str | None,
        Owner("1", "VM folder below which cluster nodes are created"),
        Field(description="VM folder; nodes are created in <folder>/<environment>."),
    ] = None
    port_groups: Annotated[
        dict[str, Annotated[str | None, Owner("1", "port group that carries this network")]],
        Field(description="Name of the port group by network key, for each network that a machine of this vCenter uses."),
    ] = {}
    ca_file: Annotated[str | None, Field(description="PEM file of the authority that signed the certificate; null = the system's authorities.")] = None
    sha256_pin: Annotated[
        str | None,
        Field(pattern=r"^([0-9A-Fa-f]{2}:?){32}$", description="SHA-256 fingerprint of the server certificate; overrides ca_file."),
    ] = None


class Hypervisor(Part):
    """One host that runs virtual machines. ``kind`` selects the technology; vSphere is the only one so far."""

    kind: Annotated[Literal["vsphere"], Field(description="Hypervisor technology.")] = "vsphere"
    vcenter: Annotated[str, Field(description="Key of the vCenter that manages the host.")]
    hostname: Annotated[str, Field(description="Name of the host as the vCenter knows it.")]
    version: Annotated[str, Field(description="ESXi version in full, for example 6.7.0; gives the highest virtual hardware version.")]
    cores: Annotated[int, Field(ge=1, description="Physical cores.")]
    memory_gb: Annotated[int, Field(ge=1, description="Memory in GiB.")]
    datastores: Annotated[
        dict[str, Annotated[int | None, Field(ge=1), Owner("1", "capacity in GB that virtual machines may use")]],
        Field(min_length=1, description="Usable capacity in GiB by datastore name."),
    ]
    failure_domain: Annotated[str | None, Field(description="Name shared by hosts that fail together; default: the host's own key.")] = None


class NetworkSegment(Part):
    """One VLAN with its IPv4 network."""

    vlan: Annotated[int, Field(ge=1, le=4094, description="VLAN id (IEEE 802.1Q).")]
    cidr: Annotated[Network, Field(description="IPv4 network; machine n has the n-th address in it.")]
    gateway: Annotated[Address, Field(description="Default gateway.")]
    dns_servers: Annotated[list[Address] | None, Field(min_length=1, description="Resolvers, if they differ from site.dns_servers.")] = None
