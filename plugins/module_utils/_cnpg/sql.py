# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking into a restored database: SQL through a pod, and what its answers have to be."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Problem, Refused

Run = t.Callable[[str, str, str, t.Sequence[str]], t.Any]
CONTAINER = "postgres"
TABLES = (
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'"
)


@dataclass(frozen=True)
class Check:
    """One question to a database, and its answer: exactly ``expect``, or a number of at least ``minimum``."""

    database: str
    sql: str
    expect: str | None = None
    minimum: int | None = None


def fault(check: Check, answer: str) -> Problem | None:
    """What is wrong with an answer (pure). A question without expectation only has to be answered."""
    text = answer.strip()
    place = f"check {check.sql!r} in {check.database}"
    if check.expect is not None and text != check.expect.strip():
        return Problem(
            place, f"answered {text[:200]!r}, expected {check.expect.strip()[:200]!r}", "the backup lacks data, or the check asks for newer data than it has"
        )
    if check.minimum is not None:
        try:
            number = int(text)
        except ValueError:
            return Problem(place, f"answered {text[:200]!r}, which is no number", "ask for a number, such as SELECT count(*)")
        if number < check.minimum:
            return Problem(place, f"answered {number}, expected at least {check.minimum}", "the backup lacks data")
    return None


class Database:
    """One instance, asked as postgres over its local socket. Statements stand in no log of ours: the argument goes to the API server only."""

    def __init__(self, run: Run, namespace: str, pod: str) -> None:
        self._run = run
        self._namespace = namespace
        self._pod = pod

    def ask(self, sql: str, database: str = "postgres") -> str:
        """The answer of psql without decoration; raises Refused with PostgreSQL's words."""
        return self.command("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql)

    def command(self, *argv: str, fine: t.Collection[int] = (0,)) -> str:
        """A program of PostgreSQL in the instance; raises Refused for an exit status that is not fine."""
        ran = self._run(self._namespace, self._pod, CONTAINER, argv)
        if ran.status not in fine:
            words = (ran.errors or ran.output).strip()[-500:] or ("did not end in time" if ran.status is None else f"exit status {ran.status}")
            raise Refused([Problem(f"{argv[0]} in {self._pod}", words, "look at the instance's log")])
        return str(ran.output).strip()

    def databases(self) -> list[str]:
        """Databases that somebody can connect to."""
        return self.ask("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1").split()


def contents(database: Database) -> dict[str, int]:
    """Tables by database: what a restore brought back, for the report."""
    return {name: int(database.ask(TABLES, name)) for name in database.databases()}


def integrity(database: Database) -> list[str]:
    """What amcheck finds in tables and indexes, one line each; raises Refused where it cannot run."""
    found = database.command("pg_amcheck", "--all", "--heapallindexed", "--install-missing", fine=(0, 2))
    return [line for line in found.splitlines() if line.strip()]
