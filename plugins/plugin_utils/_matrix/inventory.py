# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a site: groups with their variables, hosts with theirs. Pure data; the plugin only hands it over."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Machine
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables import (
    environment_variables,
    host_variables,
    hypervisor_variables,
    machine_variables,
    management_variables,
    site_variables,
)

ROLE_GROUPS = {"server": "k3s_server", "agent": "k3s_agent", "management": "management", "scratch": "scratch"}


@dataclasses.dataclass
class Group:
    """An inventory group."""

    variables: dict[str, Any] = dataclasses.field(default_factory=dict)
    children: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Host:
    """An inventory host and the groups it is a direct member of."""

    name: str
    groups: tuple[str, ...]
    variables: dict[str, Any]


@functools.cache
def group_name(prefix: str, key: str) -> str:
    """``vcenter_a_b`` for prefix vcenter and key a-b: hyphens and dots are not allowed in group names."""
    return f"{prefix}_{key}".replace("-", "_").replace(".", "_")


def groups_of(loaded: Loaded, environments: Sequence[str]) -> dict[str, Group]:
    """Every group of the selected environments; parents come with their children."""
    site = loaded.site
    top = group_name("site", site.id)
    groups = {
        top: Group(site_variables(loaded), ["management", "scratch", "vcenters", "hypervisors", *(group_name("env", key) for key in environments)]),
        "k3s_cluster": Group(children=["k3s_server", "k3s_agent"]),
        "k3s_server": Group(),
        "k3s_agent": Group(),
        "management": Group(management_variables(loaded, environments)),
        "scratch": Group(machine_variables(loaded)),
        "vcenters": Group(),
        "hypervisors": Group(),
    }
    for key in environments:
        groups[group_name("env", key)] = Group(environment_variables(loaded, site.environments[key]))
    for key, network in site.networks.items():
        groups[group_name("network", key)] = Group({"host_base_dns_servers": list(network.dns_servers)})
    for key in site.vcenters:
        groups[group_name("vcenter", key)] = Group()
    for hypervisor in site.hypervisors.values():
        groups.setdefault(group_name("failure_domain", hypervisor.failure_domain), Group())
    return groups


def hosts_of(loaded: Loaded, environments: Sequence[str]) -> Iterator[Host]:
    """Nodes of the selected environments, machines outside the clusters, vCenters and hypervisors."""
    site = loaded.site
    selected = set(environments)
    for machine in site.machines.values():
        if machine.environment is None or machine.environment in selected:
            yield Host(machine.name, _machine_groups(loaded, machine), host_variables(loaded, machine))
    for key, vcenter in site.vcenters.items():
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "groundwork_vcenter_hostname": vcenter.hostname,
        }
        yield Host(key, ("vcenters", group_name("vcenter", key)), variables)
    for hypervisor in site.hypervisors.values():
        groups = ("hypervisors", group_name("vcenter", hypervisor.vcenter), group_name("failure_domain", hypervisor.failure_domain))
        yield Host(hypervisor.hostname, groups, hypervisor_variables(hypervisor))


def _machine_groups(loaded: Loaded, machine: Machine) -> tuple[str, ...]:
    place = (
        ROLE_GROUPS[machine.role],
        group_name("network", machine.network),
        group_name("vcenter", machine.vcenter),
        group_name("failure_domain", loaded.site.hypervisors[machine.hypervisor].failure_domain),
    )
    return place if machine.environment is None else (group_name("env", machine.environment), *place)
