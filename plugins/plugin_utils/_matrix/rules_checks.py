# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about the questions of drills: they have to be able to fail, and to be asked at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_checks import Check
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule


@rule("GW879", "question that a drill cannot ask", "A question proves something when one database is asked, and when one answer is wrong.")
def bad_question(facts: Facts) -> Iterator[Finding]:
    """Neither or both of expect and minimum, several statements, a database that the cluster does not have."""
    for name, cluster in facts.matrix.databases.postgresql.items():
        path: Path = ("databases", "postgresql", name, "checks")
        yield from _of(path, cluster.checks)
        for index, check in enumerate(cluster.checks):
            if check.database not in cluster.databases:
                remedy = did_you_mean(check.database, cluster.databases, "there are")
                yield Finding((*path, index, "database"), f"{name} has no database {check.database}", remedy)
    for name, galera in facts.matrix.databases.mariadb.items():
        yield from _of(("databases", "mariadb", name, "checks"), galera.checks)


def _of(path: Path, checks: Sequence[Check]) -> Iterator[Finding]:
    for index, check in enumerate(checks):
        if (check.expect is None) == (check.minimum is None):
            yield Finding((*path, index), "nothing says clearly what the answer has to be", "write either expect or minimum")
        if ";" in check.sql.strip().rstrip(";"):
            yield Finding((*path, index, "sql"), "there is more than one statement", "ask one question that has one value")
