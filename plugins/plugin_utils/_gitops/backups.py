# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups in the tree: what the schedule of the matrix makes of components, and the alerts about it."""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.alerts import alert_rules
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.objects import Dumped, dump_job, dump_program, longhorn_objects, velero_schedule
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.sources import sources
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.storage import storage_classes
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.target import Target
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import Scheduled, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import in_environment

Objects = list[dict[str, Any]]


def velero_objects(target: Target) -> Objects:
    """When namespaces are saved."""
    return [velero_schedule(row) for row in _rows(target, "objects")]


def volume_objects(target: Target) -> Objects:
    """The class of databases' volumes; where Longhorn's backups go, and when."""
    s3 = _settings(target).s3
    jobs = [thing for row in _rows(target, "volumes") if s3 for thing in longhorn_objects(row, s3)]
    return [*storage_classes(target.loaded.matrix, target.key), *jobs]


def alert_objects(target: Target) -> Objects:
    """Alerts about every row, whoever fills it."""
    rules = alert_rules(table(_settings(target)), sources(target.loaded.matrix, target.key))
    return [rules] if rules else []


def dump_objects(target: Target) -> Objects:
    """A CronJob for each database of PostgreSQL."""
    settings, matrix = _settings(target), target.loaded.matrix
    own = matrix.environments[target.key].databases.postgresql
    rows = _rows(target, "postgres-dump")
    if not rows or settings.s3 is None or settings.dump_image is None:
        return []
    jobs, namespaces = [], []
    for name, site in matrix.databases.postgresql.items():
        cluster = in_environment(site, own.get(name))
        if cluster is not None and cluster.image is not None:
            for database, part in cluster.databases.items():
                dumped = Dumped(database, f"{part.owner.strip('_').replace('_', '-')}-credentials")
                jobs.append(dump_job(name, cluster.namespace, dumped, (cluster.image, settings.dump_image), rows[0], settings.s3))
                namespaces.append(cluster.namespace)
    return [*(dump_program(namespace) for namespace in sorted(set(namespaces))), *jobs]


def _settings(target: Target) -> Backup:
    return target.loaded.site.environments[target.key].backup


def _rows(target: Target, kind: str) -> list[Scheduled]:
    """The row of a kind that has a bucket."""
    return [row for row in table(_settings(target)) if row.kind == kind and row.bucket]
