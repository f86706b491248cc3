# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Longhorn under databases that replicate themselves: one copy beside each instance, and no copies of live files (pure).

A volume with a label of any group is no longer in Longhorn's group ``default``, which the row ``volumes`` of the schedule saves: a copy of a
database that runs is no backup of it. The group has no jobs. Claims say so by labels, the class to volumes that are made from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import SINGLE_COPY, in_environment

LONGHORN = "longhorn"
GROUP = "databases"
LABELS = {"recurring-job.longhorn.io/source": "enabled", f"recurring-job-group.longhorn.io/{GROUP}": "enabled"}


def labels(matrix: Matrix) -> dict[str, str]:
    """Labels of a database's claims; none where there is no Longhorn."""
    return LABELS if LONGHORN in matrix.components else {}


def storage_classes(matrix: Matrix, environment: str) -> list[dict[str, Any]]:
    """The class, in environments with a database that names it."""
    return [_class()] if SINGLE_COPY in set(_named(matrix, environment)) else []


def _named(matrix: Matrix, environment: str) -> Iterator[str | None]:
    own = matrix.environments[environment].databases
    for name, site in matrix.databases.postgresql.items():
        cluster = in_environment(site, own.postgresql.get(name))
        for volume in (cluster.storage, cluster.wal_storage) if cluster else ():
            yield volume.storage_class if volume else None
    for name, servers in matrix.databases.mariadb.items():
        yield servers.in_environment(own.mariadb.get(name)).storage_class


def _class() -> dict[str, Any]:
    groups = json.dumps([{"name": GROUP, "isGroup": True}])
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": SINGLE_COPY},
        "provisioner": "driver.longhorn.io",
        "allowVolumeExpansion": True,
        "reclaimPolicy": "Retain",
        # The copy is made where the instance runs.
        "volumeBindingMode": "WaitForFirstConsumer",
        "parameters": {"numberOfReplicas": "1", "dataLocality": "strict-local", "staleReplicaTimeout": "30", "recurringJobSelector": groups},
    }
