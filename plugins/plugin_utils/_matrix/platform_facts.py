# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What components get from the matrix: facts of one environment by name. Entries of the catalogue name them in ``parameters``."""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive_k3s import CLUSTER_CIDR
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix

#: Certificates of the S3 server's authority, base64: what is in a file, so the tree adds it to the facts of the matrix.
AUTHORITY = "s3.ca"
#: Fact and what has to stand in the matrix for it.
KNOWN = {
    "environment": "environments",
    "cluster_cidr": "k3s.cluster_cidr",
    "replicas": "environments.<key>.nodes",
    "ingress.address": "environments.<key>.ingress.address",
    "host": "environments.<key>.ingress.app_name",
    "git.known_hosts": "git.known_hosts",
    "issuer": "tls.issuer",
    "email": "tls.email",
    "s3.url": "backup.s3.endpoint",
    "s3.region": "backup.s3.region",
    AUTHORITY: "backup.s3.ca_file",
    "velero.bucket": "backup.schedule.objects.bucket",
}
MOST_REPLICAS = 3


def platform_facts(matrix: Matrix, key: str, component: str) -> dict[str, Any]:
    """Every fact that the matrix has for a component in an environment; what it lacks is left out."""
    environment = matrix.environments[key]
    k3s, backup = matrix.k3s.overlaid(environment.k3s), matrix.backup.overlaid(environment.backup)
    s3, objects = backup.s3, backup.schedule.get("objects")
    nodes = sum(len(group.numbers) for group in environment.nodes)
    facts: dict[str, Any] = {
        "environment": key,
        "cluster_cidr": str(k3s.cluster_cidr or CLUSTER_CIDR),
        "replicas": min(nodes, MOST_REPLICAS),
    }
    if environment.ingress:
        facts["ingress.address"] = str(environment.ingress.address)
        if environment.ingress.app_name:
            facts["host"] = environment.ingress.app_name.replace("{app}", component)
    if matrix.tls:
        facts |= {"issuer": environment.issuer or matrix.tls.issuer, "email": matrix.tls.email}
    if matrix.git and matrix.git.known_hosts:
        facts["git.known_hosts"] = "".join(f"{line}\n" for line in matrix.git.known_hosts)
    if objects and objects.bucket:
        facts["velero.bucket"] = objects.bucket
    if s3:
        facts |= {"s3.url": f"https://{s3.endpoint}", "s3.region": s3.region}
    return facts
