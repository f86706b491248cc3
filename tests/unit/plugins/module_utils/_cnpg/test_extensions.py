# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pg_upgrade would trip over: extensions of every database and preloaded libraries that PostgreSQL does not bring along."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import extensions, sql

from tests.unit.plugins.module_utils._cnpg.api_double import Postgres

IMAGE = "r/postgresql:18.1"


def database(answers: dict[str, str]) -> sql.Database:
    """An instance that answers."""
    return sql.Database(Postgres(answers), "n", "shop-1")


def test_what_postgresql_brings_along_needs_no_look() -> None:
    """The language plpgsql is everywhere, and contrib is in every image."""
    there = {"FROM pg_database": "app\ntemplate1", "SELECT extname": "plpgsql\npgcrypto\nuuid-ossp", "SHOW": "pg_stat_statements,auto_explain"}
    assert extensions.beyond(database(there)) == {}


def test_every_database_and_what_is_preloaded_is_looked_at() -> None:
    """A template's extensions count, and a name with a space is one database."""
    there = {
        "FROM pg_database": "app\nmy shop\ntemplate1",
        "-d app -c SELECT extname": "plpgsql",
        "-d my shop -c SELECT extname": "plpgsql\nvector\npostgis",
        "-d template1 -c SELECT extname": "vector",
        "SHOW": 'pg_stat_statements, "$libdir/pgaudit",vector',
    }
    assert extensions.beyond(database(there)) == {
        "pgaudit": ["shared_preload_libraries"],
        "postgis": ["database my shop"],
        "vector": ["database my shop", "database template1", "shared_preload_libraries"],
    }


def test_what_an_older_version_brought_along_and_a_newer_one_dropped_is_named() -> None:
    """17 has neither of them."""
    assert set(extensions.beyond(database({"FROM pg_database": "app", "SELECT extname": "adminpack\nold_snapshot\nplpgsql"}))) == {"adminpack", "old_snapshot"}


def test_all_that_nobody_has_looked_for_is_said_at_once() -> None:
    """Each with its databases and what to write; what is confirmed is not."""
    found = {"pgaudit": ["shared_preload_libraries"], "postgis": ["database app"], "vector": ["database app", "database shop"]}
    audit, vector = extensions.problems(found, {}, IMAGE, ["postgis"])
    assert "shared_preload_libraries" in audit.reason
    assert (vector.place, "database app, database shop" in vector.reason, IMAGE in vector.reason) == ("extension vector", True, True)
    assert "add vector to confirm_extensions" in vector.remedy
    assert not [*extensions.problems(found, {}, IMAGE, sorted(found))]


def test_images_of_extensions_belong_to_one_major_version() -> None:
    """No confirmation helps: this state would leave them as they are."""
    cluster = {"spec": {"postgresql": {"extensions": [{"name": "vector", "image": {"reference": "r/pgvector:0.8-17"}}]}}}
    (problem,) = extensions.problems({}, cluster, IMAGE, ["vector"])
    assert (problem.place, problem.reason.startswith("vector:")) == ("spec.postgresql.extensions", True)


def test_afterwards_old_versions_are_named_by_database() -> None:
    """One line each."""
    there = {"FROM pg_database": "app\nshop", "-d shop -c SELECT 'ALTER": "ALTER EXTENSION vector UPDATE (0.7.0 to 0.8.1)"}
    assert extensions.outdated(database(there)) == ["shop: ALTER EXTENSION vector UPDATE (0.7.0 to 0.8.1)"]
