# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about databases: possible where they shall run, none that loses data by its definition, each with an archive of its own."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import parameters
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.companion import RESERVED
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.guards import is_exact
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.database_facts import clusters_everywhere, clusters_of_the_site, place_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import PostgresqlDeviation
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, did_you_mean
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

NEEDED = ("cloudnative-pg", "plugin-barman-cloud")
#: The operator makes this role itself and gives it a new password in every cluster that is restored, so that nobody who has the old one gets in.
INITIAL = "app"


@rule("GW811", "PostgreSQL image without an exact version", "A pod that starts again must find the PostgreSQL that wrote its files.")
def floating_image(facts: Facts) -> Iterator[Finding]:
    """Tags that move, or none."""
    for path, key, name, cluster in clusters_everywhere(facts):
        if cluster.image is not None and not is_exact(cluster.image):
            message = f"{name} in {key} runs {cluster.image}, which names no exact version"
            yield Finding(place_of(facts, path, "image"), message, "write a tag such as :17.6, better with its digest")


@rule("GW812", "synchronous replication that cannot be kept", "Replicas that have to confirm writes must be there, also after the loss of an instance.")
def not_enough_replicas(facts: Facts) -> Iterator[Finding]:
    """Against the number of instances, in each environment."""
    for path, key, name, cluster in clusters_everywhere(facts):
        wanted = cluster.synchronous
        if wanted is None:
            continue
        replicas = cluster.instances - 1
        if wanted.number > replicas:
            message = f"{wanted.number} replicas of {name} have to confirm writes, {key} has {replicas}"
            yield Finding(place_of(facts, path, "synchronous"), message, "lower synchronous.number, or have more instances")
        elif wanted.durability == "required" and replicas <= wanted.number:
            message = f"the loss of one of {cluster.instances} instances of {name} in {key} would block every write"
            yield Finding(place_of(facts, path, "synchronous"), message, f"have {wanted.number + 2} instances, or choose durability preferred")


@rule("GW813", "parameter of PostgreSQL that is not to be set", "The operator sets it itself, or it gives up what was acknowledged.")
def bad_parameter(facts: Facts) -> Iterator[Finding]:
    """Parameters of the operator, and those that make PostgreSQL forget."""
    for path, name, cluster in clusters_of_the_site(facts):
        own = [(("environments", key, "databases", "postgresql", name), part) for key, part in _deviations(facts, name)]
        for place, values in [(path, cluster.parameters), *((place, part.parameters) for place, part in own)]:
            for parameter, value in values.items():
                if parameter in parameters.OPERATORS:
                    yield Finding((*place, "parameters", parameter), f"{parameter} is set by the operator", "leave it out", at_key=True)
                elif parameter in parameters.DURABILITY and value.lower() in ("off", "false", "no", "0"):
                    message = f"{parameter} {value} loses acknowledged rows when a machine fails"
                    yield Finding((*place, "parameters", parameter), message, f"leave it {parameters.DURABILITY[parameter]}", at_key=True)


def _deviations(facts: Facts, name: str) -> Iterator[tuple[str, PostgresqlDeviation]]:
    for key, environment in facts.matrix.environments.items():
        if name in environment.databases.postgresql:
            yield key, environment.databases.postgresql[name]


@rule("GW814", "databases without their operator", "CloudNativePG runs them, and its Barman plugin saves them.")
def no_operator(facts: Facts) -> Iterator[Finding]:
    """Components that the site lacks."""
    if facts.matrix.databases.postgresql:
        for name in NEEDED:
            if name not in facts.matrix.components:
                yield Finding(("databases", "postgresql"), f"PostgreSQL clusters need {name}", f"add {name} to components", at_key=True)


@rule("GW815", "two archives in one place", "Two clusters that write to one server name spoil both archives.")
def shared_archive(facts: Facts) -> Iterator[Finding]:
    """Server names within an environment, each of which has a folder of its own."""
    owners: dict[tuple[str, str], str] = {}
    for path, key, name, cluster in clusters_everywhere(facts):
        owner = owners.setdefault((key, cluster.server_name or name), name)
        if owner != name:
            message = f"{name} and {owner} of {key} both write to server {cluster.server_name or name}"
            own, site = (place_of(facts, place, "server_name") for place in (path, ("databases", "postgresql", name)))
            yield Finding(own if own[-1] == "server_name" else site, message, "name another one")


@rule("GW817", "role that a PostgreSQL cluster does not have", "Owners and memberships are roles of the same cluster.")
def unknown_role(facts: Facts) -> Iterator[Finding]:
    """Owners of databases, memberships, and names that are PostgreSQL's or the operator's."""
    for path, _name, cluster in clusters_of_the_site(facts):
        for database, part in cluster.databases.items():
            if part.owner not in cluster.roles:
                remedy = did_you_mean(part.owner, cluster.roles, "add it to roles; there are")
                yield Finding((*path, "databases", database, "owner"), f"there is no role {part.owner}", remedy)
        for role, wanted in cluster.roles.items():
            if RESERVED.fullmatch(role) or role == INITIAL:
                yield Finding((*path, "roles", role), f"{role} belongs to PostgreSQL or to the operator", "choose another name", at_key=True)
            for index, group in enumerate(wanted.in_roles):
                if group not in cluster.roles and not group.startswith("pg_"):
                    yield Finding((*path, "roles", role, "in_roles", index), f"there is no role {group}", did_you_mean(group, cluster.roles, "there are"))


@rule("GW818", "more instances than nodes", "Two instances on one node are lost together.")
def too_few_nodes(facts: Facts) -> Iterator[Finding]:
    """Against the nodes of each environment."""
    for path, key, name, cluster in clusters_everywhere(facts):
        nodes = sum(len(group.numbers) for group in facts.matrix.environments[key].nodes)
        if cluster.instances > nodes:
            message = f"{name} has {cluster.instances} instances, {key} has {nodes} nodes"
            yield Finding(place_of(facts, path, "instances"), message, "have fewer instances there, or more nodes")


@rule("GW819", "environment that deviates from no cluster", "What it says would silently do nothing.")
def unknown_cluster(facts: Facts) -> Iterator[Finding]:
    """Names below environments.<key>.databases.postgresql."""
    known = facts.matrix.databases.postgresql
    for key, environment in facts.matrix.environments.items():
        for name in environment.databases.postgresql:
            if name not in known:
                path = ("environments", key, "databases", "postgresql", name)
                yield Finding(
                    path, f"the site has no PostgreSQL cluster {name}", did_you_mean(name, known, "add it to databases.postgresql; there are"), at_key=True
                )
