# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that change data on their way, so that the release before cannot simply come back. No I/O."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import Entry
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.change import Move


def migrating(moves: Iterable[Move]) -> list[Move]:
    """New versions of programs that keep data of people: they change their database when they start. Operators and storage do not."""
    found = []
    for move in moves:
        entry = _entry(move)
        keeps = entry is not None and entry.holds_data and entry.layer in ("identity", "applications")
        if keeps and move.before and move.after and move.before.version != move.after.version:
            found.append(move)
    return found


def namespaces_of(moves: Iterable[Move]) -> list[str]:
    """Where components live."""
    return sorted({entry.namespace for move in moves if (entry := _entry(move))})


def way_back(moves: Iterable[Move], context: str, databases: Sequence[str], commit: str, written: datetime.datetime) -> str:
    """What people do where a revert alone would lose data: bring back what was there just before the commit, then take the commit back.

    ``databases`` as namespace/name, ``context`` of the kubeconfig.
    """
    names = ", ".join(sorted(move.component for move in moves))
    moment = (written - datetime.timedelta(seconds=1)).astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [f"It was not taken back, because {names} may have changed data that the release before cannot read. If it has to go back:"]
    for place in databases:
        namespace, _slash, name = place.partition("/")
        wanted = {"state": "restored", "context": context, "namespace": namespace, "name": f"{name}-before", "source_server": name, "target_time": moment}
        lines.append(f"  ansible localhost -m groundwork.platform.cnpg_cluster -a '{json.dumps(wanted)}'    # with kubeconfig, object_store and spec of {name}")
    if not databases:
        lines.append(f"  restore the data of {names}, by whatever backs it up, to {moment} (no database of an operator was found)")
    return "\n".join([*lines, f"  git revert -S {commit} && git push"])


def _entry(move: Move) -> Entry | None:
    catalogue = Catalogue()
    return catalogue[move.component] if move.component in catalogue.names else None
