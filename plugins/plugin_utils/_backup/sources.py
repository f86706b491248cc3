# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which databases an environment has to have backups of, by the names that they have in the buckets (pure)."""

from __future__ import annotations

import dataclasses

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.objects import dump_job_name
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases import mariadb, postgresql
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix


@dataclasses.dataclass(frozen=True)
class Source:
    """One database or cluster. ``name`` is what the kind's marker finds; ``runs`` is the cluster or the CronJob that makes its backups."""

    name: str
    namespace: str
    runs: str


def sources(matrix: Matrix, environment: str) -> dict[str, tuple[Source, ...]]:
    """By kind. A kind that is not in the result is not of databases; an empty one has nothing to back up in this environment."""
    archived, dumped = [], []
    for cluster in postgresql.clusters(matrix, environment):
        server = postgresql.server_of(cluster.spec)
        if server:
            archived.append(Source(server, cluster.namespace, cluster.name))
        for kind, _name, spec in cluster.beside:
            if kind == "Database":
                dumped.append(Source(f"{cluster.name}/{spec['name']}", cluster.namespace, dump_job_name(cluster.name, spec["name"])))
    galera = [Source(cluster.name, cluster.namespace, cluster.name) for cluster in mariadb.clusters(matrix, environment) if "Backup" in cluster.beside]
    return {"postgres": tuple(archived), "postgres-dump": tuple(dumped), "mariadb": tuple(galera)}
