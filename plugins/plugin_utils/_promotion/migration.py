# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves that change data on their way, so that the release before cannot simply come back. No I/O."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

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


def way_back(moves: Iterable[Move], target: str, commit: str, written: datetime.datetime) -> str:
    """What people do where a revert alone would lose data: restore to just before the commit, then take it back."""
    moment = (written - datetime.timedelta(seconds=1)).astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    places = " ".join(namespaces_of(moves))
    return (
        f"It was not taken back, because {', '.join(move.component for move in moves)} may have changed data that the release before cannot read. "
        f"Look first; if it has to go back, restore and then take it back in Git:\n"
        f"  ansible-playbook groundwork.platform.database_restore -i inventories/{target} -e 'database_restore_namespaces={places}' "
        f"-e database_restore_time={moment}\n"
        f"  git revert -S {commit} && git push"
    )


def _entry(move: Move) -> Entry | None:
    catalogue = Catalogue()
    return catalogue[move.component] if move.component in catalogue.names else None
