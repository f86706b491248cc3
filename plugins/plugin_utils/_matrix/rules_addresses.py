# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about addresses of machines, gateways and virtual addresses."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

Use = tuple[IPv4Address, Path, str]


def fixed_addresses(facts: Facts) -> Iterator[Use]:
    """Every address that belongs to one thing: (address, where it is said, what it is), in no order."""
    matrix = facts.matrix
    for key, network in matrix.networks.items():
        yield network.gateway, ("networks", key, "gateway"), f"the gateway of network {key}"
    for machine in facts.machines:
        if machine.address is not None:
            yield machine.address, machine.path, f"machine {machine.name}"
    for key, environment in matrix.environments.items():
        if isinstance(environment.vip, IPv4Address):
            yield environment.vip, ("environments", key, "vip"), f"the virtual address of {key}"
        if environment.ingress:
            yield environment.ingress.address, ("environments", key, "ingress", "address"), f"the ingress of {key}"
    for index, server in enumerate(matrix.site.dns_servers):
        yield server, ("site", "dns_servers", index), "a DNS server"


@rule("GW201", "duplicate address", "Two machines with one address disturb each other in ways that are hard to find later.")
def duplicate_address(facts: Facts) -> Iterator[Finding]:
    """Machines, gateways, virtual addresses, ingresses and DNS servers."""
    first: dict[IPv4Address, Use] = {}
    reported: set[Path] = set()
    for use in fixed_addresses(facts):
        address, path, what = use
        if address in first and path not in reported:
            reported.add(path)
            yield Finding(path, f"{address} ({what}) is already {first[address][2]}", "give one of them another number or address")
        first.setdefault(address, use)


@rule("GW202", "machine number without a usable address", "Machine n has the n-th address of its network; the first and the last are not for machines.")
def number_out_of_range(facts: Facts) -> Iterator[Finding]:
    """One finding per group of machines."""
    reported: set[Path] = set()
    for machine in facts.machines:
        segment = facts.matrix.networks.get(machine.network)
        if segment is None or machine.path in reported:
            continue
        if not 0 < machine.number < segment.cidr.num_addresses - 1:
            reported.add(machine.path)
            last = segment.cidr.num_addresses - 2
            message = f"number {machine.number} ({machine.name}) has no usable address in network {machine.network} ({segment.cidr})"
            yield Finding(machine.path, message, f"use numbers from 1 to {last}, or a larger network")


@rule("GW203", "address outside its network", "Gateways, virtual addresses, ingresses and pools are reached on the network of their environment.")
def outside_network(facts: Facts) -> Iterator[Finding]:
    """Everything whose network is known and whose address is written out."""
    for address, path, what, network in _placed(facts):
        if address not in network or address in (network.network_address, network.broadcast_address):
            yield Finding(path, f"{address} ({what}) is not a usable address of {network}", "correct the address or the network")


def _placed(facts: Facts) -> Iterator[tuple[IPv4Address, Path, str, IPv4Network]]:
    matrix = facts.matrix
    for key, segment in matrix.networks.items():
        yield segment.gateway, ("networks", key, "gateway"), "gateway", segment.cidr
    for key, environment in matrix.environments.items():
        if environment.network not in matrix.networks:
            continue
        cidr = matrix.networks[environment.network].cidr
        if isinstance(environment.vip, IPv4Address):
            yield environment.vip, ("environments", key, "vip"), "virtual address", cidr
        if environment.ingress:
            yield environment.ingress.address, ("environments", key, "ingress", "address"), "ingress", cidr
        for name, pool in environment.pools.items():
            for address in dict.fromkeys((pool.addresses.first, pool.addresses.last)):
                yield address, ("environments", key, "pools", name, "addresses"), f"pool {name}", cidr
