# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB of an application as Kubernetes objects: what modules apply and what the tree holds are the same (pure)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.backups import as_needed
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import Scheduled, backup_of, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import S3
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_mariadb import Mariadb

Object = dict[str, Any]
CONNECTIONS = 100
#: Keys in the Secret <application>-credentials.
ROOT, ACCOUNT, ACCESS, SECRET, AUTHORITY = "db-root-password", "db-password", "s3-access-key", "s3-secret-key", "s3-ca"


@dataclasses.dataclass(frozen=True)
class Cluster:
    """One cluster in one environment; specs of what is beside it by kind. All of it has the application's name."""

    name: str
    namespace: str
    spec: Object
    beside: dict[str, Object]
    checks: tuple[Object, ...] = ()

    def objects(self) -> Iterator[Object]:
        """Everything, in an order in which it can be made."""
        for kind, spec in {"MariaDB": self.spec, **self.beside}.items():
            yield {"apiVersion": GROUP, "kind": kind, "metadata": {"name": self.name, "namespace": self.namespace}, "spec": spec}

    def variables(self) -> dict[str, Any]:
        """For role mariadb."""
        contents = [thing for thing in self.objects() if thing["kind"] not in ("MariaDB", "Backup")]
        cluster = {"name": self.name, "namespace": self.namespace, "spec": self.spec, "contents": contents}
        return {**cluster, "backup": self.beside.get("Backup"), "checks": list(self.checks)}


def clusters(matrix: Matrix, environment: str) -> list[Cluster]:
    """Clusters whose image and size are known, in the namespaces of their applications."""
    catalogue = Catalogue()
    known = ((name, catalogue[name].namespace) for name in matrix.databases.mariadb if name in catalogue.names)
    return [found for name, namespace in known if (found := cluster_of(matrix, environment, name, namespace)) is not None]


def wanted(matrix: Matrix, environment: str, name: str) -> Mariadb | None:
    """What the matrix says of an application's MariaDB in an environment."""
    site = matrix.databases.mariadb.get(name)
    return site.in_environment(matrix.environments[environment].databases.mariadb.get(name)) if site else None


def dumps_of(matrix: Matrix, environment: str) -> tuple[Scheduled, S3] | None:
    """The row of the schedule and the server that dumps go to, if they go anywhere."""
    backup = backup_of(matrix.backup, matrix.environments[environment].backup, environment)
    row = next((row for row in table(backup) if row.kind == "mariadb" and row.bucket), None)
    return (row, backup.s3) if row and backup.s3 else None


def cluster_of(matrix: Matrix, environment: str, name: str, namespace: str) -> Cluster | None:
    """None as long as its owner has not said image and size."""
    part = wanted(matrix, environment, name)
    if part is None or part.image is None or part.storage_gb is None:
        return None
    database = part.database or name.replace("-", "_")
    mine = {"cleanupPolicy": "Skip", "mariaDbRef": {"name": name}}
    beside: dict[str, Object] = {
        "Database": {**mine, "name": database, "characterSet": "utf8mb4", "collate": "utf8mb4_general_ci"},
        "User": {**mine, "name": database, "host": "%", "maxUserConnections": CONNECTIONS, "passwordSecretKeyRef": _secret(name, ACCOUNT)},
        "Grant": {**mine, "privileges": ["ALL PRIVILEGES"], "database": database, "table": "*", "username": database, "host": "%"},
    }
    servers = _servers(name, part)
    place = dumps_of(matrix, environment)
    if place is not None:
        beside["Backup"] = as_needed(servers, _dumps(name, part.storage_gb, *place))
    return Cluster(name, namespace, servers, beside, tuple(check.asked_in(database) for check in part.checks))


def _servers(name: str, part: Mariadb) -> Object:
    settings = {"innodb_buffer_pool_size": f"{part.memory_mb // 2}M", **part.settings}
    memory = {"memory": f"{part.memory_mb}Mi"}
    galera = {"galera": {"enabled": True, "config": {"reuseStorageVolume": True}}, "affinity": {"antiAffinityEnabled": True}}
    storage_class = {"storageClassName": part.storage_class} if part.storage_class else {}
    return {
        "image": part.image,
        "replicas": part.members,
        **(galera if part.members > 1 else {}),
        "storage": {"size": f"{part.storage_gb}Gi", **storage_class},
        "resources": {"requests": memory, "limits": memory},
        "myCnf": "[mariadb]\n" + "".join(f"{setting}={value}\n" for setting, value in settings.items()),
        "rootPasswordSecretKeyRef": _secret(name, ROOT),
        "updateStrategy": {"type": "ReplicasFirstPrimaryLast"},
    }


def _dumps(name: str, size: int, row: Scheduled, s3: S3) -> Object:
    authority = {"caSecretKeyRef": _secret(name, AUTHORITY)} if s3.ca_file else {}
    place = {
        "bucket": row.bucket,
        "prefix": f"{row.folder}/{name}",
        "endpoint": s3.endpoint,
        "region": s3.region,
        "accessKeyIdSecretKeyRef": _secret(name, ACCESS),
        "secretAccessKeySecretKeyRef": _secret(name, SECRET),
        "tls": {"enabled": True, **authority},
    }
    return {
        "mariaDbRef": {"name": name},
        "schedule": {"cron": row.at},
        "timeZone": "Etc/UTC",
        "maxRetention": f"{row.keep // 3600}h",
        "compression": "gzip",
        # not on the node's own disk, which a large dump would fill
        "stagingStorage": {"persistentVolumeClaim": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": f"{size}Gi"}}}},
        "storage": {"s3": place},
    }


def _secret(name: str, key: str) -> dict[str, str]:
    return {"name": f"{name}-credentials", "key": key}
