# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about keys that name something elsewhere in the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.firewall import GROUPS, NAMED_ONLY
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

# Ends of a traffic flow: groups of machines, and the services beside them.
PARTIES = ("management", "servers", "agents", "nodes", "vcenters", "hypervisors", "dns", "ntp", "mirror", "s3", "users", "pods")
Reference = tuple[Path, str, str, Iterable[str] | None]


@rule("GW301", "unknown reference", "A key points at an entry (host, network, size, vCenter, group) that the matrix does not have.")
def unknown_reference(facts: Facts) -> Iterator[Finding]:
    """Every key that names another entry."""
    for path, kind, name, known in (*_infrastructure(facts), *_environments(facts), *_machines(facts), *_flows(facts)):
        if known is not None and name not in known:
            yield Finding(path, f"there is no {kind} {name!r}", did_you_mean(name, known, f"name a {kind} that exists"))


def _infrastructure(facts: Facts) -> Iterator[Reference]:
    matrix = facts.matrix
    for key, host in matrix.hypervisors.items():
        yield ("hypervisors", key, "vcenter"), "vCenter", host.vcenter, facts.declared("vcenters")
    for key, vcenter in matrix.vcenters.items():
        for network in vcenter.port_groups:
            yield ("vcenters", key, "port_groups", network), "network", network, facts.declared("networks")
    for index, name in enumerate(matrix.placement.hosts):
        yield ("placement", "hosts", index), "hypervisor", name, facts.declared("hypervisors")


def _environments(facts: Facts) -> Iterator[Reference]:
    matrix = facts.matrix
    for key, environment in matrix.environments.items():
        base: Path = ("environments", key)
        yield (*base, "network"), "network", environment.network, facts.declared("networks")
        if environment.size:
            yield (*base, "size"), "size", environment.size, facts.declared("sizes")
        for index, group in enumerate(environment.nodes):
            if group.size:
                yield (*base, "nodes", index, "size"), "size", group.size, facts.declared("sizes")
            for position, name in enumerate(group.hosts or ()):
                yield (*base, "nodes", index, "hosts", position), "hypervisor", name, facts.declared("hypervisors")


def _machines(facts: Facts) -> Iterator[Reference]:
    matrix = facts.matrix
    for name, machine in matrix.machines.items():
        yield ("machines", name, "network"), "network", machine.network, facts.declared("networks")
        yield ("machines", name, "size"), "size", machine.size, facts.declared("sizes")
        yield ("machines", name, "host"), "hypervisor", machine.host, facts.declared("hypervisors")


def _flows(facts: Facts) -> Iterator[Reference]:
    for index, flow in enumerate(facts.matrix.flows):
        yield ("flows", index, "source"), "machine group", flow.source, PARTIES
        yield ("flows", index, "target"), "machine group", flow.target, PARTIES


@rule("GW306", "flow into nodes from names", "A node's firewall filters by address; vCenters, hypervisors, time servers and the mirror are known by name.")
def flow_from_names(facts: Facts) -> Iterator[Finding]:
    """Flows whose target is filtered by the nodes themselves."""
    for index, flow in enumerate(facts.matrix.flows):
        if flow.source in NAMED_ONLY and flow.target in {group for groups in GROUPS.values() for group in groups}:
            message = f"{flow.source} are known by name only, so the firewall of {flow.target} cannot let them in"
            better = ", ".join(group for group in PARTIES if group not in NAMED_ONLY)
            yield Finding(("flows", index, "source"), message, f"name a group with addresses: {better}; users are anybody")


@rule("GW302", "datastore not on that host", "A virtual machine can only live on a datastore that its host sees.")
def datastore_not_on_host(facts: Facts) -> Iterator[Finding]:
    """Datastores named by node groups and machines."""
    reported: set[Path] = set()
    for machine in facts.machines:
        host = facts.matrix.hypervisors.get(machine.host or "")
        if host and machine.datastore not in host.datastores and machine.path not in reported:
            reported.add(machine.path)
            message = f"datastore {machine.datastore!r} of {machine.name} is not on host {machine.host}"
            yield Finding((*machine.path, "datastore"), message, did_you_mean(machine.datastore, host.datastores, "it has"))


@rule("GW303", "datastore not named", "Where a host has several datastores, nothing says which one to use.")
def datastore_not_named(facts: Facts) -> Iterator[Finding]:
    """Node groups and machines on hosts with several datastores."""
    reported: set[Path] = set()
    for machine in facts.machines:
        host = facts.matrix.hypervisors.get(machine.host or "")
        if host and len(host.datastores) > 1 and machine.path not in reported and not facts.names_datastore(machine.path):
            reported.add(machine.path)
            yield Finding(machine.path, f"host {machine.host} of {machine.name} has several datastores", f"add datastore: one of {', '.join(host.datastores)}")


@rule("GW304", "network without port group", "The vCenter of a machine must know which port group carries the machine's network (null = the owner will say).")
def network_without_port_group(facts: Facts) -> Iterator[Finding]:
    """Networks of machines, on the vCenters that these machines are on."""
    reported: set[tuple[str, str]] = set()
    matrix = facts.matrix
    for machine in facts.machines:
        vcenter = matrix.hypervisors[machine.host].vcenter if machine.host else ""
        use = (vcenter, machine.network)
        if vcenter in matrix.vcenters and machine.network in matrix.networks and use not in reported:
            reported.add(use)
            if machine.network not in matrix.vcenters[vcenter].port_groups:
                message = f"{machine.name} needs network {machine.network}, for which {vcenter} has no port group"
                yield Finding(("vcenters", vcenter, "port_groups"), message, f"add {machine.network}: <name of the port group>", at_key=True)


@rule("GW305", "size or host not given", "A node needs both; they come from the node group, the environment or the placement.")
def size_or_host_not_given(facts: Facts) -> Iterator[Finding]:
    """Node groups for which nothing says how large or where."""
    for key, environment in facts.matrix.environments.items():
        for index, group in enumerate(environment.nodes):
            path: Path = ("environments", key, "nodes", index)
            if not (group.size or environment.size):
                yield Finding(path, "nothing says which size these nodes have", f"add size to the group or to environment {key}")
            if not (group.hosts or facts.matrix.placement.hosts):
                yield Finding(path, "nothing says on which hosts these nodes live", "add hosts to the group, or placement.hosts")


@rule("GW307", "UUID of nobody", "A UUID says which existing machine is adopted: it stands beside adopt: true, under the name of a node.")
def uuid_of_nobody(facts: Facts) -> Iterator[Finding]:
    """UUIDs of machines that are not adopted, or not there."""
    nodes = {machine.name: machine.environment for machine in facts.machines}
    for key, environment in facts.matrix.environments.items():
        names = [name for name, owner in nodes.items() if owner == key]
        for name in environment.uuids:
            path: Path = ("environments", key, "uuids", name)
            if name not in names:
                yield Finding(path, f"there is no node {name!r} in {key}", did_you_mean(name, names, "name a node"), at_key=True)
            elif not environment.adopt:
                yield Finding(path, f"{key} is not adopted, so {name} is created and gets a UUID then", "remove it, or say adopt: true", at_key=True)
    for name, machine in facts.matrix.machines.items():
        if machine.uuid and not machine.adopt:
            yield Finding(("machines", name, "uuid"), f"{name} is not adopted, so it is created and gets a UUID then", "remove it, or say adopt: true")
