# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look says about tokens: the states of a rotation and of the agent-token trap, without a secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import credentials, endpoints, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import TokenState
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.supervisor import Supervisor
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token

from tests.unit.plugins.module_utils._k3s.supervisor_double import Double, serving

OLD, NEW, AGENT = "o" * 40, "n" * 40, "a" * 40
DIGEST = {password: Token(password).digest for password in (OLD, NEW, AGENT)}


@pytest.fixture
def k3s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with serving(tmp_path, monkeypatch, server=OLD, node=AGENT) as double:
        hold(double, OLD, OLD)
        double.stored = double.write(double.paths.passwd, "rows\n").read_bytes()
        monkeypatch.setattr(endpoints, "bootstrap_keys", lambda _paths: (token.key_name(OLD),))
        yield double


def hold(double: Double, in_force: str, configured: str) -> None:
    double.write(double.paths.cluster_token("server"), Token(in_force).secure(double.hash, "server"))
    double.write(double.paths.token_file("server"), configured + "\n")
    double.write(double.paths.cluster_token("agent"), Token(AGENT).secure(double.hash, "agent"))


def look(double: Double) -> dict[str, object]:
    found = credentials.look(double.paths, Supervisor(double.ca.decode()))
    assert not any(secret in repr(found) for secret in (OLD, NEW, AGENT))
    return found


def test_settled_server(k3s: Double) -> None:
    found = look(k3s)
    assert found["server_token"] == TokenState(DIGEST[OLD], DIGEST[OLD], accepted=True)
    assert found["agent_token"] == TokenState(DIGEST[AGENT], None, accepted=True)
    assert (found["datastore_token"], found["credentials"]) == (DIGEST[OLD], "same")


def test_rotated_and_not_restarted(k3s: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(k3s, NEW, OLD)
    monkeypatch.setattr(endpoints, "bootstrap_keys", lambda _paths: (token.key_name(NEW),))
    found = look(k3s)
    assert found["server_token"] == TokenState(DIGEST[NEW], DIGEST[OLD], accepted=False)
    assert found["datastore_token"] == DIGEST[NEW]


def test_peer_that_does_not_know_the_new_token(k3s: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    for keys, told in (((token.key_name(NEW),), "other"), (("0" * 12, "1" * 12), "other"), ((), None), (None, None)):
        monkeypatch.setattr(endpoints, "bootstrap_keys", lambda _paths, keys=keys: keys)
        assert look(k3s)["datastore_token"] == told


def test_etcd_names_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, monkeypatch) as etcd:
        assert endpoints.bootstrap_keys(etcd.paths) == ()
        etcd.keys = ("0123456789ab",)
        assert endpoints.bootstrap_keys(etcd.paths) == ("0123456789ab",)
        etcd.has_quorum = False
        assert endpoints.bootstrap_keys(etcd.paths) is None
    assert endpoints.bootstrap_keys(etcd.paths) is None
    assert endpoints.bootstrap_keys(type(etcd.paths)(root=tmp_path / "empty")) is None


def test_armed_trap_is_seen_before_the_fatal_start(k3s: Double) -> None:
    k3s.write(k3s.paths.passwd, "rows with another agent token\n")
    assert look(k3s)["credentials"] == "newer"
    os.utime(k3s.paths.passwd, (0, 0))
    assert look(k3s)["credentials"] == "older"
    k3s.paths.passwd.unlink()
    assert look(k3s)["credentials"] is None


def test_call_that_never_reached_the_datastore(k3s: Double) -> None:
    hold(k3s, NEW, OLD)
    k3s.write(k3s.paths.passwd, "rows with the new token\n")
    assert (look(k3s)["datastore_token"], look(k3s)["credentials"]) == (DIGEST[OLD], "newer")


def test_weak_tokens_are_compared_here_and_not_shown(k3s: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "bootstrap_keys", lambda _paths: (token.key_name("weak-1"),))
    hold(k3s, "weak-1", "weak-1")
    found = look(k3s)
    assert found["server_token"] == TokenState("weak", "weak", accepted=False)
    assert found["datastore_token"] == "weak"
    hold(k3s, "weak-1", "weak-2")
    assert look(k3s)["server_token"] == TokenState("weak", "weak, another", accepted=False)


def test_stopped_host_and_agent(k3s: Double) -> None:
    assert credentials.look(k3s.paths, None)["server_token"] == TokenState(DIGEST[OLD], DIGEST[OLD])
    k3s.write(k3s.paths.token_file("agent"), "not a token\n")
    agent = type(k3s.paths)(root=k3s.paths.root, unit="k3s-agent")
    assert credentials.look(agent, None) == {"agent_token": TokenState(None, "invalid")}
