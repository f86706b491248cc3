# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read of vCenters, as plain values that a file keeps: plans can be made from it without any vCenter (pure)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    ClusterState,
    DatastoreState,
    HostState,
    Rule,
    Snapshot,
    VMDetails,
    VMState,
)

FORMAT = 2  # of the file that holds it; a reader refuses what it does not know
Values = t.Mapping[str, t.Any]


def dump(snapshots: t.Mapping[str, Snapshot]) -> list[dict[str, t.Any]]:
    """Everything of some snapshots in JSON's types."""
    return [_plain(dataclasses.asdict(snapshots[name])) for name in sorted(snapshots)]


def load(content: t.Any) -> dict[str, Snapshot]:
    """Snapshots by vCenter from a file's content; raises ValueError, saying what the content is not."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise ValueError(f"is no record of placement in format {FORMAT} (its format: {found})")
    try:
        return {values["vcenter"]: _snapshot(values) for values in content["inventory"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"its inventory is damaged ({type(error).__name__}: {error})") from error


def _plain(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def _snapshot(values: Values) -> Snapshot:
    parts = {
        "hosts": {name: HostState(**_sets(host, "datastores", "networks", "read_only")) for name, host in values["hosts"].items()},
        "datastores": {name: DatastoreState(**store) for name, store in values["datastores"].items()},
        "clusters": tuple(_cluster(cluster) for cluster in values["clusters"]),
        "vms": tuple(_machine(vm) for vm in values["vms"]),
    }
    known = {name: value for name, value in values.items() if name != "current"}  # of early records, where it never was False
    return Snapshot(**{**known, **parts})


def _cluster(values: Values) -> ClusterState:
    return ClusterState(**{**values, "rules": tuple(Rule(**_sets(rule, "vms")) for rule in values["rules"])})


def _machine(values: Values) -> VMState:
    details = values["details"]
    return VMState(**{**values, "details": VMDetails(**_sets(details, "networks", "datastores")) if details else None})


def _sets(values: Values, *names: str) -> dict[str, t.Any]:
    return {**values, **{name: frozenset(values[name]) for name in names}}
