# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each promise of hardening, kept and broken: what is judged, and what is seen on a host."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints, hardening, hardening_probe, kernel
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.hardening import FILTERED, OPEN, REFUSED, Door, Evidence
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

from tests.support.ports import reserved

REFUSAL = json.dumps({"code": 403, "message": 'pods "x" is forbidden: violates PodSecurity "baseline:latest": privileged'}).encode()
KEPT = Evidence(
    is_server=True,
    kernel_settings=kernel.DEMANDED,
    secrets_in_clear=(),
    audited=True,
    pod_answer=(403, REFUSAL),
    table=True,
    doors=(Door("192.0.2.22", OPEN, FILTERED),),
)


def judge(**changes: Any) -> list[str]:
    return hardening.problems(dataclasses.replace(KEPT, **changes), secrets_encrypted=True, firewall=True)


def test_nothing_is_said_about_promises_that_are_kept() -> None:
    assert judge() == []
    assert judge(doors=(Door("192.0.2.22", REFUSED, FILTERED),)) == [], "nobody listens there yet, but it is let through"


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"kernel_settings": kernel.DEMANDED | {"kernel.panic": "1"}}, "kernel.panic is 1"),
        ({"loose": ("/etc/rancher/k3s/k3s.yaml has mode 0644",)}, "mode 0644"),
        ({"secrets_in_clear": ("/registry/secrets/default/x",)}, "/registry/secrets/default/x lies in etcd in clear"),
        ({"secrets_in_clear": None}, "etcd did not show"),
        ({"audited": False}, "did not reach the audit log"),
        ({"audited": None}, "did not reach the audit log"),
        ({"pod_answer": (201, b"{}")}, "a privileged pod is admitted"),
        ({"pod_answer": None}, "did not say whether"),
        ({"pod_answer": (403, b'{"message": "no service account"}')}, "HTTP 403, not by Pod Security: no service account"),
        ({"pod_answer": (500, b"broken")}, "HTTP 500, not by Pod Security: no reason given"),
        ({"leaks": ("annotation k3s.io/node-args of Node node-1",)}, "node-args of Node node-1 shows a token"),
        ({"table": False}, "table is not loaded"),
        ({"doors": (Door("192.0.2.22", OPEN, REFUSED),)}, "192.0.2.22 answers on a port that no flow opens (refused)"),
        ({"doors": (Door("192.0.2.22", OPEN, OPEN),)}, "192.0.2.22 answers on a port that no flow opens (open)"),
        ({"doors": (Door("192.0.2.22", FILTERED, FILTERED),)}, "192.0.2.22 does not answer on a port that a flow opens"),
    ],
)
def test_a_broken_promise_is_one_line(broken: dict[str, Any], says: str) -> None:
    (line,) = judge(**broken)
    assert says in line


def test_what_the_matrix_does_not_want_is_not_missed() -> None:
    without = dataclasses.replace(KEPT, secrets_in_clear=("/registry/secrets/default/x",), table=False, doors=())
    assert hardening.problems(without, secrets_encrypted=False, firewall=False) == []


def test_an_agent_has_no_api_to_judge() -> None:
    assert hardening.problems(Evidence(is_server=False, table=True), secrets_encrypted=True, firewall=True) == []


@pytest.fixture
def host(tmp_path: Path) -> Paths:
    paths = Paths(root=tmp_path)
    for path in (paths.config_dir / "config.yaml", paths.server_dir / "tls/etcd/client.key", paths.server_dir / "cred/passwd", paths.audit_log):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        path.chmod(0o600)
    paths.server_dir.chmod(0o700)
    return paths


def seen(host: Paths, monkeypatch: pytest.MonkeyPatch, nodes: dict[str, str], *, logged: bool = True) -> Evidence:
    """One look at a host whose API server answers, whose log may be written, and whose Nodes carry these annotations."""

    def admin(_paths: Paths, url: str, method: str = "GET", _body: object = None) -> tuple[int, bytes]:
        if method == "POST":
            return 403, REFUSAL
        if logged:
            host.audit_log.write_text(f"{host.audit_log.read_text()}{url}\n")
        return 200, json.dumps({"items": [{"metadata": {"name": "node-1", "annotations": nodes}}]}).encode()

    monkeypatch.setattr(endpoints, "admin", admin)
    monkeypatch.setattr(endpoints, "secrets_in_clear", lambda *_arguments: ())
    return hardening_probe.look(lambda _command: "table", host, [])


def test_a_request_of_its_own_is_looked_for_in_the_audit_log(host: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(host, monkeypatch, {}).audited
    assert not seen(host, monkeypatch, {}, logged=False).audited, "an earlier look's request does not count"


@pytest.mark.parametrize(("file", "mode"), [("etc/rancher/k3s/config.yaml", 0o640), ("var/lib/rancher/k3s/server/tls/etcd/client.key", 0o604)])
def test_modes_are_looked_at(host: Paths, monkeypatch: pytest.MonkeyPatch, file: str, mode: int) -> None:
    assert seen(host, monkeypatch, {}).loose == ()
    (host.root / file).chmod(mode)
    (line,) = seen(host, monkeypatch, {}).loose
    assert re.search(rf"{file} has mode {mode:04o}", line)


def test_tokens_are_looked_for_in_annotations(host: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cr3t-of-this-cluster-0123456789"
    host.token_file("server").write_text(secret)
    host.token_file("server").chmod(0o600)
    assert seen(host, monkeypatch, {"k3s.io/node-args": '["server","--token","********"]'}).leaks == ()
    found = seen(host, monkeypatch, {"k3s.io/node-args": f'["server","-t","{secret}"]'})
    assert found.leaks == ("annotation k3s.io/node-args of Node node-1",)
    assert secret not in repr(found)


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_doors(monkeypatch: pytest.MonkeyPatch, listening: int) -> None:
    monkeypatch.setattr(hardening_probe, "OPENED_PORT", listening)
    with reserved() as (free,):
        monkeypatch.setattr(hardening_probe, "CLOSED_PORT", free)
        (door,) = hardening_probe.look(lambda _command: "", Paths(unit="k3s-agent", root=Path("/nonexistent")), ["127.0.0.1"]).doors
    assert door == Door("127.0.0.1", OPEN, REFUSED)


def test_silence_is_filtered(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_arguments: object, **_options: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", silent)
    (door,) = hardening_probe.look(lambda _command: "", Paths(unit="k3s-agent", root=Path("/nonexistent")), ["192.0.2.1"]).doors
    assert door == Door("192.0.2.1", FILTERED, FILTERED)
