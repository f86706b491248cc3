# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which traffic a firewall between machines must let through: what Kubernetes needs, and what the matrix adds.

Ports: docs.k3s.io/installation/requirements ("Networking"), docs.tigera.io (Calico system requirements),
metallb.io (requirements).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import etcd_row
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Environment

POD_NETWORK = {
    "calico": ("179/tcp", "4789/udp", "5473/tcp"),
    "cilium": ("8472/udp", "4240/tcp"),
    "vxlan": ("8472/udp",),
    "wireguard-native": ("51820/udp",),
}


@dataclasses.dataclass(frozen=True)
class Flow:
    """Traffic from one group of machines to another."""

    source: str
    target: str
    ports: tuple[str, ...]
    why: str


def flows_of(matrix: Matrix, environment: Environment) -> Iterator[Flow]:
    """Flows of one environment: its own and the site's."""
    operators = "management" if any(machine.role == "management" for machine in matrix.machines.values()) else "users"
    yield Flow(operators, "nodes", ("22/tcp",), "ssh: Ansible, and people in need")
    yield Flow(operators, "servers", ("6443/tcp",), "kubectl")
    yield Flow("servers", "servers", ("2379-2380/tcp",), "etcd clients and members")
    yield Flow("nodes", "servers", ("6443/tcp",), "Kubernetes API and K3s supervisor")
    if environment.vip:
        yield Flow("servers", "servers", ("112/ip",), "who holds the API's virtual address (VRRP)")
    yield Flow("pods", "servers", ("6443/tcp",), "Kubernetes API for pods, whose Service leads here")
    yield Flow("nodes", "nodes", ("10250/tcp",), "kubelet: logs, exec, metrics")
    yield Flow("pods", "nodes", ("10250/tcp",), "kubelet: metrics-server runs in a pod")
    backend = str(environment.k3s.config["flannel-backend"])
    ports = POD_NETWORK.get(environment.k3s.cni if backend == "none" else backend, ())
    if ports:
        yield Flow("nodes", "nodes", ports, "pod network")
    if environment.pools:
        yield Flow("nodes", "nodes", ("7946/tcp", "7946/udp"), "which MetalLB speaker answers for an address (memberlist)")
    yield Flow("nodes", "dns", ("53/udp", "53/tcp"), "name resolution")
    yield Flow("nodes", "ntp", ("123/udp",), "time")
    yield Flow("nodes", "mirror", ("443/tcp",), "verified download of K3s")
    if environment.backup.s3 and etcd_row(environment.backup).bucket:
        yield Flow("servers", "s3", (f"{environment.backup.s3.endpoint.partition(':')[2] or 443}/tcp",), "snapshots of etcd")
    for flow in matrix.flows:
        yield Flow(flow.source, flow.target, tuple(flow.ports), flow.why)
