# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases that have to be in the buckets: the names are those that backups have there."""

from __future__ import annotations

import re

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.sources import sources
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import KINDS

from tests.unit.plugins.plugin_utils._databases.test_postgresql import site
from tests.unit.plugins.plugin_utils._gitops.sites import load, rendered


def test_servers_databases_and_applications() -> None:
    data = site(server_name="main-r2")
    data["components"] |= {"mariadb-operator": {}, "mariadb-operator-crds": {}}
    data["applications"] = {"nextcloud": {}}
    data["databases"]["mariadb"] = {"nextcloud": {"image": "mariadb:11.8.3", "storage_gb": 20, "members": 1}}
    data["backup"]["dump_image"] = "python:3.13.1"
    data["backup"]["schedule"] |= {"mariadb": {"bucket": "galera"}, "postgres-dump": {"bucket": "backups"}}
    found = sources(load(data).matrix, "dev")
    assert {kind: [(source.name, source.namespace) for source in of] for kind, of in found.items()} == {
        "postgres": [("main-r2", "databases")],
        "postgres-dump": [("main/shop", "databases")],
        "mariadb": [("nextcloud", "nextcloud")],
    }
    files = rendered({}, data).files
    jobs = {thing["metadata"]["name"] for thing in yaml.safe_load_all(files["kubernetes/environments/dev/plugin-barman-cloud/objects.yaml"])}
    assert found["postgres-dump"][0].runs in jobs


def test_without_an_archive_there_is_nothing_to_expect() -> None:
    data = site()
    del data["backup"]["schedule"]["postgres"]
    assert sources(load(data).matrix, "dev")["postgres"] == ()


def test_markers_find_the_names() -> None:
    keys = {
        "postgres": ("main-r2/base/20261122T020000/backup.info", "main-r2"),
        "postgres-dump": ("main/shop/20261122T030000Z.dump", "main/shop"),
        "mariadb": ("nextcloud/backup.2026-11-22T02:30:00Z.gzip.sql", "nextcloud"),
    }
    for kind, (key, name) in keys.items():
        match = re.fullmatch(KINDS[kind].marker, key)
        assert match is not None
        assert match["source"] == name
