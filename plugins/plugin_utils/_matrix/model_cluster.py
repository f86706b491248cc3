# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs there: environments, their nodes, Kubernetes, and single machines."""

from __future__ import annotations

from typing import Annotated, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import OwnDatabases
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Issuer, Own
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_promotion import Promotion
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Address, Addresses, Network, Numbers, Owner


class Size(Part):
    """Size of a virtual machine."""

    vcpus: Annotated[int, Field(ge=1, description="Virtual CPUs.")]
    memory_gb: Annotated[int, Field(ge=1, description="Memory in GiB.")]
    disk_gb: Annotated[int, Field(ge=1, description="System disk in GiB.")]


Uuid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]


class NodeGroup(Part):
    """Nodes of one kind: a range of numbers, or a single one. The i-th number runs on the i-th host, round and round."""

    numbers: Annotated[Numbers, Field(description="Number or range (21-23): part of the name and of the address.")]
    role: Annotated[Literal["server", "agent"], Field(description="server = control plane and etcd; agent = workloads only.")] = "server"
    size: Annotated[str | None, Field(description="Key in sizes; default: the environment's.")] = None
    hosts: Annotated[list[str] | None, Field(min_length=1, description="Hypervisor keys; default: placement.hosts.")] = None
    datastore: Annotated[str | None, Field(description="Datastore; needed only where a host has several.")] = None
    hardware_version: Annotated[int | None, Field(ge=4, description="Virtual hardware version; default: the host's highest.")] = None
    leaving: Annotated[bool, Field(description="true: migrate.yml lets these servers leave for good, after all others vote. They count no more.")] = False


class Pool(Part):
    """Addresses that the load balancer may give to Services."""

    addresses: Annotated[Addresses, Field(description="One address or a range.")]
    auto_assign: Annotated[bool, Field(description="false: only Services that ask for an address of this pool get one.")] = True


class Ingress(Part):
    """Where users enter."""

    address: Annotated[Address, Field(description="Address of the ingress controller; in a pool that does not assign by itself.")]
    names: Annotated[list[str], Field(description="DNS names that point here, beside those of the applications.")] = []
    app_name: Annotated[str | None, Field(description="Pattern of application names, such as {app}-dev.eneg.de.")] = None


class K3s(Part):
    """Settings of K3s. All but the version and privileged_namespaces cannot be changed once the cluster has been installed."""

    version: Annotated[str | None, Field(description="Exact release, such as v1.35.0+k3s3.")] = None
    cni: Annotated[Literal["calico", "cilium", "flannel", "none"], Field(description="Pod network; all but flannel switch K3s's own off.")] = "flannel"
    flannel_backend: Annotated[Literal["vxlan", "host-gw", "wireguard-native"], Field(description="Used when cni is flannel.")] = "vxlan"
    cluster_cidr: Annotated[Network | None, Field(description="Pod addresses; default 10.42.0.0/16.")] = None
    service_cidr: Annotated[Network | None, Field(description="Service addresses; default 10.43.0.0/16; the tenth is cluster DNS.")] = None
    cluster_domain: Annotated[str, Field(description="DNS domain of Services.")] = "cluster.local"
    disable: Annotated[
        list[Literal["coredns", "servicelb", "traefik", "local-storage", "metrics-server", "runtimes"]],
        Field(description="Packaged components that are left out."),
    ] = []
    privileged_namespaces: Annotated[
        list[str], Field(description="Namespaces beside kube-system whose pods Pod Security does not judge; a label on the namespace is better.")
    ] = []
    secrets_encryption: Annotated[bool, Field(description="Encrypt Secrets in etcd.")] = True


class Environment(Part):
    """One environment: a cluster with its network and names. The order in the file is the order of promotion."""

    network: Annotated[str, Field(description="Key of the network that the nodes are in.")]
    size: Annotated[str | None, Field(description="Size of nodes that name none.")] = None
    nodes: Annotated[list[NodeGroup], Field(min_length=1, description="Groups of nodes.")]
    vip: Annotated[
        Literal["none"] | Address | None,
        Owner("2", "virtual address of the Kubernetes API, or none"),
        Field(description="Virtual address of the API, part of its certificate; none = clients use the first server."),
    ] = None
    pools: Annotated[dict[str, Pool], Field(description="Load-balancer pools by name.")] = {}
    ingress: Annotated[Ingress | None, Field(description="Entry point for users.")] = None
    k3s: Annotated[K3s | None, Field(description="What differs from the site's k3s settings.")] = None
    firewall: Annotated[bool, Field(description="true: each node lets in the flows that end on it, and nothing else.")] = True
    backup: Annotated[Backup | None, Field(description="What differs from the site's backup settings.")] = None
    promotion: Annotated[Promotion | None, Field(description="What differs from the site's promotion settings.")] = None
    issuer: Annotated[Issuer | None, Field(description="Authority that signs here; default: tls.issuer.")] = None
    components: Annotated[dict[str, Own], Field(description="What only this environment says of a component.")] = {}
    applications: Annotated[dict[str, Own], Field(description="What only this environment says of an application.")] = {}
    databases: OwnDatabases = OwnDatabases()
    adopt: Annotated[bool, Field(description="true: virtual machines and cluster exist already and are taken over as they are.")] = False
    uuids: Annotated[dict[str, Uuid], Field(description="vCenter's UUID (instanceUuid) of adopted nodes whose name there is another, by node name.")] = {}


class Machine(Part):
    """A virtual machine outside the clusters."""

    role: Annotated[
        Literal["management", "scratch"],
        Field(description="management = the machine that runs the playbooks; scratch = one that drills may wipe."),
    ] = "management"
    number: Annotated[int, Field(ge=1, description="Gives the address in the network.")]
    network: Annotated[str, Field(description="Key of the network.")]
    size: Annotated[str, Field(description="Key in sizes.")]
    host: Annotated[str, Field(description="Hypervisor key.")]
    datastore: Annotated[str | None, Field(description="Datastore; needed only where the host has several.")] = None
    folder: Annotated[str | None, Field(description="VM folder; default: the vCenter's.")] = None
    hardware_version: Annotated[int | None, Field(ge=4, description="Virtual hardware version; default: the host's highest.")] = None
    adopt: Annotated[bool, Field(description="true: the machine exists already.")] = False
    uuid: Annotated[Uuid | None, Field(description="vCenter's UUID (instanceUuid) of the adopted machine, if its name there is another.")] = None
    tools: Annotated[dict[str, str], Field(description="Exact versions of the tools installed on it.")] = {}
