# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tree holds of databases, tried by the API server with the real CRDs."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.postgresql import clusters

from tests.support.apiserver import Api
from tests.unit.plugins.plugin_utils._databases.test_postgresql import site
from tests.unit.plugins.plugin_utils._gitops.sites import load


def test_every_object_of_a_matrix_is_accepted(api: Api, namespace: str) -> None:
    """Strict: a field that a CRD does not have would be refused."""
    data = site(namespace=namespace, instances=3, synchronous={"durability": "required"}, supervised=True)
    for environment in data["environments"].values():
        environment["nodes"] = [{"numbers": "21-23"}]
    data["placement"] = {"hosts": ["ESX1"], "spread_servers": False}
    (main,) = clusters(load(data).matrix, "prod")
    kinds = [api.kube().apply(thing, "test", dry_run=True).after["kind"] for thing in main.objects()]
    assert kinds == ["ObjectStore", "Cluster", "ScheduledBackup", "DatabaseRole", "DatabaseRole", "Database", "Pooler"]
