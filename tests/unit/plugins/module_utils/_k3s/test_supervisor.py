# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authenticated requests over real TLS: answers by role, silence, and whom the password is never sent to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import supervisor, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.supervisor import Supervisor

from tests.unit.plugins.module_utils._k3s.supervisor_double import Double, certificates, serving

SERVER, AGENT = "s" * 40, "a" * 40


@pytest.fixture
def k3s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with serving(tmp_path, monkeypatch, server=SERVER, node=AGENT) as double:
        yield double


def test_answers_by_role(k3s: Double) -> None:
    asked = Supervisor(k3s.ca.decode())
    assert (asked.accepts("server", SERVER), asked.accepts("agent", AGENT)) == (True, True)
    assert (asked.accepts("server", AGENT), asked.accepts("agent", SERVER)) == (False, False)
    assert {path for _method, path, _credentials in k3s.seen} == {"/v1-k3s/token", "/v1-k3s/readyz"}


def test_starting_server_says_neither(k3s: Double) -> None:
    k3s.ready = False
    asked = Supervisor(k3s.ca.decode())
    assert (asked.status("server", SERVER), asked.accepts("server", SERVER)) == (503, None)


def test_password_is_not_sent_to_a_server_of_another_ca(k3s: Double, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other, _certificate = certificates(tmp_path / "other")
    assert Supervisor(other.decode()).status("server", SERVER) is None
    assert Supervisor("no certificate").status("server", SERVER) is None
    assert k3s.seen == []


def test_ca_is_shown_to_anybody(k3s: Double) -> None:
    assert supervisor.cacerts("127.0.0.1") == k3s.ca
    assert k3s.seen == [("GET", "/cacerts", "")]


def test_silence(tmp_path: Path) -> None:
    ca, _certificate = certificates(tmp_path)
    assert Supervisor(ca.decode(), port=1).status("server", SERVER) is None
    assert supervisor.cacerts("127.0.0.1", port=1) is None


def test_rotation_is_one_call_that_writes_the_new_token(k3s: Double) -> None:
    assert Supervisor(k3s.ca.decode()).rotate(SERVER, "n" * 40) == 200
    assert [entry[:2] for entry in k3s.seen] == [("PUT", "/v1-k3s/token")]
    assert token.parse(k3s.paths.cluster_token("server").read_text()).password == "n" * 40
    assert Supervisor(k3s.ca.decode()).rotate("wrong", "x" * 40) == 401


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-21T08:00:00.5Z", 1795248000.5),
        ("2026-11-21T08:00:00Z", 1795248000.0),
        ("2026-11-21T09:00:00.25+01:00", 1795248000.25),
        ("2026-11-21T07:00:00-01:00", 1795248000.0),
    ],
)
def test_datastores_copy_and_gos_times(k3s: Double, text: str, seconds: float) -> None:
    k3s.stored, k3s.stored_time = b"a,b,c,d\n", text
    held = Supervisor(k3s.ca.decode()).passwd(SERVER)
    assert held == supervisor.Passwd(b"a,b,c,d\n", seconds)
    assert supervisor.newer(seconds + 3, held)
    assert not supervisor.newer(seconds + 2.9, held)
    k3s.stored_time = "soon"
    assert Supervisor(k3s.ca.decode()).passwd(SERVER) is None
    assert Supervisor(k3s.ca.decode()).passwd("wrong") is None
