# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB in the tree: beside the application that uses it, with the traffic that its members need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Flow
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.mariadb import cluster_of, dumps_of, wanted
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.databases import Tenant
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import CONFIRM

#: Before what uses it. Argo CD waits for its health.
WAVE = {"argocd.argoproj.io/sync-wave": "-1"}
OPERATOR = "mariadb-operator"


def mariadb_objects(target: Target, component: str, namespace: str) -> list[dict[str, Any]]:
    """The cluster of a component and what is beside it; nothing that holds data is deleted without a confirmation."""
    cluster = cluster_of(target.loaded.matrix, target.key, component, namespace)
    return [_marked(thing) for thing in cluster.objects()] if cluster else []


def mariadb_tenants(target: Target, components: Sequence[str]) -> list[Tenant]:
    """MariaDB in a namespace, as much of it as network policies and Pod Security look at."""
    found = [name for name in components if wanted(target.loaded.matrix, target.key, name) is not None]
    return [Tenant(f"{name}-mariadb", tuple(_flows(target)), "baseline") for name in found]


def _flows(target: Target) -> Iterator[Flow]:
    """What the members, their operator and their dumps say to each other."""
    ports = ["3306/tcp", "4444/tcp", "4567/tcp", "4567/udp", "4568/tcp"]
    for end in ("from", "to"):
        yield Flow.model_validate({end: "self", "ports": ports, "why": "the application and its database, and the members among themselves"})
    yield Flow.model_validate({"from": OPERATOR, "ports": ["3306/tcp", "5555/tcp"], "why": "the operator asks servers and their agents"})
    yield Flow.model_validate({"to": "api", "ports": ["6443/tcp"], "why": "agents ask who speaks to them"})
    place = dumps_of(target.loaded.matrix, target.key)
    if place is not None:
        port = place[1].endpoint.partition(":")[2] or "443"
        yield Flow.model_validate({"to": "outside", "ports": [f"{port}/tcp"], "why": "dumps go to S3"})


def _marked(thing: dict[str, Any]) -> dict[str, Any]:
    annotations = {**WAVE, **(CONFIRM if thing["kind"] in ("MariaDB", "Database") else {})}
    return {**thing, "metadata": {**thing["metadata"], "annotations": annotations}}
