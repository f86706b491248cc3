# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``k3s server --cluster-reset``, with and without a snapshot to restore (k3s-contract 6)."""

from __future__ import annotations

import json
import re

import pytest

from .host import SERVER, Host, Result
from .test_snapshots import SNAPSHOTS, saved

pytestmark = pytest.mark.long

PASSWORD = "reset-server-password-0123456789"
FLAG = f"{SERVER}/db/reset-flag"
DONE = (
    "Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. "
    "Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes"
)
BEFORE = "Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally."
OTHER_TOKEN = "bootstrap data already found and encrypted with different token"


def configure(host: Host, **settings: object) -> None:
    host.configure(**{"cluster_init": True, "disable_agent": True, "node_name": host.name, "token": PASSWORD, **settings})


@pytest.fixture
def first(hosts: list[Host]) -> Host:
    """A running server without an agent, with something to find again."""
    host = hosts[0]
    configure(host)
    host.start()
    host.wait_active()
    assert host.kubectl("create configmap planted --from-literal=when=before").status == 0
    return host


def join(host: Host, first: Host) -> None:
    host.configure(server=f"https://{first.address}:6443", disable_agent=True, node_name=host.name, token=PASSWORD)
    host.start()


def reset(host: Host, arguments: str = "", environment: str = "") -> Result:
    return host.sh(f"cd /run; {environment} timeout -k 5 120 /usr/local/bin/k3s server --cluster-reset {arguments}", timeout=140)


def restore(host: Host, path: str, environment: str = "") -> Result:
    return reset(host, f"--cluster-reset-restore-path={path}", environment)


def folders(host: Host, pattern: str) -> list[str]:
    return host.sh(f"ls -d {SERVER}/{pattern} 2>/dev/null").output.split()


def planted(host: Host) -> str:
    answer = host.kubectl("get configmap planted -o json")
    return json.loads(answer.output)["data"]["when"] if answer.status == 0 else ""


def moved(host: Host, snapshot: str, target: Host) -> str:
    """Copy a snapshot to another host; its path there."""
    path = f"/var/tmp/{snapshot.rsplit('/', 1)[-1]}"
    encoded = host.out(f"gzip -c {snapshot} | base64 -w0")
    target.out(f"base64 -d <<< {encoded} | gunzip > {path}")
    return path


@pytest.mark.row("reset")
def test_reset_leaves_one_member_with_a_new_name(first: Host, hosts: list[Host]) -> None:
    join(hosts[1], first)
    first.wait("two voters", lambda: first.voters() == 2)
    before = first.read(f"{SERVER}/db/etcd/name")
    hosts[1].stop()
    first.stop()
    result = reset(first)
    assert result.status == 0
    assert DONE in result.output
    assert first.exists(FLAG)
    assert first.mode(FLAG) == "600"
    assert len(folders(first, "tls-[0-9]*")) == 1
    assert folders(first, "db/etcd-old-*") == []
    again = reset(first)
    assert again.status == 1
    assert BEFORE in again.output
    assert f"you must first manually delete the file at {FLAG}" in again.output
    first.start()
    first.wait_active()
    (member,) = first.members()
    assert member["name"] != before
    assert re.fullmatch(rf"{first.name}-[0-9a-f]{{8}}", member["name"])
    assert member["peerURLs"] == [f"https://{first.address}:2380"]
    assert planted(first) == "before"
    first.wait("reset flag gone", lambda: not first.exists(FLAG))


@pytest.mark.row("reset-refused")
def test_what_a_reset_refuses(first: Host) -> None:
    first.stop()
    configure(first, server="https://192.0.2.1:6443")
    result = reset(first)
    assert result.status == 1
    assert "cannot perform cluster-reset while server URL is set - remove server from configuration before resetting" in result.output
    configure(first)
    result = first.foreground("server --cluster-reset-restore-path=/run/x")
    assert result.status == 1
    assert "invalid flag use; --cluster-reset required with --cluster-reset-restore-path" in result.output
    for path, text in (
        ("/run/nowhere", "etcd: snapshot path does not exist: /run/nowhere"),
        ("/run", "etcd: snapshot path must be a file, not a directory: /run"),
    ):
        result = restore(first, path)
        assert result.status == 1
        assert text in result.output
    first.start()
    first.wait_active()
    assert planted(first) == "before"


@pytest.mark.row("restore")
def test_restore_brings_back_what_the_snapshot_had(first: Host) -> None:
    name = saved(first)
    assert first.kubectl("delete configmap planted").status == 0
    ca = first.read(f"{SERVER}/tls/server-ca.crt")
    first.stop()
    result = restore(first, f"{SNAPSHOTS}/{name}")
    assert result.status == 0
    assert DONE in result.output
    assert len(folders(first, "db/etcd-old-*")) == 1
    assert len(folders(first, "tls-[0-9]*")) == 1
    assert restore(first, f"{SNAPSHOTS}/{name}").status == 0, "a restore does not care about the flag"
    first.start()
    first.wait_active()
    assert planted(first) == "before"
    assert first.voters() == 1
    assert first.read(f"{SERVER}/tls/server-ca.crt") == ca
    assert first.exists(f"{SNAPSHOTS}/{name}")


@pytest.mark.row("restore-zip")
def test_a_compressed_snapshot_is_restored(first: Host) -> None:
    name = saved(first, "--snapshot-compress")
    assert name.endswith(".zip")
    first.stop()
    assert DONE in restore(first, f"{SNAPSHOTS}/{name}").output
    first.start()
    first.wait_active()
    assert planted(first) == "before"


@pytest.mark.row("restore-truncated")
def test_a_truncated_snapshot_is_refused(first: Host) -> None:
    name = saved(first)
    first.stop()
    first.out(f"truncate -s -512 {SNAPSHOTS}/{name}")
    result = restore(first, f"{SNAPSHOTS}/{name}")
    assert result.status == 1
    assert "expected sha256" in result.output
    first.out(f"sleep 1; truncate -s -32 {SNAPSHOTS}/{name}")
    result = restore(first, f"{SNAPSHOTS}/{name}")
    assert result.status == 1
    assert "snapshot missing hash" in result.output


@pytest.mark.row("restore-token")
def test_a_fresh_host_needs_the_token_itself(first: Host, hosts: list[Host]) -> None:
    fresh = hosts[1]
    path = moved(first, f"{SNAPSHOTS}/{saved(first)}", fresh)
    ca = first.read(f"{SERVER}/tls/server-ca.crt")
    missing = f"{SERVER}/token does not exist, please pass --token to complete the restoration"
    fresh.write("/run/secret", PASSWORD)
    settings: dict[str, str]
    for settings in ({"token_file": "/run/secret"}, {}):
        fresh.configure(cluster_init=True, disable_agent=True, node_name=fresh.name, **settings)
        result = restore(fresh, path)
        assert result.status == 1
        assert missing in result.output
    wrong = restore(fresh, path, "K3S_TOKEN=wrong-password-0123456789abcdef")
    assert wrong.status == 1
    assert f'level=fatal msg="{OTHER_TOKEN}"' in wrong.output
    fresh.configure(cluster_init=True, disable_agent=True, node_name=fresh.name, token_file="/run/secret")
    right = restore(fresh, path, f"K3S_TOKEN={PASSWORD}")
    assert right.status == 0
    assert DONE in right.output
    first.stop()
    fresh.start()
    fresh.wait_active()
    assert planted(fresh) == "before"
    assert fresh.password() == PASSWORD
    assert fresh.read(f"{SERVER}/tls/server-ca.crt") == ca
    assert [member["peerURLs"] for member in fresh.members()] == [[f"https://{fresh.address}:2380"]]


@pytest.mark.row("restore-token")
def test_a_wrong_token_is_noticed_after_the_swap_and_can_be_repeated(first: Host) -> None:
    name = saved(first)
    first.stop()
    configure(first, token="wrong-password-0123456789abcdef")
    result = restore(first, f"{SNAPSHOTS}/{name}")
    assert result.status == 1
    assert OTHER_TOKEN in result.output
    assert len(folders(first, "db/etcd-old-*")) == 1
    configure(first)
    assert restore(first, f"{SNAPSHOTS}/{name}").status == 0
    first.start()
    first.wait_active()
    assert planted(first) == "before"


@pytest.mark.row("reset-peers")
def test_peers_rejoin_after_losing_their_etcd_data(first: Host, hosts: list[Host]) -> None:
    for host in hosts[1:]:
        join(host, first)
    first.wait("three voters", lambda: first.voters() == 3)
    name = saved(first)
    for host in reversed(hosts):
        host.stop()
    assert DONE in restore(first, f"{SNAPSHOTS}/{name}").output
    first.start()
    first.wait_active()
    wiped, unwiped = hosts[1:]
    unwiped.start()
    wiped.out(f"rm -rf {SERVER}/db/etcd")
    wiped.start()
    wiped.wait_active()
    first.wait("two voters", lambda: first.voters() == 2)
    unwiped.wait("its complaint", lambda: "Failed to test etcd connection" in unwiped.journal())
    assert not unwiped.active()
    assert unwiped.out("systemctl show k3s -P NRestarts") == "0"
    unwiped.out(f"systemctl kill --signal=KILL k3s; systemctl stop k3s; rm -rf {SERVER}/db/etcd")
    unwiped.start()
    unwiped.wait_active()
    first.wait("three voters", lambda: first.voters() == 3)
