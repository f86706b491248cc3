# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one running server shows: files, HTTP routes by role, members, kubeconfig."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from .host import SERVER, Host

SERVER_LOGIN = "server:contract-server-password-0123456789"
AGENT_LOGIN = "node:contract-agent-password-0123456789"
#: The files that every server shares through the datastore (contract section 2, "boot").
SHARED = 15


@pytest.mark.row("version")
def test_version_has_two_lines(cluster: Host) -> None:
    lines = cluster.out("/usr/local/bin/k3s --version").splitlines()
    assert re.fullmatch(r"k3s version v\d+\.\d+\.\d+\+k3s\d+ \([0-9a-f]{8}\)", lines[0])
    assert re.match(r"go version go\d", lines[1])


@pytest.mark.row("server-files")
def test_files_of_a_server(cluster: Host) -> None:
    ca_hash = cluster.out(f"sha256sum {SERVER}/tls/server-ca.crt").split()[0]
    assert cluster.read(f"{SERVER}/token") == f"K10{ca_hash}::{SERVER_LOGIN}"
    assert cluster.read(f"{SERVER}/agent-token") == f"K10{ca_hash}::{AGENT_LOGIN}"
    assert cluster.out(f"readlink -f {SERVER}/node-token") == f"{SERVER}/token"
    assert {cluster.mode(f"{SERVER}/{name}") for name in ("token", "agent-token", "cred/passwd", "cred/ipsec.psk")} == {"600"}
    assert {cluster.mode(f"{SERVER}{name}") for name in ("", "/cred", "/tls", "/db")} == {"700"}
    rows = sorted(line.split(",")[:2] for line in cluster.read(f"{SERVER}/cred/passwd").splitlines())
    assert ["contract-agent-password-0123456789", "node"] in rows
    assert ["contract-server-password-0123456789", "server"] in rows


@pytest.mark.row("server-files")
def test_token_is_rewritten_at_every_start(cluster: Host) -> None:
    before = cluster.token()
    cluster.out(f"rm {SERVER}/token")
    cluster.start()
    cluster.wait_active()
    assert cluster.token() == before


@pytest.mark.row("cacerts")
def test_cacerts_is_the_ca_file(cluster: Host) -> None:
    assert cluster.get("/cacerts").output == cluster.read(f"{SERVER}/tls/server-ca.crt")


@pytest.mark.row("ping")
def test_ping_needs_no_credentials(cluster: Host) -> None:
    assert cluster.get("/ping") == (200, "pong")


@pytest.mark.row("server-bootstrap")
def test_server_bootstrap_by_role(cluster: Host) -> None:
    route = "/v1-k3s/server-bootstrap"
    answer = cluster.get(route, SERVER_LOGIN)
    files = json.loads(answer.output)
    assert answer.status == 200
    assert len(files) == SHARED
    assert all({"Timestamp", "Content"} <= set(entry) for entry in files.values())
    assert cluster.get(route, "server:wrong").status == 401
    assert cluster.get(route, AGENT_LOGIN).status == 403
    assert cluster.get(route).status == 403


@pytest.mark.row("config-route")
def test_config_by_role(cluster: Host) -> None:
    answer = cluster.get("/v1-k3s/config", AGENT_LOGIN)
    assert answer.status == 200
    assert isinstance(json.loads(answer.output), dict)
    assert cluster.get("/v1-k3s/config", "node:wrong").status == 401
    assert cluster.get("/v1-k3s/config", SERVER_LOGIN).status == 403


@pytest.mark.row("readyz-route")
def test_readyz_by_role(cluster: Host) -> None:
    assert cluster.get("/v1-k3s/readyz", AGENT_LOGIN) == (200, "ok")
    assert cluster.get("/v1-k3s/readyz", "node:wrong").status == 401
    assert cluster.get("/v1-k3s/readyz", SERVER_LOGIN).status == 403


@pytest.mark.row("token-probe")
def test_token_route_tells_the_password_without_data(cluster: Host) -> None:
    assert cluster.get("/v1-k3s/token", SERVER_LOGIN).status == 405
    assert cluster.get("/v1-k3s/token", "server:wrong").status == 401
    assert cluster.get("/v1-k3s/token", AGENT_LOGIN).status == 403
    assert cluster.get("/v1-k3s/token").status == 403


@pytest.mark.row("db-info")
def test_db_info_is_for_loopback(cluster: Host, hosts: list[Host]) -> None:
    (member,) = cluster.members()
    assert member["name"].startswith(cluster.name + "-")
    assert "isLearner" not in member
    assert hosts[1].get("/db/info", host=cluster.address).status == 403


@pytest.mark.row("bootstrap-key")
def test_one_encrypted_bootstrap_key(cluster: Host) -> None:
    script = "printf %s contract-server-password-0123456789 | sha256sum | cut -c1-12"
    range_ = {"key": "L2Jvb3RzdHJhcC8=", "range_end": "L2Jvb3RzdHJhcDA="}  # "/bootstrap/" to "/bootstrap0"
    (entry,) = cluster.etcd("/v3/kv/range", range_)["kvs"]
    name = cluster.out(f"base64 -d <<< {entry['key']}")
    assert name == f"/bootstrap/{cluster.out(script)}"
    assert cluster.sh(f"base64 -d <<< {entry['value']} | grep -c 'PRIVATE KEY'").output == "0"


@pytest.mark.row("voter-condition")
def test_node_tells_that_it_votes(cluster: Host) -> None:
    def node() -> dict[str, t.Any]:
        found = cluster.kubectl(f"get node {cluster.name} -o json")
        return json.loads(found.output) if found.status == 0 else {}

    def condition() -> dict[str, str]:
        conditions = node().get("status", {}).get("conditions", [])
        return next((c for c in conditions if c["type"] == "EtcdIsVoter"), {})

    def labelled() -> bool:
        return "node-role.kubernetes.io/control-plane" in node().get("metadata", {}).get("labels", {})

    # two controllers write them, neither waits for the other
    cluster.wait("EtcdIsVoter condition", lambda: condition().get("status") == "True")
    cluster.wait("label of the control plane", labelled)
    assert condition()["reason"] == "MemberNotLearner"
    meta = node()["metadata"]
    assert meta["labels"]["node-role.kubernetes.io/control-plane"] == "true"
    assert meta["labels"]["node-role.kubernetes.io/etcd"] == "true"
    assert "node-role.kubernetes.io/master" not in meta["labels"]
    assert meta["annotations"]["etcd.k3s.cattle.io/node-name"] == cluster.members()[0]["name"]
    assert meta["annotations"]["etcd.k3s.cattle.io/node-address"] == cluster.address


@pytest.mark.row("apiserver-readyz")
def test_apiserver_readyz(cluster: Host) -> None:
    tls = f"--cert {SERVER}/tls/client-admin.crt --key {SERVER}/tls/client-admin.key"
    assert cluster.get("/readyz").status == 401
    assert cluster.get("/readyz", SERVER_LOGIN).status == 401
    assert cluster.get("/readyz", extra=tls) == (200, "ok")


@pytest.mark.row("kubeconfig")
def test_kubeconfig_is_private_and_rewritten(cluster: Host) -> None:
    path = "/etc/rancher/k3s/k3s.yaml"
    assert cluster.mode(path) == "600"
    assert "current-context: default" in cluster.read(path)
    assert "server: https://127.0.0.1:6443" in cluster.read(path)
    cluster.out(f"rm {path}")
    cluster.start()
    cluster.wait_active()
    assert cluster.kubectl("get --raw /readyz").output == "ok"
