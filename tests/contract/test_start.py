# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server starts: configuration, the first server's token, wrong tokens on existing data, readiness."""

from __future__ import annotations

import json
import re

import pytest

from .host import CONFIG, SERVER, Host

pytestmark = pytest.mark.long

FAST = {"cluster_init": True, "disable_agent": True}


@pytest.fixture
def first(hosts: list[Host]) -> Host:
    return hosts[0]


def started(host: Host, **settings: object) -> Host:
    host.configure(**{**FAST, "node_name": host.name, **settings})
    host.start()
    host.wait_active()
    return host


def sans(host: Host) -> str:
    return host.out("openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName")


@pytest.mark.row("config-merge")
def test_drop_ins_replace_and_append(first: Host) -> None:
    first.configure(**FAST, token="main-file-password-0123456789", tls_san=["main.example.org"])
    first.write(f"{CONFIG}.d/10-first.yaml", "token: first-drop-in-password-012345\ntls-san+: [first.example.org]\n")
    first.write(f"{CONFIG}.d/20-second.yml", "token: second-drop-in-password-01234\n")
    first.write(f"{CONFIG}.d/30-ignored.txt", "token: ignored-password-0123456789\n")
    first.start()
    first.wait_active()
    assert first.password() == "second-drop-in-password-01234"
    assert "main.example.org" in sans(first)
    assert "first.example.org" in sans(first)


@pytest.mark.row("config-precedence")
def test_command_line_beats_file_beats_environment(first: Host) -> None:
    first.configure(**FAST, token="file-password-0123456789abcdef")
    first.write("/etc/systemd/system/k3s.service.d/env.conf", "[Service]\nEnvironment=K3S_TOKEN=environment-password-0123456\n", "0644")
    first.start()
    first.wait_active()
    assert first.password() == "file-password-0123456789abcdef"
    first.reset()
    first.configure(**FAST)
    first.start()
    first.wait_active()
    assert first.password() == "environment-password-0123456"
    first.out("rm -r /etc/systemd/system/k3s.service.d")
    first.reset()
    first.configure(**FAST, token="file-password-0123456789abcdef")
    first.start("server --token argument-password-0123456789")
    first.wait_active()
    assert first.password() == "argument-password-0123456789"


@pytest.mark.row("config-unknown-server")
def test_unknown_key_warns_on_a_server(first: Host) -> None:
    started(first, no_such_flag="x")
    assert "Unknown flag --no-such-flag found in config.yaml, skipping" in first.journal()


@pytest.mark.row("config-unknown-agent")
def test_unknown_key_is_fatal_on_an_agent(first: Host) -> None:
    first.configure(server="https://127.0.0.1:6443", token="agent-password-0123456789abcdef", no_such_flag="x")
    result = first.foreground("agent")
    assert result.status == 1
    assert "flag provided but not defined: -no-such-flag" in result.output


@pytest.mark.row("token-none")
def test_no_token_makes_one(first: Host) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", started(first).password())


@pytest.mark.row("token-short")
def test_short_token_is_the_password(first: Host) -> None:
    assert started(first, token="short-password-0123456789abcdef").password() == "short-password-0123456789abcdef"


@pytest.mark.row("token-secure")
def test_hash_of_a_secure_token_is_ignored_by_the_first_server(first: Host) -> None:
    token = f"K10{'0' * 64}::server:secure-password-0123456789"
    assert started(first, token=token).password() == "secure-password-0123456789"


@pytest.mark.row("token-malformed")
def test_malformed_token_shuts_down_late(first: Host) -> None:
    first.configure(**FAST, token="K10abc::nothing")
    result = first.foreground("server")
    assert result.status == 0
    assert "Shutdown request received" in result.output
    assert "failed to normalize server token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>" in result.output


@pytest.mark.row("token-file")
def test_token_file_is_trimmed_and_waited_for(first: Host) -> None:
    first.configure(**FAST, token_file="/etc/rancher/k3s/late-token")
    first.start()
    first.wait("waiting k3s process", lambda: "activating" in first.sh("systemctl is-active k3s").output)
    assert first.sh("sleep 5; systemctl is-active k3s").output == "activating"
    assert not first.exists(f"{SERVER}/db/etcd/name")
    first.write("/etc/rancher/k3s/late-token", "  token-file-password-0123456789\n\n")
    first.wait_active()
    assert first.password() == "token-file-password-0123456789"


@pytest.mark.row("token-file")
def test_empty_token_file_is_an_empty_token(first: Host) -> None:
    first.write("/etc/rancher/k3s/empty-token", "\n")
    assert re.fullmatch(r"[0-9a-f]{32}", started(first, token_file="/etc/rancher/k3s/empty-token").password())


@pytest.mark.row("start-wrong-token")
def test_wrong_token_on_existing_data(first: Host) -> None:
    started(first, token="right-password-0123456789abcdef").stop()
    first.configure(**FAST, node_name=first.name, token="wrong-password-0123456789abcdef")
    result = first.foreground("server")
    assert result.status == 1
    assert "bootstrap data already found and encrypted with different token" in result.output


@pytest.mark.row("restart-loop")
def test_a_refused_start_loops(first: Host) -> None:
    started(first, token="right-password-0123456789abcdef").stop()
    first.configure(**FAST, node_name=first.name, token="wrong-password-0123456789abcdef")
    first.start()
    first.wait("second restart", lambda: int(first.out("systemctl show k3s -P NRestarts")) >= 2)
    assert not first.active()


@pytest.mark.row("start-no-token")
def test_restart_without_token_or_with_a_wrong_hash(first: Host) -> None:
    started(first, token="right-password-0123456789abcdef")
    for settings in ({}, {"token": f"K10{'0' * 64}::server:right-password-0123456789abcdef"}):
        first.stop()
        started(first, **settings)
        assert first.password() == "right-password-0123456789abcdef"


@pytest.mark.row("newer-than-datastore")
def test_a_changed_newer_file_is_fatal_until_removed(first: Host) -> None:
    started(first, token="right-password-0123456789abcdef").stop()
    first.out(f"sleep 4; echo 'x,y,y,z' >> {SERVER}/cred/passwd")
    result = first.foreground("server")
    assert result.status == 1
    assert "newer than datastore and could cause a cluster outage" in result.output
    first.out(f"rm {SERVER}/cred/passwd")
    first.start()
    first.wait_active()
    assert "x,y,y,z" not in first.read(f"{SERVER}/cred/passwd")


@pytest.mark.row("sd-notify")
def test_active_means_voting_and_api_ready(first: Host) -> None:
    first.configure(**FAST, node_name=first.name)
    first.start()
    seen = set()

    def active() -> bool:
        state = first.sh("systemctl is-active k3s; cat /proc/uptime >/dev/null").output
        seen.add(state)
        return state == "active"

    first.wait("active k3s unit", active)
    assert seen == {"activating", "active"}
    assert first.voters() == 1
    assert first.kubectl("get --raw /readyz").output == "ok"
    assert json.loads(first.out("curl -s http://127.0.0.1:2381/health"))["health"] == "true"
