# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole way through site.yml on a twin: killed, repeated, repeated without change, checked, limited; then every operation's short path."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.support import figures, virtual_address
from tests.support.prober import Prober
from tests.support.twin import Twin

NODES = ("k8s-dev-21", "k8s-dev-22", "k8s-dev-23")
#: Where SIGKILL ends the run, and seconds after that line: VMs are created, the first server starts, the second one joins.
KILLS = (
    ("Create what is missing", 2.0),
    ("Start K3s", 1.0),
    ("Put the cluster's tokens in place", 1.0),
)
#: Operations that find nothing to do.
IDLE = ("upgrade.yml", "rotate.yml -e rotate=certificates", "backup.yml --check")
#: The most remote executions that one of them may cost a server.
IDLE_EXECUTIONS = 12
#: Operations that only say what they would do.
ASKED = (
    ("rotate.yml -e rotate=server-token --check", "Would begin with: rotate on k8s-dev-21"),
    ("remove.yml -e node=k8s-dev-21 --check", "k8s-dev-21 may leave through"),
)
#: Operations that touch nothing before they were asked rightly, and what they ask for.
REFUSED = (
    ("rotate.yml -e rotate=everything", "-e rotate=... names one of"),
    ("remove.yml -e node=k8s-dev-21", "-e confirm=k8s-dev-21"),
    ("restore.yml -e snapshot=/etc/hostname", "-e confirm=dev"),
    ("drill.yml -e snapshot=/etc/hostname", "nothing was touched"),
    ("reset.yml", "-e confirm=dev"),
)


def starts(dev: Twin) -> list[str]:
    """When K3s was last started on each node."""
    return [dev.on(node, "systemctl show k3s --property ActiveEnterTimestampMonotonic --property NRestarts").output for node in NODES]


def test_an_address_that_answers_is_refused(dev: Twin) -> None:
    """Somebody else already has an address of the matrix, and refuses every connection: no VM is created."""
    dev.inside_run("ip", "addr", "add", "192.168.180.23/32", "dev", "lo")
    try:
        done = dev.playbook("site.yml")
    finally:
        dev.inside_run("ip", "addr", "del", "192.168.180.23/32", "dev", "lo")
    assert done.status != 0
    assert "192.168.180.23, the address of k8s-dev-23, already answers: it refuses connections on port 22" in " ".join(done.output.split())
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
    before = starts(dev)
    done = dev.playbook("site.yml", "-vvv")
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in NODES} == dict.fromkeys(NODES, 0)
    assert starts(dev) == before
    counted = figures.count(done.output)
    assert counted.most("k3s") <= 12, counted.executions["k3s"]
    assert counted.tasks["k3s"] <= 40 * len(NODES)
    assert counted.most("host_base") <= 20, counted.executions["host_base"]
    assert counted.most("api_vip") <= 5, counted.executions["api_vip"]


def test_check_mode_after_the_build(dev: Twin) -> None:
    before = starts(dev)
    done = dev.playbook("site.yml", "--check", "--diff")
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in NODES} == dict.fromkeys(NODES, 0)
    assert starts(dev) == before


def test_one_node_by_limit(dev: Twin) -> None:
    done = dev.playbook("site.yml", "--limit", NODES[1])
    assert done.status == 0, done.tail
    assert done.recap(NODES[1])["changed"] == 0


def test_a_backup_is_brought_here(dev: Twin, tmp_path: Path) -> None:
    done = dev.playbook("playbooks/backup.yml", "-e", f"k3s_snapshot_dir={tmp_path}")
    assert done.status == 0, done.tail
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_the_servers_token_is_rotated(dev: Twin) -> None:
    with Prober(dev, virtual_address.SERVERS, virtual_address.ADDRESS) as prober:
        done = dev.playbook("playbooks/rotate.yml", "-e", "rotate=server-token")
    assert done.status == 0, done.tail
    prober.report.assert_majority_kept()
    assert len({dev.on(node, "sha256sum < /var/lib/rancher/k3s/server/token").output for node in NODES}) == 1


@pytest.mark.parametrize("run", IDLE)
def test_an_operation_with_nothing_to_do(dev: Twin, run: str) -> None:
    before = starts(dev)
    playbook, *arguments = run.split()
    done = dev.playbook(f"playbooks/{playbook}", *arguments, "-vvv")
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in NODES} == dict.fromkeys(NODES, 0)
    assert starts(dev) == before
    counted = figures.count(done.output).of_each_host()
    assert max(counted.values()) <= IDLE_EXECUTIONS, counted


@pytest.mark.parametrize(("run", "said"), ASKED)
def test_an_operation_that_is_only_asked(dev: Twin, run: str, said: str) -> None:
    before = starts(dev)
    playbook, *arguments = run.split()
    done = dev.playbook(f"playbooks/{playbook}", *arguments)
    assert done.status == 0, done.tail
    assert said in " ".join(done.output.split())
    assert starts(dev) == before


@pytest.mark.parametrize(("run", "asked"), REFUSED)
def test_an_operation_that_nobody_asked_for_rightly(dev: Twin, run: str, asked: str) -> None:
    before = starts(dev)
    playbook, *arguments = run.split()
    done = dev.playbook(f"playbooks/{playbook}", *arguments)
    assert done.status != 0
    assert asked in " ".join(done.output.split()), done.tail
    assert starts(dev) == before


def test_the_holder_of_the_virtual_address_loses_power(dev: Twin) -> None:
    """Another server takes the address; the lost one comes back by itself, and the run after that finds three voters."""
    (holder,) = virtual_address.holders(dev)
    with Prober(dev, virtual_address.SERVERS, virtual_address.ADDRESS) as prober:
        time.sleep(3)
        dev.lab("kill", holder)
        time.sleep(virtual_address.WHEN_THE_HOLDER_DIES + 5)
        dev.lab("start", holder)
        done = dev.playbook("site.yml")
    assert done.status == 0, done.tail
    prober.report.assert_majority_kept()
    assert 0 < prober.report.longest_gap() <= virtual_address.WHEN_THE_HOLDER_DIES, prober.report.time_line()
    (heir,) = virtual_address.holders(dev)
    assert heir != holder, "the address went back, though nobody needed it to"
