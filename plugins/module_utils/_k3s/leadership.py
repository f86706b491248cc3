# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handing etcd's leadership over before a server stops.

A leader that stops waits for its clients' watches before it would hand over by itself (etcd: embed.Etcd.Close), and K3s does not
wait that long. The others then notice its silence after the election timeout, 5 s in K3s, and until then no API answers.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Ask = t.Callable[[str, t.Mapping[str, t.Any]], t.Optional[t.Mapping[str, t.Any]]]
#: Seconds. Etcd gives a handing over up after the election timeout; the old leader then goes on.
TIMEOUT = 6.0


@dataclass(frozen=True)
class HandOver:
    """Whether this member led, who leads instead (None: nobody took over), and a sentence for the operator."""

    led: bool
    heir: str | None
    reason: str


def hand_over(ask: Ask, act: bool = True) -> HandOver:
    """Make another voter the leader if this member is it; ``ask`` calls this host's etcd, None without an answer.

    ``act`` False names the heir and changes nothing. An heir that is down costs the election timeout before the next is tried.
    """
    status = ask("/v3/maintenance/status", {})
    if status is None:
        return HandOver(False, None, "etcd does not answer here")
    me = status.get("header", {}).get("member_id")
    if status.get("leader") != me:
        return HandOver(False, None, "another member leads etcd, or none")
    members = (ask("/v3/cluster/member/list", {}) or {}).get("members", ())
    voters = sorted((m.get("name", ""), m["ID"]) for m in members if m["ID"] != me and not m.get("isLearner"))
    for name, identity in voters:
        if not act or ask("/v3/maintenance/transfer-leadership", {"targetID": identity}) is not None:
            return HandOver(True, name, f"{name} leads etcd")
    return HandOver(True, None, "no other voter took etcd's leadership over: its clients wait for an election when this server stops")
