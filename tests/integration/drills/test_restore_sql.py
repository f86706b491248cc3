# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What restore_database.yml says to PostgreSQL, said to a real one: the commands are those of its jobs and tasks, but for the host."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from ansible_collections.groundwork.platform.plugins.filter.dump_restore_objects import dump_restore_objects

from tests.support.postgresql_programs import LACKING, Server, server

pytestmark = pytest.mark.skipif(LACKING, reason="PostgreSQL's programs are not on this machine")
CLUSTER = {"name": "shop", "namespace": "n", "spec": {"imageName": "i", "storage": {"size": "1Gi"}}, "beside": [], "checks": []}
DUMP = {"cluster": CLUSTER, "database": "orders", "bucket": "b", "key": "k", "place": {"endpoint": "e", "region": "r"}, "image": "p"}


@pytest.fixture(scope="module")
def there() -> Iterator[Server]:
    """With a database and its owner."""
    with server("restore-sql") as found:
        found.sql("CREATE ROLE seller LOGIN PASSWORD 'of the other environment'")
        found.sql("CREATE DATABASE orders OWNER seller")
        yield found


def looked(there: Server, database: str, look: bool) -> subprocess.CompletedProcess[str]:
    """The look of the first job, or that of the job that fills, as the owner."""
    pod = dump_restore_objects(DUMP, "n", "job", database, "seller", look)[-1]["spec"]["template"]["spec"]
    (one,) = (one for one in (*pod.get("initContainers", []), *pod["containers"]) if one["name"] == "look")
    return there.run(*(part for part in one["command"] if not part.startswith("--host=")), user="seller")


def test_a_database_that_is_there_is_refused_whoever_made_it(there: Server) -> None:
    assert looked(there, "orders_back", look=True).returncode == 0
    there.sql("CREATE DATABASE orders_back")
    done = looked(there, "orders_back", look=True)
    assert done.returncode != 0
    assert "orders_back is a database of shop, and a dump goes into a new one only: give another name" in done.stderr


def test_a_database_with_tables_is_not_filled(there: Server) -> None:
    """What an extension brings is in every new one whose definition asks for it."""
    there.sql("CREATE DATABASE empty OWNER seller")
    there.sql("CREATE TABLE brought (x int); ALTER EXTENSION plpgsql ADD TABLE brought", "empty")
    done = looked(there, "empty", look=False)
    assert done.returncode == 0, done.stderr
    there.sql("CREATE SCHEMA own; CREATE TABLE own.things (x int)", "empty")
    done = looked(there, "empty", look=False)
    assert done.returncode != 0
    assert "empty has tables, and a dump goes into a database that has nothing: it was left as it is" in done.stderr
