# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server leaves the cluster and comes back, and the password of its Node (k3s-contract 2 and 4)."""

from __future__ import annotations

import json
import typing as t
from functools import partial

import pytest

from .host import CONFIG, SERVER, Host

pytestmark = pytest.mark.long

PASSWORD = "removal-server-password-012345678"
REMOVED = "restart k3s to rejoin the cluster"
REJOIN = "tombstone file has been detected, removing"
ANNOTATION = "etcd.k3s.cattle.io/remove=true"


def member_of(first: Host, host: Host) -> str:
    """Name of the member of a host; empty when it has none."""
    return next((str(member["name"]) for member in first.members() if member["name"].startswith(f"{host.name}-")), "")


def node(first: Host, host: Host) -> dict[str, t.Any]:
    answer = first.kubectl(f"get node {host.name} -o json")
    return t.cast("dict[str, t.Any]", json.loads(answer.output)) if answer.status == 0 else {}


def managed(first: Host, host: Host) -> bool:
    return "wrangler.cattle.io/managed-etcd-controller" in node(first, host).get("metadata", {}).get("finalizers", [])


def configure(host: Host, first: Host | None) -> None:
    where = {"server": f"https://{first.address}:6443"} if first else {"cluster_init": True}
    host.configure(node_name=host.name, token=PASSWORD, **where)


def cluster_of(*servers: Host) -> Host:
    """Servers with Nodes, the first of which is the first server."""
    first = servers[0]
    for host in servers:
        configure(host, None if host is first else first)
        host.start()
        host.wait_active()
    first.wait("voters", lambda: first.voters() == len(servers))
    for host in servers:
        first.wait(f"node {host.name}", partial(managed, first, host))
    return first


def kill(host: Host) -> None:
    host.sh("systemctl kill --kill-whom=all --signal=KILL k3s; systemctl stop k3s")


def delete(first: Host, host: Host) -> None:
    assert first.kubectl(f"delete node {host.name} --wait=false").status == 0


@pytest.mark.row("remove-delete")
@pytest.mark.row("remove-rejoin")
def test_deleting_a_node_removes_its_member_and_a_restart_rejoins(hosts: list[Host]) -> None:
    second = hosts[1]
    first = cluster_of(*hosts[:2])
    before = member_of(first, second)
    delete(first, second)
    first.wait("member gone", lambda: not member_of(first, second))
    second.wait("notice of the removal", lambda: REMOVED in second.journal())
    assert second.exists(f"{SERVER}/db/etcd/tombstone")
    second.out("sleep 20")
    assert second.out("systemctl show k3s -P NRestarts") == "0"
    assert second.active()
    assert second.get("/ping").status == 200
    assert second.get("/v1-k3s/readyz", f"node:{PASSWORD}").status == 200
    assert second.get("/db/info").status == 500
    second.start()
    second.wait_active()
    assert REJOIN in second.journal()
    assert second.sh(f"ls -d {SERVER}/db/etcd-backup-*").status == 0
    first.wait("second voter", lambda: first.voters() == 2)
    assert member_of(first, second) not in ("", before)
    first.wait("node back", lambda: managed(first, second))


@pytest.mark.row("remove-annotation")
@pytest.mark.row("remove-alone")
def test_annotated_nodes_stay_and_without_a_server_a_new_cluster_starts(hosts: list[Host]) -> None:
    second = hosts[1]
    first = cluster_of(*hosts[:2])
    before = member_of(first, second)
    assert first.kubectl(f"annotate node {second.name} {ANNOTATION}").status == 0
    first.wait("member gone", lambda: not member_of(first, second))
    first.wait("note on the node", lambda: node(first, second)["metadata"]["annotations"].get("etcd.k3s.cattle.io/removed-node-name") == before)
    assert node(first, second)["metadata"]["labels"]["node-role.kubernetes.io/etcd"] == "true"
    second.wait("notice of the removal", lambda: REMOVED in second.journal())
    configure(second, None)
    second.start()
    second.wait_active()
    assert [member["name"].rsplit("-", 1)[0] for member in second.members()] == [second.name]
    assert first.voters() == 1


@pytest.mark.row("remove-down")
def test_removed_while_down_it_hangs_until_its_data_is_gone(hosts: list[Host]) -> None:
    second = hosts[1]
    first = cluster_of(*hosts)
    kill(second)
    delete(first, second)
    first.wait("member gone", lambda: first.voters() == 2 and not node(first, second))
    second.start()
    # A peer that tells etcd of its removal before it listens ends the process; the start after that hangs.
    second.wait("its complaint", lambda: "Failed to test etcd connection" in second.journal_of_this_start())
    process = second.out("systemctl show k3s -P MainPID")
    second.out("sleep 15")
    assert not second.active()
    assert second.out("systemctl show k3s -P MainPID") == process, "it ended instead of hanging"
    kill(second)
    second.out(f"rm -rf {SERVER}/db/etcd")
    second.start()
    second.wait_active()
    first.wait("third voter", lambda: first.voters() == 3)
    first.wait("node back", lambda: managed(first, second))


@pytest.mark.row("remove-refused")
def test_a_removal_that_would_cost_quorum_waits(hosts: list[Host]) -> None:
    second, third = hosts[1:]
    first = cluster_of(*hosts)
    kill(third)
    delete(first, second)
    first.out("sleep 25")
    assert node(first, second)["metadata"]["deletionTimestamp"]
    assert member_of(first, second)
    third.start()
    third.wait_active()
    first.wait("member gone", lambda: first.voters() == 2 and not member_of(first, second))


@pytest.mark.row("remove-refused")
def test_the_last_voter_stays_terminating(hosts: list[Host]) -> None:
    first = cluster_of(hosts[0])
    delete(first, first)
    first.wait("its complaint", lambda: "re-configuration failed due to not enough started members" in first.journal())
    assert node(first, first)["metadata"]["deletionTimestamp"]
    assert first.voters() == 1


@pytest.mark.row("node-password")
def test_the_password_of_a_node_belongs_to_it(hosts: list[Host]) -> None:
    first, agent, _ = hosts
    cluster_of(first)
    name = f"{agent.name}.node-password.k3s"

    def secret() -> dict[str, t.Any]:
        answer = first.kubectl(f"-n kube-system get secret {name} -o json")
        return t.cast("dict[str, t.Any]", json.loads(answer.output)) if answer.status == 0 else {}

    agent.configure(server=f"https://{first.address}:6443", token=first.token(), node_name=agent.name)
    agent.start("agent")
    first.wait("node of the agent", lambda: bool(node(first, agent)))
    first.wait("owner of the password", lambda: bool(secret().get("metadata", {}).get("ownerReferences")))
    assert agent.mode("/etc/rancher/node/password") == "600"
    assert agent.out("grep -cxE '[0-9a-f]{32}' /etc/rancher/node/password") == "1"
    assert (secret()["type"], secret()["immutable"]) == ("k3s.cattle.io/node-password", True)
    (owner,) = secret()["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("Node", node(first, agent)["metadata"]["uid"])
    agent.stop()
    agent.write("/etc/rancher/node/password", "f" * 32 + "\n")
    agent.start("agent")
    agent.wait("refusal", lambda: "node password rejected" in agent.journal())
    assert agent.sh("sleep 10; systemctl is-active k3s").output == "activating"
    assert agent.out("systemctl show k3s -P NRestarts") == "0"
    assert agent.exists(CONFIG)
    before = secret()["metadata"]["uid"]
    delete(first, agent)
    agent.wait_active()
    assert secret()["metadata"]["uid"] != before, "the old password did not go with its node"
