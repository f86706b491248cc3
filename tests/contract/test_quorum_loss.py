# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the servers that are left do when the quorum is lost while they run (k3s-contract 4 and 9)."""

from __future__ import annotations

import json

import pytest

from .host import Host

pytestmark = pytest.mark.long

PASSWORD = "quorum-server-password-0123456789"


def leaseholders(host: Host) -> dict[str, str]:
    """Names of the hosts that hold the leases of controllers, by lease."""
    items = json.loads(host.kubectl("-n kube-system get leases -o json").output)["items"]
    found = {item["metadata"]["name"]: str(item["spec"].get("holderIdentity", "")) for item in items}
    return {name: holder.split("_")[0].split(".")[0] for name, holder in found.items() if holder and not name.startswith("apiserver-")}


@pytest.fixture
def servers(hosts: list[Host]) -> list[Host]:
    """Three servers without agents, all leases with the first one or wherever they are."""
    first = hosts[0]
    for host in hosts:
        where = {"cluster_init": True} if host is first else {"server": f"https://{first.address}:6443"}
        host.configure(disable_agent=True, node_name=host.name, token=PASSWORD, **where)
        host.start()
        host.wait_active()
    first.wait("three voters", lambda: first.voters() == 3)
    first.wait("lease of the controllers", lambda: "kube-controller-manager" in leaseholders(first))
    return hosts


def leave_only(survivor: Host, servers: list[Host]) -> None:
    for host in servers:
        if host is not survivor:
            host.sh("systemctl kill --kill-whom=all --signal=KILL k3s & systemctl stop k3s")


@pytest.mark.row("quorum-lost-holder")
def test_the_holder_of_a_lease_exits(servers: list[Host]) -> None:
    holder = leaseholders(servers[0])["kube-controller-manager"]
    survivor = next(host for host in servers if host.name == holder)
    leave_only(survivor, servers)
    survivor.wait("exit of k3s", lambda: survivor.out("systemctl show k3s -P NRestarts") != "0")
    assert "leaderelection lost" in survivor.journal()
    assert survivor.out("systemctl show k3s -P ExecMainStatus") in ("0", "1")
    assert "status=1/FAILURE" in survivor.journal()


@pytest.mark.row("quorum-lost-others")
def test_a_server_without_a_lease_stays_up_and_its_api_hangs(servers: list[Host]) -> None:
    holders = set(leaseholders(servers[0]).values())
    idle = [host for host in servers if host.name not in holders]
    if not idle:
        pytest.skip("every server holds a lease")
    survivor = idle[-1]
    leave_only(survivor, servers)
    survivor.out("sleep 45")
    assert survivor.out("systemctl show k3s -P NRestarts") == "0"
    assert survivor.active()
    assert survivor.get("/ping").status == 200
    assert survivor.get("/v1-k3s/readyz", f"node:{PASSWORD}").status == 200
    assert survivor.kubectl("get --raw /api/v1/namespaces").status != 0
    assert json.loads(survivor.out("curl -s http://127.0.0.1:2381/health"))["health"] == "false"
