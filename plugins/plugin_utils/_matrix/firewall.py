# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node's own firewall lets in: the flows that end on it, with the addresses of those they come from (pure)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.flows import Flow
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Environment, Site

# Which groups of machines a node belongs to, by its role.
GROUPS = {"server": ("servers", "nodes"), "agent": ("agents", "nodes")}
# Groups whose addresses the matrix does not hold: it knows them by name, and a name is no address to filter by.
NAMED_ONLY = ("vcenters", "hypervisors", "ntp", "mirror", "s3")


@dataclasses.dataclass(frozen=True)
class Opening:
    """Traffic that is let in. ``sources``: addresses and networks; none of them means anybody. ``ports``: 22/tcp, 2379-2380/tcp, 112/ip."""

    sources: tuple[str, ...]
    ports: tuple[str, ...]
    why: str


def openings(site: Site, environment: Environment, role: str, flows: Iterable[Flow]) -> Iterator[Opening]:
    """What a node of this role lets in, in the order of the flows. A flow from a group that has no machines opens nothing."""
    for flow in flows:
        if flow.target not in GROUPS[role]:
            continue
        sources = addresses(site, environment, flow.source)
        if sources or flow.source == "users":
            yield Opening(sources, flow.ports, flow.why)


def addresses(site: Site, environment: Environment, group: str) -> tuple[str, ...]:
    """The addresses of a group of machines as this environment sees it; none for users, who may come from anywhere."""
    known: dict[str, Iterable[str]] = {
        "management": (machine.address for machine in site.machines.values() if machine.role == "management"),
        "servers": (machine.address for machine in environment.servers),
        "agents": (machine.address for machine in environment.agents),
        "nodes": (machine.address for machine in environment.machines),
        "pods": (str(environment.k3s.config["cluster-cidr"]),),
        "dns": site.networks[environment.network].dns_servers,
    }
    return tuple(known.get(group, ()))
