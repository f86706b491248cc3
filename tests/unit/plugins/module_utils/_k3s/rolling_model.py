# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that are restarted one after the other while a play is killed again and again: what the rotations of this folder share."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Iterator

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.rotation import Step

from tests.unit.plugins.module_utils._k3s.k3s_model import Cluster

HOUR = 3600.0
#: By host: an Observation, None for one that was not reached.
Looks = dict[str, t.Any]


class Rolling:
    """Names, a clock in seconds, who is up and since when; a subclass adds what is rotated."""

    def __init__(self, count: int) -> None:
        self.clock = 1000 * HOUR
        self.base = Cluster.healthy(count, "t" * 40, "a" * 40).look()
        self.up = dict.fromkeys(self.base, True)
        self.started = dict.fromkeys(self.base, self.clock - 500 * HOUR)

    def do(self, step: Step) -> Iterator[None]:
        """Act, yielding after each thing that a killed play could leave half done."""
        raise NotImplementedError

    def plan(self) -> Step:
        raise NotImplementedError

    def stop(self, name: str) -> None:
        self.up[name] = False
        assert len(self.up) == 1 or list(self.up.values()).count(False) == 1, "two servers are down at once"

    def start(self, name: str) -> None:
        self.up[name] = True
        self.started[name] = self.clock

    def look(self, extra: Callable[[str], dict[str, t.Any]]) -> Looks:
        """What k3s_node_info sees, with the subclass's own fields."""
        looks: Looks = {}
        for name, seen in self.base.items():
            own = extra(name) | {"started_at": self.started[name], "binary_version": "v1.35.0+k3s3"}
            down: dict[str, t.Any] = {} if self.up[name] else {"unit_state": "inactive", "etcd_healthy": False, "api_ready": False, "members": None}
            looks[name] = dataclasses.replace(seen, **own, **down)
        return looks


def play(rolling: Rolling, interruptions: list[int], limit: int = 80) -> list[str]:
    """Look, decide, act until done or refused; each number of the list ends a step after so many of its actions."""
    kills, actions = iter(interruptions), list[str]()
    for _round in range(limit):
        rolling.clock += 60
        step = rolling.plan()
        if step.action in ("done", "refuse"):
            return [*actions, step.action, step.reason]
        actions.append(step.action)
        left = next(kills, 99)
        for number, _action in enumerate(rolling.do(step)):
            rolling.clock += 5
            if number == left:
                break
    raise AssertionError(f"no end: {actions}")
