# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``k3s secrets-encrypt``: its texts, its stages, and servers that do not know the new key yet (k3s-contract 7)."""

from __future__ import annotations

import base64
import functools
import json
import re
import typing as t

import pytest

from .clusters import begin, start
from .host import SERVER, Host, Result

pytestmark = pytest.mark.long

PASSWORD = "encryption-password-0123456789abc"
#: Nodes carry the hashes, so these servers have one.
SETTINGS = {"secrets_encryption": True, "disable_agent": False}
UNREADABLE = "no matching key was found for the provided AES transformer"
REFUSED = r"Error: see server log for details: .*secret-encrypt error ID \d+"


def encrypt(host: Host, arguments: str) -> Result:
    return host.sh(f"/usr/local/bin/k3s secrets-encrypt {arguments}")


def status(host: Host) -> dict[str, t.Any]:
    """The state as JSON; empty while the server does not know it yet (error ID in its first seconds)."""
    result = host.sh("/usr/local/bin/k3s secrets-encrypt status -o json 2>/dev/null")
    return json.loads(result.output) if result.status == 0 else {}


def settled(host: Host, stage: str) -> dict[str, t.Any]:
    host.wait(f"stage {stage}", lambda: status(host).get("stage") == stage)
    return status(host)


def stored(host: Host, name: str) -> bytes:
    """A Secret of the namespace default as it lies in etcd."""
    key = base64.b64encode(f"/registry/secrets/default/{name}".encode()).decode()
    return base64.b64decode(host.etcd("/v3/kv/range", {"key": key})["kvs"][0]["value"])


def encrypted(host: Host, name: str, *, wanted: bool) -> bool:
    return stored(host, name).startswith(b"k8s:enc:") is wanted


def with_secret(hosts: list[Host]) -> Host:
    """A cluster with encryption and a Secret; its first server."""
    begin(hosts, PASSWORD, **SETTINGS)
    first = hosts[0]
    first.wait("secret", lambda: first.kubectl("create secret generic kept --from-literal=a=plain-text-value").status == 0)
    settled(first, "start")
    return first


def readable(host: Host) -> bool:
    return host.kubectl("get secret kept").status == 0


@pytest.mark.row("encrypt-status")
def test_status_as_text_and_json(hosts: list[Host]) -> None:
    first = with_secret(hosts[:1])
    state = status(first)
    assert state == {"stage": "start", "activekey": "AES-CBC aescbckey", "enable": True, "hashmatch": True}
    lines = encrypt(first, "status").output.splitlines()
    assert lines[:3] == ["Encryption Status: Enabled", "Current Rotation Stage: start", "Server Encryption Hashes: All hashes match"]
    assert lines[4].split() == ["Active", "Key", "Type", "Name"]
    assert lines[6].split()[0] == "*"
    assert lines[6].split()[-1] == "aescbckey"
    annotation = first.kubectl(f"get node {first.name} -o jsonpath='{{.metadata.annotations.k3s\\.io/encryption-config-hash}}'").output
    digest = first.out(f"sha256sum {SERVER}/cred/encryption-config.json").split()[0]
    assert annotation == first.read(f"{SERVER}/cred/encryption-state.json") == f"start-{digest}"
    assert stored(first, "kept").startswith(b"k8s:enc:aescbc:v1:aescbckey:")


@pytest.mark.row("encrypt-rotate-keys")
@pytest.mark.row("encrypt-stale-server")
def test_rotated_keys_reach_the_other_servers_at_their_restart(hosts: list[Host]) -> None:
    first = with_secret(hosts[:2])
    stale = hosts[1]
    settled(stale, "start")
    stale.wait("readable secret", lambda: readable(stale))
    done = first.sh("/usr/local/bin/k3s secrets-encrypt rotate-keys", timeout=180)
    assert done == (0, "keys rotated, reencryption finished")
    state = status(first)
    assert state["stage"] == "reencrypt_finished"
    assert state["hasherror"].startswith("hash does not match between ")
    assert re.fullmatch(r"AES-CBC aescbckey-.+", state["activekey"])
    assert "inactivekeys" not in state
    assert b"k8s:enc:aescbc:v1:aescbckey-" in stored(first, "kept")
    assert readable(first)
    assert UNREADABLE in stale.kubectl("get secret kept").output
    assert stale.kubectl("get --raw /readyz").output == "ok"
    refused = encrypt(stale, "rotate-keys")
    assert refused.status == 1
    assert re.search(REFUSED, refused.output)
    stale.start()
    stale.wait_active()
    stale.wait("readable secret", lambda: readable(stale))
    assert settled(stale, "reencrypt_finished")["hashmatch"] is True


@pytest.mark.row("encrypt-classic")
def test_prepare_rotate_reencrypt_each_with_a_restart(hosts: list[Host]) -> None:
    first = with_secret(hosts[:1])
    assert encrypt(first, "rotate").status == 1
    for command, stage, text in (("prepare", "prepare", "prepare completed successfully"), ("rotate", "rotate", "rotate completed successfully")):
        assert encrypt(first, command) == (0, text)
        start(first, PASSWORD, **SETTINGS)
        assert settled(first, stage)["inactivekeys"]
    assert encrypt(first, "reencrypt") == (0, "reencryption started")
    state = settled(first, "reencrypt_finished")
    assert state["activekey"] != "AES-CBC aescbckey"
    assert "inactivekeys" not in state
    start(first, PASSWORD, **SETTINGS)
    first.wait("readable secret", lambda: readable(first))


@pytest.mark.row("encrypt-disable")
def test_disabled_and_enabled_again(hosts: list[Host]) -> None:
    first = with_secret(hosts[:1])
    for command, enabled in (("disable", False), ("enable", True)):
        assert encrypt(first, command) == (0, f"secrets-encryption {command}d")
        start(first, PASSWORD, **SETTINGS)
        assert settled(first, "start")["enable"] is enabled
        assert encrypt(first, "reencrypt --force --skip") == (0, "reencryption started")
        first.wait(f"{command}d secret", functools.partial(encrypted, first, "kept", wanted=enabled))
    assert readable(first)
