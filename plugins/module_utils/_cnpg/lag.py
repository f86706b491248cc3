# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far replicas are behind their primary: what a switchover to one of them would have to wait for, or lose."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import sql
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Problem

MIB = 1024 * 1024
#: An instance calls itself by its pod's name there.
QUERY = "SELECT application_name, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint FROM pg_stat_replication"


def asked(run: sql.Run, namespace: str, primary: str) -> dict[str, int]:
    """Bytes of WAL by replica that streams; raises Refused or KubeError where the primary does not answer."""
    return behind(sql.Database(run, namespace, primary).ask(QUERY))


def behind(answer: str) -> dict[str, int]:
    """The same from psql's answer (pure). Who catches up, copies a base backup or has replayed nothing yet is left out."""
    rows = [line.split("|") for line in answer.splitlines()]
    return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "streaming" and row[2].lstrip("-").isdigit()}


def nearest(names: t.Sequence[str], lags: t.Mapping[str, int]) -> str:
    """The one of several instances that is least behind, the first of equals (pure)."""
    return min(names, key=lambda name: lags.get(name, float("inf")), default="")


def problems(target: str, lags: t.Mapping[str, int], most: int) -> t.Iterator[Problem]:
    """Why an instance is too far behind to take over; ``most`` in MiB (pure)."""
    place = f"switchover to {target}"
    if target not in lags:
        yield Problem(place, "it does not stream from the primary, so nobody knows what it lacks", "wait until it does, or choose another one")
    elif lags[target] > most * MIB:
        reason = f"it is {lags[target] / MIB:.0f} MiB of WAL behind, and {most} MiB are allowed"
        yield Problem(place, reason, "wait until it has caught up, choose another one, or raise max_lag")
