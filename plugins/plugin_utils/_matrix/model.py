# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment matrix: one company's sites, machines, clusters and names in one file (pydantic model).

Schedules get their own top-level key later; until then it is an unknown key.
"""

from __future__ import annotations

from typing import Annotated, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_cluster import Environment, K3s, Machine, Size
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import Databases
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_infrastructure import Hypervisor, NetworkSegment, VCenter
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_platform import Application, Component, Git, Tls
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_promotion import Promotion
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Address, NamePattern, Owner, Ports


class SiteInfo(Part):
    """The company's site."""

    id: Annotated[str, Field(description="Short name: part of group names and of kubeconfig contexts.")]
    name: Annotated[str, Field(description="Name that people use.")]
    location: Annotated[str | None, Field(description="Where it stands.")] = None
    domain: Annotated[str, Field(description="DNS domain of all machines.")]
    os: Annotated[str, Field(description="Operating system of all machines, such as ubuntu-24.04.")]
    dns_servers: Annotated[list[Address], Field(min_length=1, description="Resolvers of all networks.")]
    timezone: Annotated[str | None, Owner("1", "time zone of the machines"), Field(description="IANA name, such as Europe/Berlin.")] = None
    ntp_servers: Annotated[list[str] | None, Owner("1", "time servers"), Field(min_length=1, description="Time servers.")] = None


class Naming(Part):
    """How names are made. Placeholders: {env}, {nr}, {role}, {site}."""

    node: Annotated[NamePattern, Field(description="Name of a node; its DNS name is this plus the site's domain.")] = "k8s-{env}-{nr}"


class Placement(Part):
    """Where nodes live, when they do not say it themselves."""

    hosts: Annotated[list[str], Field(description="Hypervisor keys; the i-th node of a group runs on the i-th host.")] = []
    spread_servers: Annotated[bool, Field(description="Servers of one environment never share a failure domain.")] = True
    vcpus_per_core: Annotated[float, Field(gt=0, description="How many virtual CPUs may share a physical core.")] = 4.0


class Access(Part):
    """How people and Ansible reach the machines."""

    ssh_user: Annotated[str | None, Owner("1", "user that Ansible logs in as"), Field(description="Login name.")] = None
    authorized_keys: Annotated[
        list[str] | None, Owner("1", "public SSH keys that may log in"), Field(min_length=1, description="Public keys in OpenSSH format.")
    ] = None
    sudo: Annotated[str | None, Owner("1", "sudo rule of that user"), Field(description="Rule after the user name, such as ALL=(ALL) NOPASSWD:ALL.")] = None
    private_key_file: Annotated[str | None, Field(description="Private key on the machine that runs the playbooks.")] = None
    known_hosts_file: Annotated[str | None, Field(description="Where host keys are kept; default: ~/.ssh/known_hosts.")] = None
    strict_host_keys: Annotated[bool, Field(description="false: accept a host's key the first time it is seen.")] = False
    kubeconfig: Annotated[str, Field(description="File into which cluster access is merged.")] = "~/.kube/config"


class Secrets(Part):
    """Where secrets come from: the environment first, then this file (SOPS with age)."""

    sops_file: Annotated[str, Field(description="Encrypted file, relative to the matrix.")] = "secrets.sops.yml"
    age_recipients: Annotated[
        list[str] | None,
        Owner("2", "age recipients that can read the secrets file"),
        Field(min_length=1, description="Public age keys; their private halves decrypt the file."),
    ] = None


class Artifacts(Part):
    """Where K3s releases are downloaded from and what they must hash to."""

    mirror: Annotated[str, Field(pattern=r"^https?://", description="URL above <version>/<file>.")] = "https://github.com/k3s-io/k3s/releases/download"
    lock: Annotated[str, Field(description="File of SHA-256 checksums, relative to the matrix.")] = "versions.lock.yml"


class Flow(Part):
    """Traffic that a firewall must let through, beside what Kubernetes needs by itself."""

    source: Annotated[str, Field(description="Group: management, servers, agents, nodes, pods, vcenters, hypervisors, dns, ntp, mirror, s3, users (anybody).")]
    target: Annotated[str, Field(description="Machine group, as source.")]
    ports: Annotated[list[Ports], Field(min_length=1, description="Ports such as 22/tcp.")]
    why: Annotated[str, Field(description="What it is for.")]


class Matrix(Part):
    """The whole file."""

    schema_version: Annotated[Literal[1], Field(description="Version of this format.")]
    site: SiteInfo
    vcenters: Annotated[dict[str, VCenter], Field(description="vCenters by key.")] = {}
    hypervisors: Annotated[dict[str, Hypervisor], Field(description="Hosts by key.")] = {}
    networks: Annotated[dict[str, NetworkSegment], Field(description="Networks by key.")] = {}
    sizes: Annotated[dict[str, Size], Field(description="Machine sizes by key.")] = {}
    naming: Naming = Naming()
    placement: Placement = Placement()
    k3s: K3s = K3s()
    backup: Backup = Backup()
    git: Git | None = None
    tls: Tls | None = None
    promotion: Promotion = Promotion()
    components: Annotated[dict[str, Component], Field(description="What every cluster runs, by its name in the catalogue.")] = {}
    applications: Annotated[dict[str, Application], Field(description="What people use there, by its name in the catalogue.")] = {}
    databases: Databases = Databases()
    environments: Annotated[dict[str, Environment], Field(description="Environments by key, in the order of promotion.")] = {}
    machines: Annotated[dict[str, Machine], Field(description="Machines outside the clusters, by host name.")] = {}
    access: Access = Access()
    secrets: Secrets = Secrets()
    artifacts: Artifacts = Artifacts()
    flows: Annotated[list[Flow], Field(description="Traffic beside Kubernetes' own.")] = []
