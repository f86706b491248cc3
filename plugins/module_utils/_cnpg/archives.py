# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which place a cluster archives to, and who is there already (pure): two that write into one place spoil both archives."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import store_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import major_in, major_of_data
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at, name_of

UNCHECKED = "cnpg.io/skipEmptyWalArchiveCheck"


def place_of(cluster: Object, stores: t.Iterable[Object]) -> tuple[str, str, str]:
    """(Endpoint, path, server name) of a cluster's archive, by the plugin or in the operator itself; empty texts where it archives nowhere.

    Two ObjectStores may lead to one path. One that is not there is a place of its own.
    """
    name, server = store_of(cluster)
    if name:
        found = next((store for store in stores if name_of(store) == name), None)
        return (*_root(at(found, "spec", "configuration") or {"destinationPath": f"ObjectStore {name}"}), server)
    in_tree = at(cluster, "spec", "backup", "barmanObjectStore")
    return (*_root(in_tree), str(in_tree.get("serverName") or name_of(cluster))) if in_tree else ("", "", "")


def problems(before: Object | None, after: Object, others: t.Iterable[Object], stores: t.Sequence[Object]) -> t.Iterator[Problem]:
    """Why a cluster may not archive where it is to: another one does, or did. ``others`` and ``stores`` are those of its namespace.

    A cluster that stays where it is has its own backups there, and so has one that goes back to the version which wrote its data.
    """
    *root, server = mine = place_of(after, stores)
    if not server:
        return
    for other in others:
        if name_of(other) != name_of(after) and place_of(other, stores) == mine:
            reason = f"cluster {name_of(other)} writes to server name {server} of ObjectStore {store_of(after)[0]}, too"
            yield Problem("spec.plugins", reason, "give one of them parameters.serverName of its own: two in one place spoil both archives")
    if before is not None and (place_of(before, stores) == mine or _returns(before, after)):
        return
    same = [store for store in stores if [*_root(at(store, "spec", "configuration") or {})] == root]
    known = any(server in (at(store, "status", "serverRecoveryWindow") or ()) for store in same)
    if known and (at(after, "metadata", "annotations") or {}).get(UNCHECKED) != "enabled":
        reason = f"the archive already holds backups of a server {server}, which the WAL of this cluster would spoil"
        yield Problem("server_name", reason, f"name another one, such as {name_of(after)}-2 (parameters.serverName)")


def _root(configuration: Object) -> tuple[str, str]:
    return str(configuration.get("endpointURL") or "").rstrip("/"), str(configuration.get("destinationPath") or "").rstrip("/")


def _returns(before: Object, after: Object) -> bool:
    """Whether the version that wrote the data takes the place of one that could not be upgraded to."""
    data = major_of_data(before)
    return data is not None and major_in(before["spec"]) != data == major_in(after["spec"])
