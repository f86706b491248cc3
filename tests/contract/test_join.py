# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How servers and agents join, and how a join is refused."""

from __future__ import annotations

import json

import pytest

from .host import SERVER, Host

pytestmark = pytest.mark.long

PASSWORD = "join-server-password-0123456789"
AGENT_PASSWORD = "join-agent-password-0123456789ab"
REFUSED = "preparing server: failed to bootstrap cluster data"


@pytest.fixture
def first(hosts: list[Host]) -> Host:
    """A running first server without an agent of its own."""
    host = hosts[0]
    host.configure(cluster_init=True, disable_agent=True, node_name=host.name, token=PASSWORD, agent_token=AGENT_PASSWORD)
    host.start()
    host.wait_active()
    return host


def joining(host: Host, first: Host, **settings: object) -> Host:
    defaults = {"server": f"https://{first.address}:6443", "disable_agent": True, "node_name": host.name, "agent_token": AGENT_PASSWORD}
    host.configure(**{**defaults, "token": first.token(), **settings})
    return host


def no_data(host: Host) -> bool:
    return not host.exists(f"{SERVER}/db/etcd/member")


@pytest.mark.row("join")
@pytest.mark.row("learner")
def test_second_and_third_server_learn_then_vote(first: Host, hosts: list[Host]) -> None:
    seen = []

    def votes() -> bool:
        members = first.members()
        seen.append([bool(member.get("isLearner")) for member in members])
        return sum(not learner for learner in seen[-1]) == 3

    for host in hosts[1:]:
        joining(host, first).start()
    first.wait("three voters", votes)
    assert any(any(state) for state in seen), "no learner was ever seen"
    assert max(sum(state) for state in seen) == 1, "more than one learner at a time"
    for host in hosts[1:]:
        host.wait_active()
        assert host.get("/cacerts").output == first.read(f"{SERVER}/tls/server-ca.crt")
        assert host.password() == PASSWORD


@pytest.mark.row("join-wrong-password")
def test_wrong_password_is_refused(first: Host, hosts: list[Host]) -> None:
    result = joining(hosts[1], first, token="wrong-password-0123456789abcdef").foreground("server")
    assert result.status == 1
    assert f"{REFUSED}: not authorized" in result.output
    assert no_data(hosts[1])


@pytest.mark.row("join-wrong-hash")
def test_another_ca_is_refused(first: Host, hosts: list[Host]) -> None:
    result = joining(hosts[1], first, token=f"K10{'0' * 64}::server:{PASSWORD}").foreground("server")
    assert result.status == 1
    assert "token CA hash does not match the Cluster CA certificate hash" in result.output
    assert no_data(hosts[1])


@pytest.mark.row("join-mismatch")
def test_another_critical_value_is_named(first: Host, hosts: list[Host]) -> None:
    result = joining(hosts[1], first, cluster_cidr="10.99.0.0/16").foreground("server")
    assert result.status == 1
    assert "critical configuration mismatched: cluster-cidr" in result.output
    assert "critical configuration value mismatch between servers" in result.output
    assert no_data(hosts[1])


@pytest.mark.row("join-duplicate")
def test_a_members_node_name_is_refused(first: Host, hosts: list[Host]) -> None:
    result = joining(hosts[1], first, node_name=first.name).foreground("server")
    assert result.status == 0
    assert "etcd cluster join failed: duplicate node name found, please use a unique name for this node" in result.output
    assert first.voters() == 1


@pytest.mark.row("no-quorum-start")
def test_no_ready_without_quorum(first: Host, hosts: list[Host]) -> None:
    joining(hosts[1], first).start()
    first.wait("two voters", lambda: first.voters() == 2)
    hosts[1].wait_active()
    for host in (hosts[1], first):
        host.sh("systemctl kill --signal=KILL k3s; systemctl stop k3s")
    first.start()
    first.wait("supervisor", lambda: first.get("/ping").status == 200)
    assert first.sh("sleep 15; systemctl is-active k3s").output != "active"
    assert first.get("/v1-k3s/readyz", f"node:{AGENT_PASSWORD}").status == 503


@pytest.mark.row("agent-wrong-token")
def test_agent_with_a_wrong_token_keeps_trying(first: Host, hosts: list[Host]) -> None:
    hosts[1].configure(server=f"https://{first.address}:6443", token="wrong-password-0123456789abcdef", node_name=hosts[1].name)
    assert hosts[1].foreground("agent", 20).status == 124


@pytest.mark.row("agent-join")
def test_agent_joins_with_the_agent_token(first: Host, hosts: list[Host]) -> None:
    agent = hosts[1]
    agent.configure(server=f"https://{first.address}:6443", token=first.read(f"{SERVER}/agent-token"), node_name=agent.name)
    agent.start("agent")
    first.wait("node of the agent", lambda: first.kubectl(f"get node {agent.name}").status == 0)
    labels = json.loads(first.kubectl(f"get node {agent.name} -o json").output)["metadata"]["labels"]
    assert "node-role.kubernetes.io/control-plane" not in labels
