# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about keys that name something elsewhere in the matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

Reference = tuple[Path, str, str, Iterable[str]]


@rule("GW301", "unknown reference", "A key points at an entry (host, network, size, vCenter, group) that the matrix does not have.")
def unknown_reference(facts: Facts) -> Iterator[Finding]:
    for path, kind, name, known in (*_infrastructure(facts), *_environments(facts), *_machines(facts)):
        if name not in known:
            yield Finding(path, f"there is no {kind} {name!r}", did_you_mean(name, known, f"name a {kind} that exists"))


def _infrastructure(facts: Facts) -> Iterator[Reference]:
    matrix = facts.matrix
    for key, host in matrix.hypervisors.items():
        yield ("hypervisors", key, "vcenter"), "vCenter", host.vcenter, matrix.vcenters
    for key, vcenter in matrix.vcenters.items():
        for network in vcenter.port_groups:
            yield ("vcenters", key, "port_groups", network), "network", network, matrix.networks
    for index, name in enumerate(matrix.placement.hosts):
        yield ("placement", "hosts", index), "hypervisor", name, matrix.hypervisors


def _environments(facts: Facts) -> Iterator[Reference]:
    matrix = facts.matrix
    for key, environment in matrix.environments.items():
        base: Path = ("environments", key)
        yield (*base, "network"), "network", environment.network, matrix.networks
        if environment.size:
            yield (*base, "size"), "size", environment.size, matrix.sizes
        for index, group in enumerate(environment.nodes):
            if group.size:
                yield (*base, "nodes", index, "size"), "size", group.size, matrix.sizes
            for position, name in enumerate(group.hosts or ()):
                yield (*base, "nodes", index, "hosts", position), "hypervisor", name, matrix.hypervisors


def _machines(facts: Facts) -> Iterator[Reference]:
    matrix = facts.matrix
    for name, machine in matrix.machines.items():
        yield ("machines", name, "network"), "network", machine.network, matrix.networks
        yield ("machines", name, "size"), "size", machine.size, matrix.sizes
        yield ("machines", name, "host"), "hypervisor", machine.host, matrix.hypervisors
