# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster that is well, and ways to have it otherwise."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.observe import Observed, observe
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid

IMAGE = "mariadb:11.8.3"
Object = dict[str, Any]

SPEC: Object = {
    "image": IMAGE,
    "replicas": 3,
    "galera": {"enabled": True, "recovery": {"enabled": True}},
    "affinity": {"antiAffinityEnabled": True},
    "storage": {"size": "10Gi", "storageClassName": "fast"},
    "resources": {"limits": {"memory": "1Gi"}},
    "rootPasswordSecretKeyRef": {"name": "shop-credentials", "key": "db-root-password"},
}
CONDITIONS = {"Ready": "True", "GaleraReady": "True", "GaleraConfigured": "True", "Updated": "True"}


def conditions(**states: str | tuple[str, str, str]) -> list[Object]:
    """Conditions by name: a status, or (status, reason, message)."""
    found = []
    for kind, state in states.items():
        status, reason, message = (state, kind, "") if isinstance(state, str) else state
        found.append({"type": kind, "status": status, "reason": reason, "message": message})
    return found


def mariadb(spec: Object | None = None, states: dict[str, Any] | None = None, **status: Any) -> Object:
    """The object shop/shop."""
    told = {"conditions": conditions(**{**CONDITIONS, **(states or {})}), "replicas": 3, "currentPrimary": "shop-0", "currentPrimaryPodIndex": 0, **status}
    metadata = {"name": "shop", "namespace": "shop", "resourceVersion": "7"}
    return {"apiVersion": GROUP, "kind": "MariaDB", "metadata": metadata, "spec": overlaid(SPEC, spec or {}), "status": told}


def workload(members: int = 3, revision: str = "new", generation: int = 4, seen: int = 4) -> Object:
    """Its StatefulSet."""
    return {"metadata": {"generation": generation}, "spec": {"replicas": members}, "status": {"observedGeneration": seen, "updateRevision": revision}}


def pod(number: int, ready: bool = True, revision: str = "new", image: str = IMAGE, waiting: str = "", **metadata: Any) -> Object:
    """One member's pod."""
    container = {"name": "mariadb", "image": image, "resources": {"limits": {"memory": "1024Mi"}}}
    statuses = [{"state": {"waiting": {"reason": waiting, "message": "why"}}}] if waiting else []
    return {
        "metadata": {"name": f"shop-{number}", "labels": {"controller-revision-hash": revision}, **metadata},
        "spec": {"nodeName": f"node-{number}", "containers": [{"name": "agent"}, container]},
        "status": {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}], "containerStatuses": statuses},
    }


def claim(number: int, capacity: str = "10Gi", phase: str = "Bound", kind: str = "storage") -> Object:
    """One member's volume claim."""
    return {
        "metadata": {"name": f"{kind}-shop-{number}"},
        "spec": {"volumeName": f"pv-{number}"},
        "status": {"phase": phase, "capacity": {"storage": capacity}},
    }


def seen(thing: Object | None = None, work: Object | None = None, pods: list[Object] | None = None, claims: list[Object] | None = None) -> Observed:
    """One look at it."""
    return observe(
        mariadb() if thing is None else thing,
        workload() if work is None else work,
        [pod(number) for number in range(3)] if pods is None else pods,
        [claim(number) for number in range(3)] if claims is None else claims,
    )


def without(spec: Object, *path: str) -> Object:
    """A definition that lacks a field."""
    found = copy.deepcopy(spec)
    inner = found
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return found
