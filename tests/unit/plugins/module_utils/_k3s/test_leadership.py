# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who leads etcd after a server has handed over: only a leader hands over, only to another voter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import leadership

ME, OTHER, THIRD, LEARNER = "1", "2", "3", "4"
MEMBERS: list[dict[str, Any]] = [
    {"ID": ME, "name": "node-1-0a"},
    {"ID": THIRD, "name": "node-3-0c"},
    {"ID": OTHER, "name": "node-2-0b"},
    {"ID": LEARNER, "name": "node-0-0d", "isLearner": True},
]


class Etcd:
    """Answers as etcd's HTTP gateway does; members in ``deaf`` do not take over."""

    def __init__(self, leader: str = ME, deaf: tuple[str, ...] = (), members: list[dict[str, Any]] | None = None) -> None:
        self.leader, self.deaf, self.members = leader, deaf, MEMBERS if members is None else members

    def __call__(self, url: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if url == "/v3/maintenance/status":
            return {"header": {"member_id": ME}, "leader": self.leader}
        if url == "/v3/cluster/member/list":
            return {"members": self.members}
        assert url == "/v3/maintenance/transfer-leadership"
        if body["targetID"] in self.deaf:
            return None
        self.leader = body["targetID"]
        return {}


def test_another_voter_leads() -> None:
    etcd = Etcd()
    done = leadership.hand_over(etcd)
    assert (done.led, done.heir, etcd.leader) == (True, "node-2-0b", OTHER)


def test_the_next_voter_is_tried() -> None:
    etcd = Etcd(deaf=(OTHER,))
    assert leadership.hand_over(etcd).heir == "node-3-0c"
    assert etcd.leader == THIRD


@pytest.mark.parametrize("etcd", [Etcd(deaf=(OTHER, THIRD)), Etcd(members=MEMBERS[:1]), Etcd(members=[MEMBERS[0], MEMBERS[3]])])
def test_nobody_takes_over(etcd: Etcd) -> None:
    done = leadership.hand_over(etcd)
    assert (done.led, done.heir, etcd.leader) == (True, None, ME)
    assert "wait for an election" in done.reason


@pytest.mark.parametrize("leader", [OTHER, "0"])
def test_who_does_not_lead_hands_nothing_over(leader: str) -> None:
    etcd = Etcd(leader)
    assert (leadership.hand_over(etcd).heir, etcd.leader) == (None, leader)


def test_checking_changes_nothing() -> None:
    etcd = Etcd()
    assert leadership.hand_over(etcd, act=False).heir == "node-2-0b"
    assert etcd.leader == ME


def test_silent_etcd_is_no_error() -> None:
    assert leadership.hand_over(lambda _url, _body: None) == leadership.HandOver(False, None, "etcd does not answer here")
