# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL clusters in the tree. They go with plugin-barman-cloud, which is there last of all that they need."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Flow
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.postgresql import clusters, namespaces
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.backups import dump_objects
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import CONFIRM

COMPONENT = "plugin-barman-cloud"


def postgresql_flows() -> tuple[Flow, ...]:
    """Pods of a namespace with PostgreSQL in it: clients from everywhere in the cluster, replicas among themselves, and the operator."""
    return (
        Flow.model_validate({"from": "pods", "ports": ["5432/tcp"], "why": "applications use the databases"}),
        Flow.model_validate({"from": "self", "ports": ["5432/tcp", "8000/tcp"], "why": "replicas follow their primary"}),
        Flow.model_validate({"to": "self", "ports": ["5432/tcp", "8000/tcp"], "why": "replicas follow their primary"}),
        Flow.model_validate({"from": "cloudnative-pg", "ports": ["5432/tcp", "8000/tcp"], "why": "the operator asks instances for their state"}),
        Flow.model_validate({"from": "kube-prometheus-stack", "ports": ["9187/tcp"], "why": "metrics"}),
        Flow.model_validate({"to": "api", "ports": ["6443/tcp"], "why": "instances read their cluster and hold the primary's lease"}),
    )


@dataclasses.dataclass(frozen=True)
class Tenant:
    """What is in a namespace beside components, as much of it as network policies and Pod Security look at: PostgreSQL, if nothing else is said."""

    component: str = "postgresql"
    flows: tuple[Flow, ...] = dataclasses.field(default_factory=postgresql_flows)
    pod_security: str = "restricted"


def database_objects(target: Target) -> list[dict[str, Any]]:
    """Every object; what holds data is not deleted without a confirmation. Beside them the jobs that dump databases."""
    found = [thing for cluster in clusters(target.loaded.matrix, target.key) for thing in cluster.objects()]
    return [*({**thing, "metadata": {**thing["metadata"], "annotations": dict(CONFIRM)}} for thing in found), *dump_objects(target)]


def database_namespaces(target: Target) -> dict[str, Tenant]:
    """Namespaces with PostgreSQL in them."""
    return dict.fromkeys(sorted(namespaces(target.loaded.matrix, target.key)), Tenant(flows=(*postgresql_flows(), *_to_s3(target))))


def database_clients(target: Target, components: Mapping[str, str]) -> list[Tenant]:
    """The way of components (with their namespaces) to the PostgreSQL cluster that has a database of their name, where that is in another namespace."""
    matrix = target.loaded.matrix
    there = namespaces(matrix, target.key)
    found = []
    for component, own in components.items():
        places = {cluster.namespace for cluster in matrix.databases.postgresql.values() if component in cluster.databases} & there - {own}
        flows = [Flow.model_validate({"to": place, "ports": ["5432/tcp"], "why": "its database"}) for place in sorted(places)]
        found += [Tenant(f"{component}-postgresql", tuple(flows))] if flows else []
    return found


def _to_s3(target: Target) -> list[Flow]:
    """Base backups and WAL go to the port of the S3 server; without one there is nothing to reach."""
    matrix = target.loaded.matrix
    s3 = matrix.backup.overlaid(matrix.environments[target.key].backup).s3
    if s3 is None:
        return []
    port = s3.endpoint.partition(":")[2] or "443"
    return [Flow.model_validate({"to": "outside", "ports": [f"{port}/tcp"], "why": "base backups and WAL go to S3"})]
