# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What restore_database.yml says to PostgreSQL, said to a real one: the commands are those of its jobs and tasks, but for the host."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.filter.dump_restore_objects import dump_restore_objects

from tests.support.plays import ROOT
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


def test_no_role_keeps_the_password_of_the_other_environment(there: Server) -> None:
    """The command of the task, as kubernetes.core.k8s_exec takes it apart."""
    there.sql("""CREATE ROLE "odd ' name" PASSWORD 'x'; ALTER ROLE postgres PASSWORD 'its own'""")
    (block,) = (task for task in yaml.safe_load((ROOT / "playbooks/tasks/restore_database_masked.yml").read_text("utf-8")) if "block" in task)
    names = [task["name"] for task in block["block"]]
    assert names.index("Take every role's password away") < names.index("Copy what is left into the new cluster")
    task = block["block"][names.index("Take every role's password away")]
    done = there.run(*shlex.split(task["kubernetes.core.k8s_exec"]["command"]))
    assert done.returncode == 0, done.stderr
    assert there.sql("SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL") == "postgres"


def test_a_table_that_was_dropped_comes_back_too(there: Server) -> None:
    """What psql is told before the dump of the table, with a table and without."""
    (copy,) = (task for task in yaml.safe_load((ROOT / "playbooks/tasks/restore_database_table.yml").read_text("utf-8")) if task["name"] == "Copy the table")
    for number, there_is in enumerate((True, False)):
        if there_is:
            there.sql("CREATE TABLE invoices (x int)", "orders")
        move = copy["vars"]["_move"].replace("{{ _restore_aside }}", f"aside{number}").replace("{{ restore_database_plan.table }}", "public.invoices")
        there.sql(move + "; CREATE TABLE public.invoices (x int)", "orders")
        there.sql("DROP TABLE public.invoices", "orders")
    assert there.sql("SELECT schemaname FROM pg_tables WHERE tablename = 'invoices'", "orders") == "aside0"
