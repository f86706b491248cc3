# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way through site.yml on a twin: refused, killed, repeated, repeated without change, checked, limited."""

from __future__ import annotations

import json

import pytest

from tests.support import figures
from tests.support.twin import Twin

NODES = ("k8s-dev-21", "k8s-dev-22", "k8s-dev-23")
#: Where SIGKILL ends the run, and seconds after that line: VMs are created, the first server starts, the second one joins.
KILLS = (
    ("Create what is missing", 2.0),
    ("Start K3s", 1.0),
    ("Put the cluster's tokens in place", 1.0),
)


def test_an_address_that_answers_is_refused(dev: Twin) -> None:
    """Somebody else already has an address of the matrix, and refuses every connection: no VM is created."""
    dev.inside_run("ip", "addr", "add", "192.168.180.23/32", "dev", "lo")
    try:
        done = dev.playbook("site.yml")
    finally:
        dev.inside_run("ip", "addr", "del", "192.168.180.23/32", "dev", "lo")
    assert done.status != 0
    assert "192.168.180.23, the address of k8s-dev-23, already answers: it refuses connections on port 22" in done.said
    assert dev.hosts() == []


@pytest.mark.parametrize(("task", "seconds"), KILLS)
def test_killed(dev: Twin, task: str, seconds: float) -> None:
    """Each run starts where the last one was killed; none may leave what the next cannot mend."""
    killed = dev.playbook("site.yml", kill_at=rf"TASK \[.*{task}\]", kill_after=seconds)
    assert killed.status < 0, f"the run ended before {task!r}:\n{killed.tail}"


def test_the_next_run_converges(dev: Twin) -> None:
    done = dev.playbook("site.yml")
    assert done.status == 0, done.tail
    assert all(dev.on(node, "systemctl is-active k3s").output == "active" for node in NODES)
    members = json.loads(dev.on(NODES[2], "curl -sk https://127.0.0.1:6443/db/info").output)["members"]
    assert sorted(member["name"].rpartition("-")[0] for member in members) == list(NODES)
    assert not any(member.get("isLearner") for member in members)


def test_a_second_run_changes_nothing(dev: Twin) -> None:
    before = dev.k3s_starts(NODES)
    done = dev.playbook("site.yml", "-vvv")
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in NODES} == dict.fromkeys(NODES, 0)
    assert dev.k3s_starts(NODES) == before
    counted = figures.count(done.output)
    assert counted.most("k3s") <= 12, counted.executions["k3s"]
    assert counted.tasks["k3s"] <= 40 * len(NODES)
    assert counted.most("host_base") <= 20, counted.executions["host_base"]
    assert counted.most("api_vip") <= 5, counted.executions["api_vip"]


def test_check_mode_after_the_build(dev: Twin) -> None:
    before = dev.k3s_starts(NODES)
    done = dev.playbook("site.yml", "--check", "--diff")
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in NODES} == dict.fromkeys(NODES, 0)
    assert dev.k3s_starts(NODES) == before


def test_one_node_by_limit(dev: Twin) -> None:
    done = dev.playbook("site.yml", "--limit", NODES[1])
    assert done.status == 0, done.tail
    assert done.recap(NODES[1])["changed"] == 0
