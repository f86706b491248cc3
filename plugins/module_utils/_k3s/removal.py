# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether one server may leave its cluster, from what was seen on all of them (pure; k3s-contract 4)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import quorum
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation


@dataclass(frozen=True)
class Removal:
    """``via`` is the healthy member that carries it out; None with problems, or when nothing is left to do.

    ``member``: whether etcd still counts the server. ``reached``: whether it answered; one that is dead can only be left out.
    ``left``: voters that remain.
    """

    via: str | None
    member: bool
    reached: bool
    left: int
    problems: tuple[str, ...]


def plan(name: str, servers: t.Mapping[str, Observation | None]) -> Removal:
    """Decide; every server of the environment must be given, None for one that was not reached. The one to remove may be dead."""
    if name not in servers:
        return Removal(None, False, False, 0, (f"{name} is no server of this environment: {', '.join(sorted(servers))}",))
    reached = servers[name] is not None
    others = [o for o in servers.values() if o is not None and o.node_name != name]
    healthy = sorted(o.node_name for o in others if o.healthy)
    voters = quorum.voter_count(others)
    listed = [m for o in others if o.votes for m in o.members or () if m.node == name]
    left = voters - (1 if any(not m.learner for m in listed) else 0)
    if not healthy:
        return Removal(None, bool(listed), reached, left, ("no other server is healthy: the last voter cannot leave; to give the cluster up, see reset.yml",))
    problems = []
    if len(healthy) < quorum.majority(voters):
        problems.append(f"only {', '.join(healthy)} of {voters} voters would be left healthy, fewer than the majority; bring the others up first")
    if any(m.learner and m.node != name for o in others for m in o.members or ()):
        problems.append("etcd has a learner; wait until it votes")
    return Removal(None if problems else healthy[0], bool(listed), reached, left, tuple(problems))
