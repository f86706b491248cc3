# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about servers and where they fit: anti-affinity, memory, processors, disks, quorum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts, Wanted
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule


def by_host(facts: Facts) -> dict[str, list[Wanted]]:
    """Machines of known size by the hypervisor that they are placed on."""
    found: dict[str, list[Wanted]] = defaultdict(list)
    for machine in facts.machines:
        if machine.host and machine.size:
            found[machine.host].append(machine)
    return found


def failure_domain(facts: Facts, host: str) -> str:
    """What fails together with a hypervisor."""
    return facts.matrix.hypervisors[host].failure_domain or host


@rule("GW401", "servers that must not share a failure domain do", "etcd loses its majority when two of three servers fail together.")
def servers_together(facts: Facts) -> Iterator[Finding]:
    """Anti-affinity of the servers of one environment."""
    if not facts.matrix.placement.spread_servers:
        return
    for key in facts.matrix.environments:
        first: dict[str, Wanted] = {}
        for server in facts.servers(key):
            if not server.host:
                continue
            domain = failure_domain(facts, server.host)
            if domain in first:
                message = f"servers {first[domain].name} and {server.name} are both in failure domain {domain}"
                yield Finding(server.path, message, "name as many hosts as there are servers, or set placement.spread_servers: false and accept the risk")
                break
            first[domain] = server


@rule("GW402", "not enough memory on a host", "Memory is never promised twice: swapping control planes lose their leases.")
def memory_short(facts: Facts) -> Iterator[Finding]:
    """Sum of the machines' memory per hypervisor."""
    for host, machines in by_host(facts).items():
        wanted = sum(machine.size.memory_gb for machine in machines if machine.size)
        there = facts.matrix.hypervisors[host].memory_gb
        if wanted > there:
            message = f"{len(machines)} machines on {host} need {wanted} GB of memory, the host has {there}"
            yield Finding(("hypervisors", host, "memory_gb"), message, "make machines smaller or move some to another host")


@rule("GW403", "not enough processors on a host", "A machine cannot have more virtual CPUs than its host has cores, and cores can be shared only so often.")
def processors_short(facts: Facts) -> Iterator[Finding]:
    """Single machines against cores, and sums against cores times placement.vcpus_per_core."""
    ratio = facts.matrix.placement.vcpus_per_core
    for host, machines in by_host(facts).items():
        cores = facts.matrix.hypervisors[host].cores
        path: Path = ("hypervisors", host, "cores")
        largest = max(machines, key=lambda machine: machine.size.vcpus if machine.size else 0)
        wanted = sum(machine.size.vcpus for machine in machines if machine.size)
        if largest.size and largest.size.vcpus > cores:
            yield Finding(path, f"{largest.name} has {largest.size.vcpus} virtual CPUs, {host} has {cores} cores", "choose a smaller size or a larger host")
        elif wanted > cores * ratio:
            message = f"{len(machines)} machines on {host} have {wanted} virtual CPUs, more than {cores} cores times {ratio:g}"
            yield Finding(path, message, "make machines smaller, move some, or raise placement.vcpus_per_core")


@rule("GW404", "not enough space on a datastore", "Disks are thick in this calculation: a full datastore stops every machine on it.")
def datastore_full(facts: Facts) -> Iterator[Finding]:
    """Sum of the machines' disks per datastore whose capacity is known."""
    used: dict[tuple[str, str], int] = defaultdict(int)
    for host, machines in by_host(facts).items():
        for machine in machines:
            if machine.datastore and machine.size:
                used[host, machine.datastore] += machine.size.disk_gb
    for (host, datastore), wanted in used.items():
        there = facts.matrix.hypervisors[host].datastores.get(datastore)
        if there is not None and wanted > there:
            message = f"machines on datastore {datastore} need {wanted} GB, it has {there}"
            yield Finding(("hypervisors", host, "datastores", datastore), message, "make disks smaller, move machines, or add a datastore")


@rule(
    "GW405",
    "number of servers without a useful majority",
    "etcd needs an odd number: a fourth server adds load and no safety, an environment without servers has no API.",
)
def servers_not_odd(facts: Facts) -> Iterator[Finding]:
    """Servers per environment, over all groups; those that are leaving do not count."""
    for key, environment in facts.matrix.environments.items():
        servers = sum(len(group.numbers) for group in environment.nodes if group.role == "server" and not group.leaving)
        if servers % 2 == 0:
            count = f"{servers} servers" if servers else "no server"
            yield Finding(("environments", key, "nodes"), f"environment {key} has {count}", "use 1, 3 or 5 servers", at_key=True)


@rule(
    "GW407",
    "agents that are leaving",
    "migrate.yml waits for votes, and agents have none: an agent is drained and deleted by hand, then taken out of the matrix.",
)
def agents_leaving(facts: Facts) -> Iterator[Finding]:
    """Groups of agents that say it."""
    for key, environment in facts.matrix.environments.items():
        for index, group in enumerate(environment.nodes):
            if group.leaving and group.role == "agent":
                path: Path = ("environments", key, "nodes", index, "leaving")
                yield Finding(path, "agents do not leave by migrate.yml", "take leaving out; drain and delete these agents, then take them out of the matrix")
