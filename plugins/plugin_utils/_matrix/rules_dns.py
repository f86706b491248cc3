# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about DNS records."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule


def _names(facts: Facts) -> Iterator[tuple[Path, str, str]]:
    """(where, environment, name or pattern) of everything that is to point at an ingress."""
    for key, environment in facts.matrix.environments.items():
        base: Path = ("environments", key, "ingress")
        if environment.ingress is None:
            continue
        for index, name in enumerate(environment.ingress.names):
            yield (*base, "names", index), key, name
        if environment.ingress.app_name:
            yield (*base, "app_name"), key, environment.ingress.app_name


@rule(
    "GW701",
    "wildcard that DNS cannot express",
    "A wildcard is a whole left-most label (RFC 4592, 2.1.1): *-dev.example.org is an ordinary name with a star in it.",
)
def impossible_wildcard(facts: Facts) -> Iterator[Finding]:
    """Stars anywhere but alone in the first label."""
    for path, _environment, name in _names(facts):
        if "*" in name.removeprefix("*."):
            yield Finding(path, f"{name!r} is no wildcard in DNS", "write *.<domain>, or one name per application with {app} in app_name")


@rule("GW703", "pattern without {app}", "All applications of the environment would get one name.")
def pattern_without_app(facts: Facts) -> Iterator[Finding]:
    """Patterns of application names."""
    for path, _environment, name in _names(facts):
        if path[-1] == "app_name" and "{app}" not in name and "*" not in name:
            yield Finding(path, f"the pattern {name!r} has no {{app}}", "write a pattern such as {app}-dev.example.org")


@rule("GW702", "one name for two places", "A name with records of two environments sends users to either of them.")
def name_given_twice(facts: Facts) -> Iterator[Finding]:
    """Names and application patterns of all environments, against each other and against machines."""
    first = {f"{machine.name}.{facts.matrix.site.domain}": f"machine {machine.name}" for machine in facts.machines}
    for path, environment, name in _names(facts):
        if name in first:
            yield Finding(path, f"{name!r} of {environment} is already {first[name]}", "give each environment names of its own")
        first.setdefault(name, f"a name of {environment}")


@rule(
    "GW751",
    "wildcard that answers for other environments",
    "A name of another environment without a record of its own silently leads to the wildcard's environment.",
    warning=True,
)
def wildcard_covers_others(facts: Facts) -> Iterator[Finding]:
    """Wildcards whose domain holds the application names of other environments."""
    names = list(_names(facts))
    for path, environment, name in names:
        if not name.startswith("*."):
            continue
        covered = sorted({other for _path, other, pattern in names if other != environment and _covers(name, pattern)})
        if covered:
            message = f"{name} of {environment} also answers for names of {', '.join(covered)} that have no record"
            yield Finding(path, message, "keep it in an internal view, and create every record that playbooks/dns.yml prints")


def _covers(wildcard: str, pattern: str) -> bool:
    return "*" not in pattern and pattern.partition(".")[2] == wildcard.removeprefix("*.")
