# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL clusters as the rules look at them: of the site, and of each environment."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import PostgresqlCluster, in_environment
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Path


def clusters_of_the_site(facts: Facts) -> Iterator[tuple[Path, str, PostgresqlCluster]]:
    """(place, name, cluster) as the site has it."""
    for name, cluster in facts.matrix.databases.postgresql.items():
        yield ("databases", "postgresql", name), name, cluster


def clusters_everywhere(facts: Facts) -> Iterator[tuple[Path, str, str, PostgresqlCluster]]:
    """(place, environment, name, cluster) of every cluster in every environment; the place is the environment's where that says something."""
    for path, name, cluster in clusters_of_the_site(facts):
        for key, environment in facts.matrix.environments.items():
            own = environment.databases.postgresql.get(name)
            here = in_environment(cluster, own)
            if here is not None:
                yield ("environments", key, "databases", "postgresql", name) if own else path, key, name, here


def place_of(facts: Facts, path: Path, field: str) -> Path:
    """The field if the file has it there, else what it would be in."""
    value = facts.data
    for step in path:
        value = value.get(step, {}) if isinstance(value, dict) else {}
    return (*path, field) if isinstance(value, dict) and field in value else path
