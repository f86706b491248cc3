# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about MariaDB: known, exact, with a majority that a loss leaves, and with settings that keep what was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.guards import settings_faults
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.versions import is_exact
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_mariadb import Mariadb
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

OPERATOR = "mariadb-operator"


@rule("GW850", "database of nobody", "A MariaDB cluster belongs to an application: it has its name, stands in its namespace and goes with it.")
def of_nobody(facts: Facts) -> Iterator[Finding]:
    """Names that the site does not run, and clusters that only an environment knows."""
    known = {**facts.matrix.components, **facts.matrix.applications}
    for name in facts.matrix.databases.mariadb:
        if name not in known:
            yield Finding(("databases", "mariadb", name), f"the site does not run {name}", did_you_mean(name, known, "add it to applications"), at_key=True)
    for key, environment in facts.matrix.environments.items():
        for name in environment.databases.mariadb:
            if name not in facts.matrix.databases.mariadb:
                message = f"{key} says something of a MariaDB {name}, which the site does not have"
                yield Finding(
                    ("environments", key, "databases", "mariadb", name),
                    message,
                    did_you_mean(name, facts.matrix.databases.mariadb, "add it to databases.mariadb"),
                    at_key=True,
                )


@rule("GW852", "MariaDB without its operator", "Nobody would make the servers, and nobody would bring them back after a crash.")
def without_operator(facts: Facts) -> Iterator[Finding]:
    """Clusters of a site that does not have the component."""
    if facts.matrix.databases.mariadb and OPERATOR not in facts.matrix.components:
        yield Finding(("databases", "mariadb"), f"the site has no {OPERATOR}", f"add {OPERATOR} to components", at_key=True)


@rule("GW853", "cluster without a majority", "Galera writes only where more than half of the members are: of two, or of four, half is not enough.")
def no_majority(facts: Facts) -> Iterator[Finding]:
    """Even numbers of members."""
    for path, key, _name, cluster in _clusters(facts, "members"):
        if cluster.members % 2 == 0:
            yield Finding(path, f"{cluster.members} members in {key}: the loss of half stops all writing", f"have {cluster.members + 1} members, or 1")


@rule("GW854", "more members than nodes", "Members stand on different nodes, so that one node does not take the majority with it; one too many waits for ever.")
def too_many(facts: Facts) -> Iterator[Finding]:
    """Members against the nodes of each environment."""
    for path, key, _name, cluster in _clusters(facts, "members"):
        nodes = sum(len(group.numbers) for group in facts.matrix.environments[key].nodes)
        if cluster.members > nodes:
            yield Finding(path, f"{cluster.members} members on {nodes} nodes of {key}", f"have at most {nodes - 1 + nodes % 2} members, or more nodes")


@rule("GW855", "image without an exact version", "A pod that is made anew must not be of another version than the others; a downgrade destroys the data.")
def inexact(facts: Facts) -> Iterator[Finding]:
    """Tags that can move."""
    for path, _key, _name, cluster in _clusters(facts, "image"):
        if cluster.image is not None and not is_exact(cluster.image):
            yield Finding(path, f"{cluster.image} names no exact version", "write a tag with three numbers such as mariadb:11.8.3, better with its digest")


@rule(
    "GW856",
    "setting that breaks Galera or loses rows",
    "The operator sets what replication needs; the rest must keep acknowledged rows when all members fail together.",
)
def unsafe(facts: Facts) -> Iterator[Finding]:
    """Settings that must not be set so."""
    for path, _key, _name, cluster in _clusters(facts, "settings"):
        for setting, reason, remedy in settings_faults(cluster.settings):
            yield Finding((*path, setting), reason, remedy)


def _clusters(facts: Facts, field: str) -> Iterator[tuple[Path, str, str, Mariadb]]:
    """(where the field stands, environment, name, cluster) of every cluster; what environments have in common comes once for each place and value."""
    seen: set[tuple[Path, str]] = set()
    for key, environment in facts.matrix.environments.items():
        for name, cluster in facts.matrix.databases.mariadb.items():
            own = environment.databases.mariadb.get(name)
            path: Path = ("databases", "mariadb", name, field)
            if own is not None and getattr(own, field) is not None:
                path = ("environments", key, "databases", "mariadb", name, field)
            elif field not in cluster.model_fields_set:
                path = ("databases", "mariadb", name)
            here = cluster.in_environment(own)
            # a number of members is judged against each environment's nodes
            mark = (path, f"{key if field == 'members' else ''}{getattr(here, field)}")
            if mark not in seen:
                seen.add(mark)
                yield path, key, name, here
