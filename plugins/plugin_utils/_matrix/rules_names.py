# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules about names: what DNS (RFC 1123), Kubernetes and Ansible accept, and that names are unique."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, Path
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule

# RFC 1123 section 2.1 as Kubernetes restricts it (lower case, 63 characters): host names and node names.
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
KEY = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
LABEL_REMEDY = "use up to 63 lower-case letters, digits and hyphens, with neither end a hyphen"


def is_dns_name(name: str) -> bool:
    """Whether a name of several labels can stand in DNS (RFC 1035, 253 characters)."""
    return len(name) <= 253 and all(LABEL.fullmatch(label) for label in name.split("."))


@rule("GW101", "name that DNS or Kubernetes refuses", "Machine, environment and pool names become host, node, context and object names (RFC 1123).")
def refused_name(facts: Facts) -> Iterator[Finding]:
    """Labels, DNS names, and keys that become group names."""
    matrix = facts.matrix
    labels: list[tuple[Path, str]] = [(("site", "id"), matrix.site.id)]
    labels += [((section, key), key) for section in ("vcenters", "networks", "environments") for key in getattr(matrix, section)]
    labels += [(("environments", key, "pools", pool), pool) for key, part in matrix.environments.items() for pool in part.pools]
    seen: set[tuple[Path, str]] = set()
    labels += [(machine.path, machine.name) for machine in facts.machines]
    for path, name in labels:
        if not LABEL.fullmatch(name) and (path, "") not in seen:
            seen.add((path, ""))
            yield Finding(path, f"{name!r} is not a name that DNS and Kubernetes accept", LABEL_REMEDY, at_key=True)
    for key in matrix.hypervisors:
        if not KEY.fullmatch(key):
            yield Finding(("hypervisors", key), f"{key!r} cannot be part of a group name", "use letters, digits and hyphens", at_key=True)
    for path, name in _dns_names(facts):
        if not is_dns_name(name.lower()):
            yield Finding(path, f"{name!r} is not a DNS name", "write labels of letters, digits and hyphens, separated by dots")


def _dns_names(facts: Facts) -> Iterator[tuple[Path, str]]:
    matrix = facts.matrix
    yield ("site", "domain"), matrix.site.domain
    for key, vcenter in matrix.vcenters.items():
        if vcenter.hostname is not None:
            yield ("vcenters", key, "hostname"), vcenter.hostname
    for key, host in matrix.hypervisors.items():
        yield ("hypervisors", key, "hostname"), host.hostname
    for key, environment in matrix.environments.items():
        for index, name in enumerate(environment.ingress.names if environment.ingress else ()):
            if "*" not in name:
                yield ("environments", key, "ingress", "names", index), name


@rule("GW102", "duplicate name", "Two machines, hypervisors or vCenters of one name cannot be told apart, in DNS or in the inventory.")
def duplicate_name(facts: Facts) -> Iterator[Finding]:
    """Names of machines, hypervisors and vCenters, which are all inventory hosts."""
    first: dict[str, Path] = {}
    reported: set[Path] = set()
    matrix = facts.matrix
    named: list[tuple[str, Path]] = [(key, ("vcenters", key)) for key in matrix.vcenters]
    named += [(part.hostname, ("hypervisors", key, "hostname")) for key, part in matrix.hypervisors.items()]
    named += [(machine.name, machine.path) for machine in facts.machines]
    for name, path in named:
        if name in first and path not in reported:
            reported.add(path)
            other = ".".join(str(step) for step in first[name])
            yield Finding(path, f"the name {name!r} is given twice, first at {other}", "number them apart, or put {env} and {nr} into naming.node")
        first.setdefault(name, path)
