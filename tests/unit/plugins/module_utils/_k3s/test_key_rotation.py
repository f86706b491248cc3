# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotation of the key that encrypts Secrets: who restarts when, what is refused, and that it ends after every interruption."""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import key_rotation, rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.encryption import Encryption
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._k3s.rolling_model import HOUR, Looks, Rolling, play


class Encrypted(Rolling):
    """``held``: the key in each server's configuration; K3s finishes what it was asked for, whoever asked."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.since = self.clock - 24 * HOUR
        self.key = "aescbckey"
        self.held = dict.fromkeys(self.base, self.key)
        self.stage = dict.fromkeys(self.base, "start")
        self.announced = dict.fromkeys(self.base, f"start-{self.key}")
        self.restarted: list[str] = []

    def looks(self) -> Looks:
        return self.look(lambda name: {"encryption": Encryption(True, self.held[name], self.held[name], self.announced[name])})

    def plan(self) -> rotation.Step:
        return key_rotation.next_step(self.looks(), self.since)

    def do(self, step: rotation.Step) -> Iterator[None]:
        name = step.host or ""
        if step.action == "rotate":
            self.announced[name] = f"reencrypt_active-{self.key}"
            self.held[name] = "aescbckey-" + datetime.fromtimestamp(self.clock, UTC).isoformat()
            yield
        if step.action in ("rotate", "settle"):
            self.key = self.held[name]
            self.stage = dict.fromkeys(self.base, "reencrypt_finished")
            self.announced[name] = f"reencrypt_finished-{self.key}"
            yield
        if step.action == "restart":
            self.restarted.append(name)
            self.stop(name)
            yield
            self.held[name] = self.key
            self.start(name)
            yield  # it announces what it has some seconds later
            self.announced[name] = f"{self.stage[name]}-{self.key}"
        if step.action == "agree":
            self.announced = {each: f"{self.stage[each]}-{self.held[each]}" for each in self.held}
        yield


def test_the_others_restart_before_the_server_that_rotated() -> None:
    cluster = Encrypted(3)
    assert play(cluster, [])[:-1] == ["rotate", "restart", "restart", "restart", "done"]
    assert cluster.restarted == ["node-2", "node-3", "node-1"]
    assert play(cluster, [])[0] == "done"


def test_a_day_later_there_is_another_key() -> None:
    cluster = Encrypted(3)
    play(cluster, [])
    cluster.clock += 48 * HOUR
    cluster.since = cluster.clock - 24 * HOUR
    first = cluster.key
    assert play(cluster, [])[0] == "rotate"
    assert cluster.key != first


@settings(max_examples=150)
@given(st.sampled_from([1, 3, 5]), st.lists(st.integers(0, 3), max_size=15))
def test_a_killed_play_is_finished_by_the_next(count: int, kills: list[int]) -> None:
    cluster = Encrypted(count)
    actions = play(cluster, kills)
    assert actions[-2] == "done"
    assert actions.count("rotate") == 1
    assert set(cluster.held.values()) == {cluster.key}
    assert set(cluster.announced.values()) == {f"reencrypt_finished-{cluster.key}"}
    assert all(cluster.up.values())


def changed(name: str, **fields: t.Any) -> Callable[[Looks], Looks]:
    def change(looks: Looks) -> Looks:
        seen = looks[name]
        assert seen is not None
        assert seen.encryption is not None
        own = {key: value for key, value in fields.items() if key in {"enabled", "key", "digest", "announced"}}
        rest = {key: value for key, value in fields.items() if key not in own}
        return looks | {name: dataclasses.replace(seen, **rest, encryption=dataclasses.replace(seen.encryption, **own))}

    return change


CHANGES: list[tuple[Callable[[Looks], Looks], str]] = [
    (lambda looks: looks | {"node-2": None}, "node-2 was not reached"),
    (changed("node-2", enabled=False), "node-2 does not encrypt Secrets"),
    (changed("node-1", announced="rotate-aescbckey"), "node-1 stands at rotate"),
    (changed("node-3", announced="start-other"), "announce different configurations"),
    (changed("node-2", announced="reencrypt_active-x", api_ready=False), "restore the snapshot of before"),
    (changed("node-2", api_ready=False), "is not a healthy voter"),
    (changed("node-2", digest="x", key="aescbckey-1970-01-01T00:00:00Z"), "although it has restarted since"),
    (lambda looks: {name: o for name, o in looks.items() if name != "node-3"}, "etcd counts more voters"),
]


@pytest.mark.parametrize(("change", "says"), CHANGES)
def test_refusals(change: Callable[[Looks], Looks], says: str) -> None:
    cluster = Encrypted(3)
    step = key_rotation.next_step(change(cluster.looks()), cluster.since)
    assert step.action == "refuse", step
    assert says in step.reason


def test_a_stale_server_does_not_restart_while_another_is_away() -> None:
    cluster = Encrypted(3)
    list(cluster.do(rotation.Step("rotate", "", "node-1")))
    cluster.up["node-2"] = cluster.up["node-3"] = False
    step = cluster.plan()
    assert step.action == "refuse"
    assert "node-2, node-3 are no healthy voters" in step.reason


def test_interruption_is_survived_from_1_35_3_on() -> None:
    assert key_rotation.fragile("v1.35.2+k3s1")
    assert not key_rotation.fragile("v1.35.3+k3s1")
    assert key_rotation.fragile(None)
    cluster = Encrypted(3)
    looks = changed("node-2", announced="reencrypt_active-x", api_ready=False, binary_version="v1.35.3+k3s1")(cluster.looks())
    assert key_rotation.next_step(looks, cluster.since).action == "restart"
