# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about load-balancer pools, and about networks that must not overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from ipaddress import IPv4Network

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive_k3s import CLUSTER_CIDR, SERVICE_CIDR
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_addresses import fixed_addresses
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import AddressRange

NODE_PREFIX = 24  # kube-controller-manager gives each node a /24 of the cluster CIDR (--node-cidr-mask-size)


def _pools(facts: Facts) -> Iterator[tuple[Path, str, str, AddressRange]]:
    """(path of the addresses, environment, pool name, range)."""
    for key, environment in facts.matrix.environments.items():
        for name, pool in environment.pools.items():
            yield ("environments", key, "pools", name, "addresses"), key, name, pool.addresses


@rule("GW204", "gateway, virtual address or machine inside a pool", "The load balancer would give an address to a Service that is in use already.")
def taken_address_in_pool(facts: Facts) -> Iterator[Finding]:
    """The ingress address is the one thing that belongs into a pool."""
    taken = [use for use in fixed_addresses(facts) if use[1][-2:] != ("ingress", "address")]
    for path, _environment, name, addresses in _pools(facts):
        for address, _where, what in taken:
            if address in addresses:
                yield Finding(path, f"pool {name} ({addresses}) contains {address}, which is {what}", "shorten the pool or move what is inside it")


@rule("GW205", "ingress address in no pool", "The load balancer (MetalLB) serves an address only if a pool contains it; the Service would stay pending.")
def ingress_outside_pools(facts: Facts) -> Iterator[Finding]:
    """Every ingress address must be in a pool of its environment."""
    for key, environment in facts.matrix.environments.items():
        if environment.ingress and not any(environment.ingress.address in pool.addresses for pool in environment.pools.values()):
            address = environment.ingress.address
            remedy = f"add a pool of its own: ingress: {{addresses: {address}, auto_assign: false}}"
            yield Finding(("environments", key, "ingress", "address"), f"the ingress address {address} is in no pool of {key}", remedy)


@rule("GW206", "ingress address in a pool that assigns by itself", "Any other Service could be given the ingress address first.")
def ingress_in_automatic_pool(facts: Facts) -> Iterator[Finding]:
    """The pool of the ingress must wait to be asked."""
    for key, environment in facts.matrix.environments.items():
        for name, pool in environment.pools.items():
            if environment.ingress and environment.ingress.address in pool.addresses and pool.auto_assign:
                message = f"pool {name} holds the ingress address {environment.ingress.address} and assigns addresses by itself"
                yield Finding(("environments", key, "pools", name), message, "set auto_assign: false, in a pool of its own", at_key=True)


@rule("GW207", "overlapping pools", "Two load balancers would answer for the same address.")
def overlapping_pools(facts: Facts) -> Iterator[Finding]:
    """Pools of all environments against each other: addresses are unique within a site."""
    for (_path, one, name, addresses), (path, two, other, overlapping) in itertools.combinations(_pools(facts), 2):
        if addresses.overlaps(overlapping):
            yield Finding(path, f"pool {other} of {two} ({overlapping}) overlaps pool {name} of {one} ({addresses})", "separate the two ranges")


@rule("GW208", "cluster network overlaps another network", "Pods could not reach machines whose addresses lie in the CNI or Service CIDR.")
def cluster_network_overlaps(facts: Facts) -> Iterator[Finding]:
    """CNI and Service CIDR against each other and against the site's networks; clusters do not see each other's."""
    for path, key, what, cidr in _cluster_networks(facts):
        for name, segment in facts.matrix.networks.items():
            if cidr.overlaps(segment.cidr):
                yield Finding(path, f"the {what} {cidr} of {key} overlaps network {name} ({segment.cidr})", "choose a range that the site does not use")
        if what == "service_cidr":
            other = facts.matrix.k3s.overlaid(facts.matrix.environments[key].k3s).cluster_cidr or CLUSTER_CIDR
            if cidr.overlaps(other):
                yield Finding(path, f"the service_cidr {cidr} of {key} overlaps its cluster_cidr {other}", "choose two separate ranges")


def _cluster_networks(facts: Facts) -> Iterator[tuple[Path, str, str, IPv4Network]]:
    for key, environment in facts.matrix.environments.items():
        settings = facts.matrix.k3s.overlaid(environment.k3s)
        own = environment.k3s.model_fields_set if environment.k3s else set()
        for field, cidr in (("cluster_cidr", settings.cluster_cidr or CLUSTER_CIDR), ("service_cidr", settings.service_cidr or SERVICE_CIDR)):
            yield (("environments", key, "k3s", field) if field in own else ("k3s", field)), key, field, cidr


@rule("GW209", "overlapping networks", "An address must say in which network it is.")
def overlapping_networks(facts: Facts) -> Iterator[Finding]:
    """The site's own networks against each other."""
    for (one, first), (two, second) in itertools.combinations(facts.matrix.networks.items(), 2):
        if first.cidr.overlaps(second.cidr):
            yield Finding(("networks", two, "cidr"), f"network {two} ({second.cidr}) overlaps network {one} ({first.cidr})", "correct one of the two")


@rule("GW210", "duplicate VLAN", "Two networks on one VLAN are one broadcast domain.")
def duplicate_vlan(facts: Facts) -> Iterator[Finding]:
    """VLAN ids are unique within a site."""
    first: dict[int, str] = {}
    for key, segment in facts.matrix.networks.items():
        if segment.vlan in first:
            yield Finding(("networks", key, "vlan"), f"VLAN {segment.vlan} is already that of network {first[segment.vlan]}", "correct one of the two")
        first.setdefault(segment.vlan, key)


@rule("GW211", "cluster network too small", "Every node takes a /24 of the cluster CIDR; a node that gets none never becomes Ready.")
def cluster_network_too_small(facts: Facts) -> Iterator[Finding]:
    """Nodes of an environment against the number of /24 networks in its cluster CIDR."""
    for path, key, what, cidr in _cluster_networks(facts):
        nodes = sum(len(group.numbers) for group in facts.matrix.environments[key].nodes)
        room = 2 ** max(0, NODE_PREFIX - cidr.prefixlen) if cidr.prefixlen <= NODE_PREFIX else 0
        if what == "cluster_cidr" and nodes > room:
            yield Finding(
                path, f"the cluster_cidr {cidr} of {key} has room for {room} nodes, not for {nodes}", "choose a larger range, such as a /16 for 256 nodes"
            )
