# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The call of a rotation: made once, behind its gates, and never believed without a look."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import rotate_here
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, TokenState
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token, TokenError

from tests.unit.plugins.module_utils._k3s.k3s_model import Cluster

OLD, NEW, AGENT = "o" * 40, "n" * 40, "a" * 40


class Server:
    """One server of three: its look, and a call that is answered as told."""

    def __init__(self, status: int | None = 200, takes: bool = True) -> None:
        self.looks: dict[str, Observation | None] = dict(Cluster.healthy(3, OLD, AGENT).look())
        self.token, self.status, self.takes = OLD, status, takes
        self.calls: list[tuple[str, str]] = []

    def call(self, password: str, new: str) -> int | None:
        self.calls.append((password, new))
        if self.takes:
            self.token = new
        return self.status

    def here(self, **changes: Any) -> rotate_here.Here:
        seen = self.looks["node-1"]
        assert seen is not None
        return rotate_here.Here(dataclasses.replace(seen, **changes), Token(self.token), lambda: Token(self.token), self.call)


def test_one_call_with_the_given_or_a_new_token() -> None:
    for given in (Token(NEW), None):
        server = Server()
        action = rotate_here.servers_token(server.here(), given, server.looks)
        assert action is not None
        assert server.calls == []
        action()
        assert [password for password, _new in server.calls] == [OLD]
        assert server.token == NEW if given else len(server.token) == 48


def test_a_rerun_after_the_call_does_nothing() -> None:
    server = Server()
    stale = TokenState("x", "y", accepted=False)
    assert rotate_here.servers_token(server.here(), Token(OLD), {}) is None
    assert rotate_here.servers_token(server.here(server_token=stale), None, {}) is None


def test_refused_with_every_reason() -> None:
    server = Server()
    with pytest.raises(TokenError, match="32 signs"):
        rotate_here.servers_token(server.here(), Token("weak"), server.looks)
    lagging = dataclasses.replace(server.here().seen, node_name="node-3", server_token=TokenState("x", "x", accepted=False))
    with pytest.raises(TokenError, match=r"node-2 was not reached.*node-3 does not accept"):
        rotate_here.servers_token(server.here(), Token(NEW), {"node-2": None, "node-3": lagging})
    with pytest.raises(TokenError, match="more voters than servers"):
        rotate_here.servers_token(server.here(), Token(NEW), {})
    assert server.calls == []


@pytest.mark.parametrize(("status", "takes", "says"), [(None, True, "no answer in time"), (500, True, "HTTP 500"), (200, False, "HTTP 200")])
def test_a_doubtful_answer_is_no_success(status: int | None, takes: bool, says: str) -> None:
    server = Server(status, takes)
    action = rotate_here.servers_token(server.here(), Token(NEW), server.looks)
    assert action is not None
    with pytest.raises(TokenError, match=says) as problem:
        action()
    assert NEW not in str(problem.value)


def test_datastore_takes_over_the_agents_token() -> None:
    server = Server()
    changed = TokenState("new", "new", accepted=True)
    armed = server.here(credentials="newer", agent_token=changed)
    action = rotate_here.agents_token(armed, server.looks)
    assert action is not None
    action()
    assert server.calls == [(OLD, OLD)]
    assert rotate_here.agents_token(server.here(), server.looks) is None


def test_agents_token_waits_for_quorum_and_for_the_restart() -> None:
    server = Server()
    armed = server.here(credentials="newer", agent_token=TokenState("new", "new", accepted=True))
    with pytest.raises(TokenError, match="node-2 was not reached"):
        rotate_here.agents_token(armed, server.looks | {"node-2": None})
    peer = server.looks["node-2"]
    assert peer is not None
    with pytest.raises(TokenError, match="node-2 is no healthy voter"):
        rotate_here.agents_token(armed, server.looks | {"node-2": dataclasses.replace(peer, api_ready=False)})
    with pytest.raises(TokenError, match="not now"):
        rotate_here.agents_token(server.here(agent_token=TokenState("old", "new", accepted=True)), server.looks)
