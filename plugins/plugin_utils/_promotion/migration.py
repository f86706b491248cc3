# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that change data on their way, so that the release before cannot simply come back. No I/O."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Entry
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_databases import PostgresqlCluster
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Move
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Database

#: Module by kind of database, and what it wants to be told beside the time.
MODULES = {"postgresql": ("cnpg_cluster", "object_store"), "mariadb": ("mariadb_cluster", "backup or s3")}


def migrating(moves: Iterable[Move]) -> list[Move]:
    """New versions of programs that keep data of people: they change their database when they start. Operators and storage do not."""
    found = []
    for move in moves:
        entry = _entry(move)
        keeps = entry is not None and entry.holds_data and entry.layer in ("identity", "applications")
        if keeps and move.before and move.after and move.before.version != move.after.version:
            found.append(move)
    return found


def namespaces_of(moves: Iterable[Move], shared: Mapping[str, PostgresqlCluster]) -> list[str]:
    """Where data of components is: in their own namespaces, and in those of shared PostgreSQL clusters that have a database of their name."""
    own = [(move.component, entry.namespace) for move in moves if (entry := _entry(move))]
    beside = {cluster.namespace for cluster in shared.values() if cluster.databases.keys() & {component for component, _namespace in own}}
    return sorted({namespace for _component, namespace in own} | beside)


def way_back(moves: Iterable[Move], context: str, databases: Sequence[Database], commit: str, written: datetime.datetime) -> str:
    """What people do where a revert alone would lose data: bring back what was there just before the commit, then take the commit back.

    ``context`` of the kubeconfig.
    """
    names = ", ".join(sorted(move.component for move in moves))
    moment = (written - datetime.timedelta(seconds=1)).astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [f"It was not taken back, because {names} may have changed data that the release before cannot read. If it has to go back:"]
    for database in databases:
        namespace, _slash, name = database.name.partition("/")
        wanted = {"state": "restored", "context": context, "namespace": namespace, "name": f"{name}-before"}
        wanted |= {"source_server": name} if database.kind == "postgresql" else {}
        wanted["target_time"] = moment
        module, more = MODULES[database.kind]
        lines.append(f"  ansible localhost -m groundwork.platform.{module} -a '{json.dumps(wanted)}'    # with kubeconfig, {more} and spec of {name}")
    if not databases:
        lines.append(f"  restore the data of {names}, by whatever backs it up, to {moment} (no database of an operator was found)")
    return "\n".join([*lines, f"  git revert -S {commit} && git push"])


def _entry(move: Move) -> Entry | None:
    catalogue = Catalogue()
    return catalogue[move.component] if move.component in catalogue.names else None
