# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of an application's MariaDB: the cluster, its database and account, dumps, and the traffic that they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Flow
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.databases import Tenant
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.workload import CONFIRM
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import Scheduled
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import S3
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_mariadb import Mariadb

#: Before what uses it. Argo CD waits for its health.
WAVE = {"argocd.argoproj.io/sync-wave": "-1"}
OPERATOR = "mariadb-operator"
CONNECTIONS = 100
#: Keys in <application>-credentials.
ROOT, ACCOUNT, ACCESS, SECRET, AUTHORITY = "db-root-password", "db-password", "s3-access-key", "s3-secret-key", "s3-ca"


def mariadb_objects(target: Target, component: str, namespace: str) -> list[dict[str, Any]]:
    """Nothing as long as its owner has not said image and size."""
    cluster = target.mariadb(component)
    if cluster is None or cluster.image is None or cluster.storage_gb is None:
        return []
    name = cluster.database or component.replace("-", "_")
    account = {"cleanupPolicy": "Skip", "mariaDbRef": {"name": component}}
    user = {"name": name, "host": "%", "maxUserConnections": CONNECTIONS, "passwordSecretKeyRef": _secret(component, ACCOUNT)}
    grant = {"privileges": ["ALL PRIVILEGES"], "database": name, "table": "*", "username": name, "host": "%"}
    objects = {
        "MariaDB": _servers(component, cluster),
        "Database": {**account, "name": name, "characterSet": "utf8mb4", "collate": "utf8mb4_general_ci"},
        "User": {**account, **user},
        "Grant": {**account, **grant},
    }
    place = target.backup("mariadb")
    if place is not None:
        objects["Backup"] = _dumps(component, cluster.storage_gb, *place)
    return [_object(kind, component, namespace, spec) for kind, spec in objects.items()]


def mariadb_tenants(target: Target, components: Sequence[str]) -> list[Tenant]:
    """MariaDB in a namespace, as much of it as network policies and Pod Security look at."""
    found = [name for name in components if target.mariadb(name) is not None]
    return [Tenant(f"{name}-mariadb", tuple(_flows(target)), "baseline") for name in found]


def _flows(target: Target) -> Iterator[Flow]:
    """What the members, their operator and their dumps say to each other."""
    ports = ["3306/tcp", "4444/tcp", "4567/tcp", "4567/udp", "4568/tcp"]
    for end in ("from", "to"):
        yield Flow.model_validate({end: "self", "ports": ports, "why": "the application and its database, and the members among themselves"})
    yield Flow.model_validate({"from": OPERATOR, "ports": ["3306/tcp", "5555/tcp"], "why": "the operator asks servers and their agents"})
    yield Flow.model_validate({"to": "api", "ports": ["6443/tcp"], "why": "agents ask who speaks to them"})
    place = target.backup("mariadb")
    if place is not None:
        port = place[1].endpoint.partition(":")[2] or "443"
        yield Flow.model_validate({"to": "outside", "ports": [f"{port}/tcp"], "why": "dumps go to S3"})


def _servers(component: str, cluster: Mariadb) -> dict[str, Any]:
    settings = {"innodb_buffer_pool_size": f"{cluster.memory_mb // 2}M", **cluster.settings}
    memory = {"memory": f"{cluster.memory_mb}Mi"}
    several = {"galera": {"enabled": True, "config": {"reuseStorageVolume": True}}, "affinity": {"antiAffinityEnabled": True}} if cluster.members > 1 else {}
    storage_class = {"storageClassName": cluster.storage_class} if cluster.storage_class else {}
    return {
        "image": cluster.image,
        "replicas": cluster.members,
        **several,
        "storage": {"size": f"{cluster.storage_gb}Gi", **storage_class},
        "resources": {"requests": memory, "limits": memory},
        "myCnf": "[mariadb]\n" + "".join(f"{name}={value}\n" for name, value in settings.items()),
        "rootPasswordSecretKeyRef": _secret(component, ROOT),
        "updateStrategy": {"type": "ReplicasFirstPrimaryLast"},
    }


def _dumps(component: str, size: int, row: Scheduled, s3: S3) -> dict[str, Any]:
    authority = {"caSecretKeyRef": _secret(component, AUTHORITY)} if s3.ca_file else {}
    place = {
        "bucket": row.bucket,
        "prefix": f"{row.folder}/{component}",
        "endpoint": s3.endpoint,
        "region": s3.region,
        "accessKeyIdSecretKeyRef": _secret(component, ACCESS),
        "secretAccessKeySecretKeyRef": _secret(component, SECRET),
        "tls": {"enabled": True, **authority},
    }
    return {
        "mariaDbRef": {"name": component},
        "schedule": {"cron": row.at},
        "timeZone": "Etc/UTC",
        "maxRetention": f"{row.keep // 3600}h",
        "compression": "gzip",
        # not on the node's own disk, which a large dump would fill
        "stagingStorage": {"persistentVolumeClaim": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{size}Gi"}}}},
        "storage": {"s3": place},
    }


def _secret(component: str, key: str) -> dict[str, str]:
    return {"name": f"{component}-credentials", "key": key}


def _object(kind: str, name: str, namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    annotations = {**WAVE, **(CONFIRM if kind in ("MariaDB", "Database") else {})}
    return {"apiVersion": GROUP, "kind": kind, "metadata": {"name": name, "namespace": namespace, "annotations": annotations}, "spec": spec}
