# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renewal of leaf certificates: never two servers away, finished after every interruption, nothing done twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import certificate_rotation, rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._k3s.rolling_model import HOUR, Looks, Rolling, play

TLS = "/var/lib/rancher/k3s/server/tls/"
LEAFS = (TLS + "client-admin.crt", TLS + "etcd/client.crt", TLS + "serving-kube-apiserver.crt")
KEPT = TLS + "server-ca.crt"


class Certified(Rolling):
    """``made``: when each certificate of each host was made; missing ones are made at the next start."""

    def __init__(self, count: int, agents: int = 0) -> None:
        super().__init__(count)
        old = self.clock - 300 * 24 * HOUR
        self.since = self.clock - 24 * HOUR
        self.agents = {f"agent-{i}": True for i in range(agents)}
        self.made = {name: dict.fromkeys([*LEAFS, KEPT], old) for name in self.base}
        self.made |= {name: {"/var/lib/rancher/k3s/agent/client-kubelet.crt": old} for name in self.agents}

    def certificates(self, name: str) -> tuple[Certificate, ...]:
        return tuple(Certificate(path, "CN=x", f"{made}", made, made + 365 * 24 * HOUR) for path, made in self.made[name].items())

    def looks(self) -> Looks:
        return self.look(lambda name: {"certificates": self.certificates(name)})

    def agent(self, name: str) -> Observation:
        return Observation(name, "amd64", unit_state="active" if self.agents[name] else "inactive", certificates=self.certificates(name))

    def plan(self) -> rotation.Step:
        agents: Looks = {name: self.agent(name) for name in self.agents}
        return certificate_rotation.next_step(self.looks(), agents, self.since)

    def do(self, step: rotation.Step) -> Iterator[None]:
        name = step.host or ""
        if name in self.agents:
            self.agents[name] = False
        else:
            self.stop(name)
        yield
        if step.action == "renew":
            for path in [path for path in self.made[name] if path != KEPT]:
                del self.made[name][path]
                yield
        else:
            assert self.made[name].keys() <= {KEPT} or all(made >= self.since for path, made in self.made[name].items() if path != KEPT)
        names = ["/var/lib/rancher/k3s/agent/client-kubelet.crt"] if name in self.agents else LEAFS
        self.made[name] = dict.fromkeys(names, self.clock) | self.made[name]
        if name in self.agents:
            self.agents[name] = True
        else:
            self.start(name)
        yield


def test_servers_one_by_one_then_agents() -> None:
    cluster = Certified(3, agents=1)
    assert play(cluster, [])[:-1] == ["renew"] * 4 + ["done"]
    assert cluster.made["node-1"][KEPT] < cluster.since
    assert play(cluster, [])[0] == "done"


@settings(max_examples=150)
@given(st.sampled_from([1, 3, 5]), st.integers(0, 2), st.lists(st.integers(0, 6), max_size=20))
def test_a_killed_play_is_finished_by_the_next(count: int, agents: int, kills: list[int]) -> None:
    cluster = Certified(count, agents)
    assert play(cluster, kills)[-2] == "done"
    assert all(made >= cluster.since for held in cluster.made.values() for path, made in held.items() if path != KEPT)
    assert all(cluster.up.values())
    assert all(cluster.agents.values())


def test_only_the_administrators_certificate() -> None:
    cluster = Certified(3)
    for name in cluster.made:
        cluster.made[name][LEAFS[0]] = cluster.clock
    looks = cluster.looks()
    assert certificate_rotation.next_step(looks, {}, cluster.since, ["client-admin.crt"]).action == "done"
    assert certificate_rotation.next_step(looks, {}, cluster.since).action == "renew"


CHANGES: list[tuple[Callable[[Looks], Looks], str]] = [
    (lambda looks: looks | {"node-2": None}, "node-2 was not reached"),
    (lambda looks: {name: o and dataclasses.replace(o, api_ready=name == "node-1") for name, o in looks.items()}, "node-2, node-3 are no healthy voters"),
    (lambda looks: {name: o for name, o in looks.items() if name != "node-3"}, "etcd counts more voters than servers"),
    (lambda looks: looks | {"node-2": looks["node-2"] and dataclasses.replace(looks["node-2"], credentials="newer")}, "next start would fail"),
]


@pytest.mark.parametrize(("change", "says"), CHANGES)
def test_refusals(change: Callable[[Looks], Looks], says: str) -> None:
    cluster = Certified(3)
    step = certificate_rotation.next_step(change(cluster.looks()), {}, cluster.since)
    assert step.action == "refuse"
    assert says in step.reason


def test_an_agent_that_was_not_reached_is_not_forgotten() -> None:
    cluster = Certified(3)
    assert "agent-9 was not reached" in certificate_rotation.next_step(cluster.looks(), {"agent-9": None}, cluster.since).reason


def test_what_is_still_the_same_is_named() -> None:
    cluster = Certified(1)
    before = cluster.looks()["node-1"]
    cluster.made["node-1"][LEAFS[0]] = cluster.clock
    after = cluster.looks()["node-1"]
    assert before is not None
    assert after is not None
    assert certificate_rotation.kept(before, after) == list(LEAFS[1:])
    assert certificate_rotation.kept(before, after, ["client-admin.crt"]) == []
