# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words shared by everything that judges a MariaDB cluster of mariadb-operator (pure data)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at

GROUP = "k8s.mariadb.com/v1alpha1"
#: Owns the fields that modules set by server-side apply.
MANAGER = "groundwork-mariadb"
#: What the name of the server ends in that a proof restores into; nothing else is called so.
TRIAL = "-trial"
#: On what a proof makes and removes without a question.
SCRATCH = "groundwork.platform/scratch"
#: What a member's container is called.
CONTAINER = "mariadb"


def condition(thing: Object | None, kind: str) -> Object:
    """One of status.conditions, empty if it is not there."""
    found = at(thing, "status", "conditions") or []
    return next((entry for entry in found if entry.get("type") == kind), {})


def is_galera(spec: t.Mapping[str, t.Any]) -> bool:
    """Whether a definition asks for a Galera cluster."""
    return bool(at(spec, "galera", "enabled"))


def members_of(spec: t.Mapping[str, t.Any]) -> int:
    """How many members a definition asks for; the CRD's default is one."""
    found = spec.get("replicas")
    return found if isinstance(found, int) and not isinstance(found, bool) else 1


def index_of(pod: str) -> int | None:
    """The number of a member in the name of its pod."""
    number = pod.rpartition("-")[2]
    return int(number) if number.isdigit() else None
