# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that make backups, from the rows of the schedule (pure): Velero, Longhorn, dumps of databases."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._s3 import client
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import DAY, Scheduled
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import S3

Object = dict[str, Any]
SCHEDULE = "groundwork"
CREDENTIALS = "s3-credentials"
#: The jobs go with the component that clusters go with, and by the naming rules its ConfigMap has its name.
PROGRAM = "plugin-barman-cloud-config"
FILES = ("client.py", "send.py")
ROOM = "ansible_collections/groundwork/platform/plugins/module_utils/_s3"
#: Namespaces that Git or K3s makes again.
NOT_OURS = ("kube-system", "kube-public", "kube-node-lease", "velero", "argocd")


@dataclasses.dataclass(frozen=True)
class Dumped:
    """A database, and the Secret of the role that owns it."""

    name: str
    secret: str


def velero_schedule(row: Scheduled) -> Object:
    """All namespaces with their objects. Volumes are Longhorn's, which the restore brings back first."""
    template = {
        "ttl": f"{-(-row.keep // 3600)}h0m0s",
        "storageLocation": "default",
        "includedNamespaces": ["*"],
        "excludedNamespaces": list(NOT_OURS),
        "snapshotVolumes": False,
        "defaultVolumesToFsBackup": False,
    }
    spec = {"schedule": row.at, "useOwnerReferencesInBackup": False, "template": template}
    return {"apiVersion": "velero.io/v1", "kind": "Schedule", "metadata": {"name": SCHEDULE, "namespace": "velero"}, "spec": spec}


def longhorn_objects(row: Scheduled, s3: S3) -> list[Object]:
    """The place, and the job. Longhorn counts copies, and its bucket has no other retention."""
    target = {"backupTargetURL": f"s3://{row.bucket}@{s3.region}/{row.folder}/", "credentialSecret": "longhorn-credentials", "pollInterval": "5m0s"}
    job = {
        "name": SCHEDULE,
        "task": "backup",
        "cron": row.at,
        "retain": row.copies,
        "concurrency": 2,
        "groups": ["default"],
        "labels": {},
    }
    where = {"namespace": "longhorn-system"}
    return [
        {"apiVersion": "longhorn.io/v1beta2", "kind": "BackupTarget", "metadata": {"name": "default", **where}, "spec": target},
        {"apiVersion": "longhorn.io/v1beta2", "kind": "RecurringJob", "metadata": {"name": SCHEDULE, **where}, "spec": job},
    ]


def dump_program(namespace: str) -> Object:
    """The program that stores what pg_dump wrote; once in each namespace."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": PROGRAM, "namespace": namespace}, "data": {name: source(name) for name in FILES}}


def dump_job_name(cluster: str, database: str) -> str:
    """Of its CronJob."""
    return f"{cluster}-{database.strip('_').replace('_', '-')}-dump"


def dump_job(cluster: str, namespace: str, database: Dumped, images: tuple[str, str], row: Scheduled, s3: S3) -> Object:
    """A CronJob for one database. The first image has pg_dump, the second has Python; nothing else of either is used."""
    name = dump_job_name(cluster, database.name)
    login = {key: key_of(database.secret, field) for key, field in (("PGUSER", "username"), ("PGPASSWORD", "password"))}
    keys = {key: key_of(CREDENTIALS, field) for key, field in (("S3_ACCESS_KEY", "ACCESS_KEY_ID"), ("S3_SECRET_KEY", "SECRET_ACCESS_KEY"))}
    where = {
        "PYTHONPATH": "/program",
        "S3_ENDPOINT": s3.endpoint,
        "S3_REGION": s3.region,
        "S3_BUCKET": str(row.bucket),
        "S3_FOLDER": f"{row.folder}/{cluster}/{database.name}",
        "S3_KEEP": str(row.keep),
    }
    # -r leads to any instance; -ro would lead nowhere in a cluster of one.
    command = ["pg_dump", "--format=custom", f"--host={cluster}-r", "--no-password", "--file=/dump/database.dump", f"--dbname={database.name}"]
    dump = container("dump", images[0], command, {}, login, [])
    authority = {"S3_CA": key_of(CREDENTIALS, "ca.crt")} if s3.ca_file else {}
    program = [{"name": "program", "mountPath": "/program", "readOnly": True}]
    send = container("send", images[1], ["python3", "-B", f"/program/{ROOM}/send.py", "/dump/database.dump"], where, {**keys, **authority}, program)
    files = [{"key": name, "path": f"{ROOM}/{name}"} for name in FILES]
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 26, "fsGroup": 26, "seccompProfile": {"type": "RuntimeDefault"}},
        "initContainers": [dump],
        "containers": [send],
        "volumes": [{"name": "dump", "emptyDir": {}}, {"name": "program", "configMap": {"name": PROGRAM, "items": files}}],
    }
    spec = {
        "schedule": row.at,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": min(row.interval, DAY) // 2,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {"spec": {"backoffLimit": 2, "template": {"spec": pod}}},
    }
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def container(name: str, image: str, command: list[str], said: dict[str, str], secrets: Object, mounts: list[Object]) -> Object:
    """One that may do nothing but its work; the dump lies in /dump."""
    return {
        "name": name,
        "image": image,
        "command": command,
        "env": [*({"name": key, "value": value} for key, value in said.items()), *({"name": key, "valueFrom": value} for key, value in secrets.items())],
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "dump", "mountPath": "/dump"}, *mounts],
    }


def key_of(secret: str, field: str) -> Object:
    """A value of a Secret, for an environment."""
    return {"secretKeyRef": {"name": secret, "key": field}}


def source(name: str) -> str:
    """The text of a program beside the client."""
    return Path(client.__file__).with_name(name).read_text("utf-8")
