# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renewal of the CAs: one call, every server restarts once, then the agents."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import ca_rotation, rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._k3s.rolling_model import Looks, Rolling, play

WANTED = {"server-ca.crt": "new", "etcd/peer-ca.crt": "new"}


class Trusting(Rolling):
    """``has``: the CAs on each host's disk; ``stored``: those that a server gets at its start."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.stored = "old"
        self.has = dict.fromkeys([*self.base, "agent-1"], "old")
        self.calls = 0

    def files(self, name: str) -> dict[str, dict[str, str]]:
        return {path: {"sha256": self.has[name]} for path in ca_rotation.paths(WANTED)}

    def looks(self) -> Looks:
        return self.look(lambda name: {"files": self.files(name)})

    def plan(self) -> rotation.Step:
        return ca_rotation.next_step(self.looks(), {"agent-1": Observation("agent-1", "amd64", unit_state="active", files=self.files("agent-1"))}, WANTED)

    def do(self, step: rotation.Step) -> Iterator[None]:
        name = step.host or ""
        if step.action == "rotate":
            self.calls += 1
            self.stored = "new"
            yield
        if name in self.up:
            self.stop(name)
            yield
            self.start(name)
        self.has[name] = self.stored
        yield


def test_one_call_then_restarts() -> None:
    cluster = Trusting(3)
    assert play(cluster, [])[:-1] == ["rotate", "restart", "restart", "restart", "done"]
    assert play(cluster, [])[0] == "done"


@settings(max_examples=100)
@given(st.sampled_from([1, 3, 5]), st.lists(st.integers(0, 3), max_size=12))
def test_a_killed_play_is_finished_by_the_next(count: int, kills: list[int]) -> None:
    cluster = Trusting(count)
    assert play(cluster, kills)[-2] == "done"
    assert set(cluster.has.values()) == {"new"}
    assert all(cluster.up.values())


def test_refusals() -> None:
    looks = Trusting(3).looks()
    assert "node-2 was not reached" in ca_rotation.next_step(looks | {"node-2": None}, {}, WANTED).reason
    seen = looks["node-2"]
    assert seen is not None
    step = ca_rotation.next_step(looks | {"node-2": dataclasses.replace(seen, credentials="newer")}, {}, WANTED)
    assert (step.action, step.host) == ("refuse", None)
    assert "next start would fail" in step.reason


def test_what_lies_where() -> None:
    assert ca_rotation.paths(WANTED) == [
        "/var/lib/rancher/k3s/server/tls/etcd/peer-ca.crt",
        "/var/lib/rancher/k3s/server/tls/server-ca.crt",
        "/var/lib/rancher/k3s/agent/server-ca.crt",
    ]
    assert ca_rotation.lacking(Observation("x", "amd64"), WANTED, "agent") == ["server-ca.crt"]
