# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL clusters of an environment as Kubernetes objects: what modules apply and what the tree holds are the same (pure)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, PLUGIN, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.objects import object_store_spec, scheduled_backup_spec
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.storage import labels
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import backup_of, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import PostgresqlCluster, Volume, in_environment

Object = dict[str, Any]
#: The account of the S3 server, with the certificate of its authority where it has one of its own.
CREDENTIALS = "s3-credentials"
#: Seconds of the primary's lease (CloudNativePG 1.30: 15, 10, 2; api/v1/cluster_types.go), where it guards no data: docs/decisions/0023-a-short-lease.md.
SHORT_LEASE = {"leaseDurationSeconds": 5, "renewDeadlineSeconds": 4, "retryPeriodSeconds": 1}
#: How often a replica without a primary looks for one (PostgreSQL: 5s): writes that replicas confirm wait for the first that has found it.
RETRY = {"wal_retrieve_retry_interval": "1s"}


@dataclasses.dataclass(frozen=True)
class Cluster:
    """One cluster in one environment; objects beside it by kind; the name that it writes to its archive under in each environment that has it."""

    name: str
    namespace: str
    spec: Object
    beside: tuple[tuple[str, str, Object], ...]
    checks: tuple[Object, ...] = ()
    servers: tuple[tuple[str, str], ...] = ()

    def objects(self) -> Iterator[Object]:
        """Everything, in an order in which it can be made: store, cluster, roles, databases, poolers, schedule."""
        for kind, name, spec in (*self._of("ObjectStore"), ("Cluster", self.name, self.spec), *self._others()):
            version = STORE_GROUP if kind == "ObjectStore" else GROUP
            yield {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": self.namespace}, "spec": spec}

    def variables(self) -> dict[str, Any]:
        """For playbooks: the arguments of cnpg_cluster and of what is beside it."""
        beside = [{"kind": kind, "name": name, "spec": spec} for kind, name, spec in self.beside]
        # Without a question of the owner a drill still finds out whether each database came back.
        there = [{"database": spec["name"], "sql": "SELECT 1", "expect": "1"} for kind, _name, spec in self.beside if kind == "Database"]
        return {
            "name": self.name,
            "namespace": self.namespace,
            "spec": self.spec,
            "beside": beside,
            "checks": [*there, *self.checks],
            "servers": dict(self.servers),
        }

    def _of(self, kind: str) -> list[tuple[str, str, Object]]:
        return [item for item in self.beside if item[0] == kind]

    def _others(self) -> list[tuple[str, str, Object]]:
        return [item for item in self.beside if item[0] != "ObjectStore"]


def clusters(matrix: Matrix, environment: str) -> list[Cluster]:
    """Clusters that an environment has and whose image and size are known."""
    part = matrix.environments[environment]
    backup = backup_of(matrix.backup, part.backup, environment)
    found = []
    for name, site in matrix.databases.postgresql.items():
        cluster = in_environment(site, part.databases.postgresql.get(name))
        if cluster is not None and cluster.image is not None and cluster.storage is not None:
            beside = (*_archive(name, backup), *_contents(name, cluster))
            has_archive = any(kind == "ObjectStore" for kind, _name, _spec in beside)
            inherited = {"inheritedMetadata": {"labels": dict(mine)}} if (mine := labels(matrix)) else {}
            checks = tuple(check.asked_in(check.database) for check in cluster.checks)
            spec = _spec(name, cluster, cluster.storage, has_archive) | inherited
            found.append(Cluster(name, cluster.namespace, spec, beside, checks, tuple(_servers(matrix, name))))
    return found


def server_of(spec: Object) -> str:
    """The name that a cluster writes to its archive under; empty: it has none."""
    plugins = spec.get("plugins") or []
    return str(plugins[0]["parameters"]["serverName"]) if plugins else ""


def _servers(matrix: Matrix, name: str) -> Iterator[tuple[str, str]]:
    """A restore may read the archive of another environment, where the cluster may have been moved by a recovery."""
    for key, environment in matrix.environments.items():
        cluster = in_environment(matrix.databases.postgresql[name], environment.databases.postgresql.get(name))
        if cluster is not None:
            yield key, cluster.server_name or name


def namespaces(matrix: Matrix, environment: str) -> set[str]:
    """Namespaces of its clusters."""
    return {cluster.namespace for cluster in clusters(matrix, environment)}


def _spec(name: str, cluster: PostgresqlCluster, storage: Volume, has_archive: bool) -> Object:
    size = {key: value for key, value in (("memory", cluster.memory), ("cpu", cluster.cpus)) if value}
    parameters = {**(RETRY if cluster.instances > 1 else {}), **cluster.parameters}
    settings: Object = {"parameters": parameters} if parameters else {}
    lease: Object = {}
    if cluster.synchronous and cluster.instances > 1:
        wanted, quorum = cluster.synchronous, cluster.instances > 2
        settings["synchronous"] = {"method": "any", "number": wanted.number, "dataDurability": wanted.durability, "failoverQuorum": quorum}
        lease = {"primaryLease": SHORT_LEASE} if quorum and wanted.durability == "required" else {}
    plugin = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": name, "serverName": cluster.server_name or name}}
    return {
        "instances": cluster.instances,
        "imageName": cluster.image,
        "storage": _volume(storage),
        **({"walStorage": _volume(cluster.wal_storage)} if cluster.wal_storage else {}),
        **({"resources": {"requests": size, "limits": size}} if size else {}),
        **({"postgresql": settings} if settings else {}),
        **({"plugins": [plugin]} if has_archive else {}),
        **lease,
        "affinity": {"enablePodAntiAffinity": True, "podAntiAffinityType": "required", "topologyKey": "kubernetes.io/hostname"},
        "enableSuperuserAccess": False,
        "enablePDB": cluster.instances > 1,
        "primaryUpdateMethod": "switchover" if cluster.instances > 1 else "restart",
        "primaryUpdateStrategy": "supervised" if cluster.supervised and cluster.instances > 1 else "unsupervised",
    }


def _volume(volume: Volume) -> Object:
    return {"size": volume.size, **({"storageClass": volume.storage_class} if volume.storage_class else {})}


def _archive(name: str, backup: Backup) -> Iterator[tuple[str, str, Object]]:
    """By the row of the schedule: where, when, and for how long."""
    row = next((row for row in table(backup) if row.kind == "postgres"), None)
    s3 = backup.s3
    if row is None or row.bucket is None or s3 is None:
        return
    store = object_store_spec(
        {
            "destination": f"s3://{row.bucket}/{row.folder}",
            "endpoint": f"https://{s3.endpoint}",
            "credentials": CREDENTIALS,
            "ca_secret": CREDENTIALS if s3.ca_file else None,
            "retention": row.retention_policy,
            "compatible": True,
        }
    )
    store["instanceSidecarConfiguration"]["env"] = [*store["instanceSidecarConfiguration"]["env"], {"name": "AWS_DEFAULT_REGION", "value": s3.region}]
    yield "ObjectStore", name, store
    nightly = {"cluster": name, "schedule": row.six_fields, "schedule_format": "cron6", "target": "prefer-standby", "immediate": True, "suspend": False}
    yield "ScheduledBackup", f"{name}-base", scheduled_backup_spec(nightly)


def _contents(name: str, cluster: PostgresqlCluster) -> Iterator[tuple[str, str, Object]]:
    mine = {"cluster": {"name": name}}
    for role, wanted in cluster.roles.items():
        spec = {"name": role, "login": True, "createdb": wanted.createdb, "connectionLimit": wanted.connection_limit, "databaseRoleReclaimPolicy": "retain"}
        groups = {"inRoles": list(wanted.in_roles)} if wanted.in_roles else {}
        yield "DatabaseRole", _label(name, role), {**mine, **spec, **groups, "passwordSecret": {"name": f"{_hyphens(role)}-credentials"}}
    for database, part in cluster.databases.items():
        extensions = {"extensions": [{"name": extension} for extension in part.extensions]} if part.extensions else {}
        spec = {"name": database, "owner": part.owner, "databaseReclaimPolicy": "retain"}
        yield "Database", _label(name, database), {**mine, **spec, **extensions}
    for pooler, proxy in cluster.poolers.items():
        bouncer = {"poolMode": proxy.mode, "parameters": dict(proxy.parameters)}
        yield "Pooler", f"{name}-{pooler}", {**mine, "type": proxy.type, "instances": proxy.instances, "pgbouncer": bouncer}


def _label(cluster: str, name: str) -> str:
    return f"{cluster}-{_hyphens(name)}"


def _hyphens(name: str) -> str:
    """A name of PostgreSQL as Kubernetes can have it."""
    return name.strip("_").replace("_", "-")
