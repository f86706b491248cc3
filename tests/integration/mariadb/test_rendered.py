# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tree holds of MariaDB, tried by the API server with the real CRDs."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.mariadb import clusters

from tests.support.apiserver import Api
from tests.unit.plugins.plugin_utils._gitops.sites import load
from tests.unit.plugins.plugin_utils._gitops.test_mariadb import site


def test_every_object_of_a_matrix_is_accepted(api: Api, namespace: str) -> None:
    """Strict: a field that a CRD does not have would be refused."""
    (found,) = clusters(load(site(own={"storage_class": "fast"})).matrix, "prod")
    things = [{**thing, "metadata": {**thing["metadata"], "namespace": namespace}} for thing in found.objects()]
    kinds = [api.kube().apply(thing, "test", dry_run=True).after["kind"] for thing in things]
    assert kinds == ["MariaDB", "Database", "User", "Grant", "Backup"]
