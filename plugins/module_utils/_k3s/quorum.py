# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic of etcd majorities (pure). A learner never counts."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation


def majority(voters: int) -> int:
    """How many of so many voters must agree."""
    return voters // 2 + 1


def voter_count(observations: t.Iterable[Observation]) -> int:
    """Voters the cluster counts, running or not: the longest member list that any healthy voter answered with."""
    lists = [o.members for o in observations if o.votes and o.members is not None]
    return max((sum(1 for m in members if not m.learner) for members in lists), default=0)


def has_quorum(observations: t.Sequence[Observation]) -> bool:
    """Whether the healthy voters are a majority of those the cluster counts."""
    voters = voter_count(observations)
    return voters > 0 and sum(o.votes for o in observations) >= majority(voters)


def survives_without(name: str, observations: t.Sequence[Observation]) -> bool:
    """Whether the others keep the majority while this server restarts. A single voter has no others to ask."""
    voters = voter_count(observations)
    if voters <= 1:
        return True
    return sum(o.votes for o in observations if o.node_name != name) >= majority(voters)
