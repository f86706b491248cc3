# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module over a host's files: modes, check mode, what is returned and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import to_dict
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.modules import k3s_join_token as module

from tests.unit.plugins.module_utils._k3s.k3s_model import Cluster
from tests.unit.plugins.module_utils._k3s.supervisor_double import Double, serving

ARGUMENTS: dict[str, Any] = {"state": "present", "kind": "server", "role": "server", "token": "", "reveal": False, "replace": False, "address": "127.0.0.1"}
IN_FORCE = token.Token("p" * 40, "a" * 64, "server")


def server(root: Path) -> Paths:
    paths = Paths(root=root)
    (paths.etcd_dir / "member").mkdir(parents=True)
    paths.cluster_token("server").write_text(IN_FORCE.secure("a" * 64, "server") + "\n")
    paths.cluster_token("agent").symlink_to(paths.cluster_token("server"))
    return paths


def test_present_writes_once_with_mode_0600(tmp_path: Path) -> None:
    paths = Paths(root=tmp_path)
    first = module._present(ARGUMENTS, paths, check_mode=False)
    text = paths.token_file("server").read_text()
    second = module._present(ARGUMENTS, paths, check_mode=False)
    assert (first["changed"], second["changed"]) == (True, False)
    assert paths.token_file("server").stat().st_mode & 0o777 == 0o600
    assert paths.token_file("server").read_text() == text
    assert text.strip() not in repr(first)


def test_present_tightens_the_mode(tmp_path: Path) -> None:
    paths = Paths(root=tmp_path)
    module._present(ARGUMENTS, paths, check_mode=False)
    paths.token_file("server").chmod(0o644)
    assert module._present(ARGUMENTS, paths, check_mode=False)["changed"]
    assert paths.token_file("server").stat().st_mode & 0o777 == 0o600


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    paths = Paths(root=tmp_path)
    assert module._present(ARGUMENTS, paths, check_mode=True)["changed"]
    assert list(tmp_path.iterdir()) == []


def test_missing_file_of_a_running_cluster_comes_from_the_cluster(tmp_path: Path) -> None:
    paths = server(tmp_path)
    module._present(ARGUMENTS, paths, check_mode=False)
    assert paths.token_file("server").read_text() == paths.cluster_token("server").read_text()


def test_cluster_without_agent_token_is_given_none(tmp_path: Path) -> None:
    paths = server(tmp_path)
    module._present(ARGUMENTS | {"kind": "agent"}, paths, check_mode=False)
    assert paths.token_file("agent").read_text() == "p" * 40 + "\n"


def test_read_reveals_only_when_asked(tmp_path: Path) -> None:
    paths = server(tmp_path)
    quiet = module._read(ARGUMENTS, paths)
    assert quiet == {"changed": False, "form": "secure", "fingerprint": IN_FORCE.fingerprint, "ca_hash": "a" * 64}
    assert module._read(ARGUMENTS | {"reveal": True, "kind": "agent"}, paths)["token"] == IN_FORCE.secure("a" * 64, "agent")


def test_read_on_a_host_without_server(tmp_path: Path) -> None:
    with pytest.raises(token.TokenError, match="has not started here"):
        module._read(ARGUMENTS, Paths(root=tmp_path))


OLD, NEW, AGENT = "o" * 40, "n" * 40, "a" * 40


@pytest.fixture
def k3s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with serving(tmp_path, monkeypatch, server=OLD, node=AGENT) as double:
        for place in (double.paths.cluster_token("server"), double.paths.token_file("server")):
            double.write(place, token.Token(OLD).secure(double.hash, "server") + "\n")
        yield double


def test_verified_fails_with_the_verdict_and_without_the_token(k3s: Double) -> None:
    asked = ARGUMENTS | {"state": "verified"}
    assert module._verified(asked, k3s.paths)["verdict"] == "verified"
    k3s.paths.token_file("server").write_text(NEW)
    refused = module._verified(asked, k3s.paths)
    assert refused["verdict"] == "stale"
    assert NEW not in repr(refused)
    with pytest.raises(token.TokenError, match="does not exist"):
        module._verified(asked | {"kind": "agent"}, k3s.paths)


def test_rotated_calls_once_and_not_in_check_mode(k3s: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Cluster.healthy(1, OLD, AGENT).look()["node-1"]
    monkeypatch.setattr(module, "observe", lambda _run, _name, _paths: seen)
    asked = ARGUMENTS | {"state": "rotated", "node_name": "node-1", "servers": {"node-1": None}, "token": NEW}
    assert module._rotated(asked, k3s.paths, lambda _command: "", True)["changed"]
    assert k3s.seen == []
    result = module._rotated(asked, k3s.paths, lambda _command: "", False)
    again = module._rotated(asked, k3s.paths, lambda _command: "", False)
    assert (result["changed"], again["changed"]) == (True, False)
    assert [entry[0] for entry in k3s.seen] == ["PUT"]
    assert result["fingerprint"] == token.Token(NEW).fingerprint
    assert NEW not in repr(result)


def test_rotation_is_refused_beside_a_server_that_was_not_reached(k3s: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Cluster.healthy(3, OLD, AGENT).look()
    monkeypatch.setattr(module, "observe", lambda _run, _name, _paths: looks["node-1"])
    servers = {"node-2": to_dict(looks["node-2"]), "node-3": None}
    with pytest.raises(token.TokenError, match="node-3 was not reached"):
        module._rotated(ARGUMENTS | {"state": "rotated", "node_name": "node-1", "servers": servers}, k3s.paths, lambda _command: "", False)
    assert k3s.seen == []
