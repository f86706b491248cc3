# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a token does not do, told apart over real TLS."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token, verify
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.token import Token

from tests.unit.plugins.module_utils._k3s.supervisor_double import Double, serving

RIGHT, OTHER, AGENT = "r" * 40, "o" * 40, "a" * 40
FOREIGN = "f" * 64


@pytest.fixture
def k3s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with serving(tmp_path, monkeypatch, server=RIGHT, node=AGENT) as double:
        yield double


def verdict(k3s: Double, text: str, kind: str = "server", in_force: str = RIGHT) -> str:
    k3s.write(k3s.paths.token_file(kind), text)
    k3s.write(k3s.paths.cluster_token(kind), token.Token(in_force).secure(k3s.hash, kind))
    found, explanation = verify.judge(verify.look(k3s.paths, kind, verify.LOOPBACK))
    assert text not in explanation
    return found


def test_cases_on_the_server_itself(k3s: Double) -> None:
    assert verdict(k3s, RIGHT) == "verified"
    assert verdict(k3s, Token(RIGHT).secure(k3s.hash, "server")) == "verified"
    assert verdict(k3s, AGENT, "agent") == "verified"
    assert verdict(k3s, Token(RIGHT).secure(FOREIGN, "server")) == "wrong_ca_hash"
    assert verdict(k3s, Token(OTHER).secure(FOREIGN, "server")) == "another_clusters_token"
    assert verdict(k3s, OTHER) == "stale"
    assert verdict(k3s, OTHER, in_force=OTHER) == "restart_pending"
    k3s.ready = False
    assert verdict(k3s, RIGHT) == "not_ready"


def test_joiner_sends_nothing_to_a_cluster_its_token_does_not_vouch_for(k3s: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "LOOPBACK", "elsewhere")
    joiner = Paths(root=tmp_path / "joiner")

    def joins(text: str) -> str:
        k3s.seen.clear()
        k3s.write(joiner.token_file("server"), text)
        return verify.judge(verify.look(joiner, "server", "127.0.0.1"))[0]

    assert joins(Token(RIGHT).secure(FOREIGN, "server")) == "wrong_ca_hash"
    assert [path for _method, path, _credentials in k3s.seen] == ["/cacerts"]
    assert joins(Token(RIGHT).secure(k3s.hash, "server")) == "verified"
    assert joins(OTHER) == "wrong_password"
    k3s.write(joiner.ca, k3s.ca)
    assert joins(OTHER) == "stale"
    assert joins(Token(OTHER).secure(FOREIGN, "server")) == "another_clusters_token"
    k3s.write(joiner.ca, "the CA of its own cluster")
    assert joins(Token(RIGHT).secure(token.ca_hash(b"the CA of its own cluster"), "server")) == "another_server"


def test_empty_file_and_silence(tmp_path: Path) -> None:
    paths = Paths(root=tmp_path)
    paths.token_file("server").parent.mkdir(parents=True)
    paths.token_file("server").write_text("\n")
    with pytest.raises(token.TokenError, match="cluster of its own"):
        verify.look(paths, "server", "127.0.0.1")
    evidence = verify.Evidence(Token(RIGHT), "server", "192.0.2.1", None, None, None, None)
    assert verify.judge(evidence)[0] == "not_ready"


def test_every_case_has_one_verdict_and_a_remedy() -> None:
    verdicts = set()
    cas = (None, "c" * 64, FOREIGN)
    for ca, shown, local, status, kind in itertools.product(cas, cas, cas, (None, 200, 405, 401, 403, 503), ("server", "agent")):
        found, text = verify.judge(verify.Evidence(Token(RIGHT, ca), kind, "192.0.2.1", shown, local, None, status))
        verdicts.add(found)
        assert RIGHT not in text
        assert (found == "verified") == (shown is not None and status == {"server": 405, "agent": 200}[kind] and ca in (None, shown))
    assert verdicts == {"verified", "not_ready", "wrong_ca_hash", "another_clusters_token", "another_server", "stale", "wrong_password", "wrong_role"}
