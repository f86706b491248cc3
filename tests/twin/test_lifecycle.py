# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The years after the installation: upgrade, rotation, killed and repeated, while a prober counts voters and asks the API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.interruptions import Points, killed, lost, watched
from tests.support.prober import Prober
from tests.support.releases import NEW, OLD, older
from tests.support.twin import Twin
from tests.support.virtual_address import ADDRESS, IN_PLANNED_WORK, SERVERS, WHEN_THE_HOLDER_DIES, holders, lose_the_holder

pytestmark = pytest.mark.long
PLAY_KILLED: dict[str, Points] = {
    "upgrade": [("Mark the Node and take no new pods", 0.3), ("Move pods to other nodes", 1.0), ("Restart K3s", 2.0), ("Take pods again", 1.0)],
    "server-token": [("Make the one call", 1.0), ("Restart K3s", 1.0), ("Follow another host", 0.5)],
    "agent-token": [("Put a new agents' token in place", 0.5), ("Restart K3s", 1.0), ("Make the one call", 1.0)],
    "remove": [("Delete its Node", 0.5), ("Put its data aside", 0.2)],
    "join": [("Put the cluster's tokens in place", 0.5)],
}
HOST_LOST: dict[str, Points] = {
    "upgrade": [("Move pods to other nodes", 1.0), ("Restart K3s", 2.0), ("Wait until the Node reports", 0.5)],
    "server-token": [("Restart K3s", 1.0), ("Follow another host", 0.5)],
    "agent-token": [("Follow another host", 0.5), ("Restart K3s", 1.0)],
    "join": [("Start K3s", 3.0)],
}


@pytest.fixture(scope="module")
def twin(dev: Twin) -> Twin:
    """With a cluster of the older release, which the matrix itself refuses because it has ended."""
    done = dev.playbook("site.yml", *older(dev))
    assert done.status == 0, done.tail
    return dev


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where upgrade.yml brings the snapshot from before the upgrade."""
    return tmp_path_factory.mktemp("copies")


def versions(twin: Twin) -> set[str]:
    return set(twin.on("k8s-dev-21", "k3s kubectl get nodes -o jsonpath={.items[*].status.nodeInfo.kubeletVersion}").output.split())


def test_site_refuses_another_version(twin: Twin) -> None:
    done = twin.playbook("site.yml", "--tags", "k3s")
    assert done.status != 0
    assert "run upgrade.yml" in done.output
    assert versions(twin) == {OLD}


def test_check_says_what_would_happen(twin: Twin) -> None:
    done = twin.playbook("playbooks/upgrade.yml", "--check")
    assert done.status == 0, done.tail
    assert f"would bring k8s-dev-21, k8s-dev-22, k8s-dev-23 from {OLD} to {NEW}" in done.said
    assert versions(twin) == {OLD}


def test_upgrade_interrupted(twin: Twin, copies: Path) -> None:
    twin.on("k8s-dev-21", "k3s kubectl create configmap before-the-upgrade")
    upgrade = ("playbooks/upgrade.yml", "-e", f"k3s_snapshot_dir={copies}")
    with watched(twin):
        killed(twin, PLAY_KILLED["upgrade"], *upgrade)
        lost(twin, HOST_LOST["upgrade"], *upgrade)
    assert NEW in versions(twin)


def test_the_next_run_finishes_the_upgrade(twin: Twin) -> None:
    """It begins with the server that does not vote, though that is the last of the inventory: without another one there would be no majority."""
    twin.on("k8s-dev-23", "systemctl stop k3s")
    twin.on("k8s-dev-21", "k3s kubectl wait node/k8s-dev-23 --for=condition=Ready=Unknown --timeout=120s")
    with watched(twin):
        done = twin.playbook("playbooks/upgrade.yml")
    assert done.status == 0, done.tail
    assert versions(twin) == {NEW}
    assert "SchedulingDisabled" not in twin.on("k8s-dev-21", "k3s kubectl get nodes").output
    again = twin.playbook("playbooks/upgrade.yml")
    assert again.status == 0, again.tail
    assert {node: again.recap(node)["changed"] for node in SERVERS} == dict.fromkeys(SERVERS, 0)


def test_every_server_is_restarted_on_purpose(twin: Twin) -> None:
    """A changed setting: one server after the other restarts, each after it gave the virtual address away."""
    for name in SERVERS:
        twin.on(name, "touch /etc/rancher/k3s/config.yaml")
    with Prober(twin, SERVERS, ADDRESS) as prober:
        done = twin.playbook("site.yml", "--tags", "k3s")
    assert done.status == 0, done.tail
    prober.report.assert_majority_kept()
    assert prober.report.longest_gap() <= IN_PLANNED_WORK, prober.report.time_line()
    assert len(holders(twin)) == 1


def test_the_holder_of_the_virtual_address_loses_power(twin: Twin) -> None:
    """Another server takes the address; the lost one comes back by itself, and the run after that finds three voters."""
    with Prober(twin, SERVERS, ADDRESS) as prober:
        holder = lose_the_holder(twin)
        twin.lab("start", holder)
        done = twin.playbook("site.yml")
    assert done.status == 0, done.tail
    prober.report.assert_majority_kept()
    assert 0 < prober.report.longest_gap() <= WHEN_THE_HOLDER_DIES, prober.report.time_line()
    (heir,) = holders(twin)
    assert heir != holder, "the address went back, though nobody needed it to"


@pytest.mark.parametrize("what", ["server-token", "agent-token"])
def test_rotate(twin: Twin, what: str) -> None:
    """Interrupted again and again and repeated, every server ends with the same new token and survives two more restarts."""
    arguments = ("playbooks/rotate.yml", "-e", f"rotate={what}")
    with watched(twin):
        killed(twin, PLAY_KILLED[what], *arguments)
        lost(twin, HOST_LOST[what], *arguments)
        done = twin.playbook(*arguments)
    assert done.status == 0, done.tail
    kind = what.removesuffix("-token").replace("agent", "agent-token").replace("server", "token")
    digests = {twin.on(node, f"sha256sum < /var/lib/rancher/k3s/server/{kind}").output for node in SERVERS}
    assert len(digests) == 1
    for node in SERVERS:
        restarted = twin.on(node, "systemctl restart --no-block k3s")
        assert restarted.status == 0
        settled = twin.playbook("site.yml", "--tags", "k3s,verify")
        assert settled.status == 0, settled.tail


def members(twin: Twin) -> set[str]:
    """Node names of etcd's members, as the last server sees them."""
    rows = twin.on("k8s-dev-23", "curl -sk https://127.0.0.1:6443/db/info").output
    return {row["name"].rpartition("-")[0] for row in json.loads(rows)["members"]}


def test_remove_asks_for_confirmation_and_refuses_to_harm(twin: Twin) -> None:
    assert "repeat the name: -e confirm=k8s-dev-21" in twin.playbook("playbooks/remove.yml", "-e", "node=k8s-dev-21").output
    twin.lab("kill", "k8s-dev-22")
    refused = twin.playbook("playbooks/remove.yml", "-e", "node=k8s-dev-21", "-e", "confirm=k8s-dev-21")
    twin.lab("start", "k8s-dev-22")
    assert refused.status != 0
    assert "fewer than the majority" in refused.said
    settled = twin.playbook("site.yml", "--tags", "k3s,verify")
    assert settled.status == 0, settled.tail
    assert members(twin) == set(SERVERS)


def test_the_first_server_leaves_and_joins_again(twin: Twin) -> None:
    """Interrupted on both ways."""
    leave = ("playbooks/remove.yml", "-e", "node=k8s-dev-21", "-e", "confirm=k8s-dev-21")
    with watched(twin):
        killed(twin, PLAY_KILLED["remove"], *leave)
        done = twin.playbook(*leave)
        assert done.status == 0, done.tail
        assert members(twin) == {"k8s-dev-22", "k8s-dev-23"}
        killed(twin, PLAY_KILLED["join"], "site.yml")
        lost(twin, HOST_LOST["join"], "site.yml")
        again = twin.playbook("site.yml")
    assert again.status == 0, again.tail
    assert members(twin) == set(SERVERS)


def test_a_server_that_is_switched_off(twin: Twin) -> None:
    """What needs it says so, what does not goes on without it, and remove.yml lets it leave. Back with its old disk it joins anew."""
    twin.lab("kill", "k8s-dev-22")
    for needs_all in (("upgrade.yml", "--check"), ("rotate.yml", "-e", "rotate=server-token"), ("rotate.yml", "-e", "rotate=certificates")):
        refused = twin.playbook(f"playbooks/{needs_all[0]}", *needs_all[1:])
        assert refused.status != 0
        assert "k8s-dev-22 was not reached" in refused.said, refused.tail
    listed = twin.playbook("playbooks/backup.yml", "--check")
    assert listed.status == 0, listed.tail
    leave = ("playbooks/remove.yml", "-e", "node=k8s-dev-22", "-e", "confirm=k8s-dev-22")
    with watched(twin):
        done = twin.playbook(*leave)
    assert done.status == 0, done.tail
    assert "It was not reached: make sure that it never starts with its old disk" in done.said
    assert members(twin) == {"k8s-dev-21", "k8s-dev-23"}
    twin.lab("start", "k8s-dev-22")
    refused = twin.playbook("site.yml", "--tags", "host_base,k3s")
    assert "run remove.yml -e node=k8s-dev-22" in refused.said, refused.tail
    put_aside = twin.playbook(*leave)
    assert put_aside.status == 0, put_aside.tail
    again = twin.playbook("site.yml")
    assert again.status == 0, again.tail
    assert members(twin) == set(SERVERS)


def test_a_rebuilt_server_of_the_same_name(twin: Twin) -> None:
    """Its disk is lost: it may not found a cluster of its own, and joins once its old member is removed."""
    twin.on("k8s-dev-21", "systemctl stop k3s; rm -rf /var/lib/rancher /etc/rancher /usr/local/bin/k3s")
    refused = twin.playbook("site.yml", "--tags", "k3s")
    assert "run remove.yml -e node=k8s-dev-21" in refused.said, refused.tail
    done = twin.playbook("playbooks/remove.yml", "-e", "node=k8s-dev-21", "-e", "confirm=k8s-dev-21")
    assert done.status == 0, done.tail
    again = twin.playbook("site.yml")
    assert again.status == 0, again.tail
    assert members(twin) == set(SERVERS)


def test_a_snapshot_brings_back_what_was_deleted(twin: Twin, tmp_path: Path) -> None:
    """Back up, lose an object, restore: it is there again, with three voters, and every server keeps its own snapshots."""
    twin.on("k8s-dev-21", "k3s kubectl create configmap planted --from-literal=a=b")
    twin.on("k8s-dev-22", "k3s etcd-snapshot save --name local")
    saved = twin.playbook("playbooks/backup.yml", "-e", f"k3s_snapshot_dir={tmp_path}")
    assert saved.status == 0, saved.tail
    (copy,) = tmp_path.iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    twin.on("k8s-dev-21", "k3s kubectl delete configmap planted")
    refused = twin.playbook("playbooks/restore.yml", "-e", f"snapshot={copy}")
    assert "-e confirm=dev" in refused.output
    done = twin.playbook("playbooks/restore.yml", "-e", f"snapshot={copy}", "-e", "confirm=dev")
    assert done.status == 0, done.tail
    assert twin.on("k8s-dev-23", "k3s kubectl get configmap planted -o jsonpath={.data.a}").output == "b"
    assert members(twin) == set(SERVERS)
    assert twin.on("k8s-dev-22", "ls /var/lib/rancher/k3s/server/db/snapshots").output.startswith("local-k8s-dev-22-")


def test_the_way_back_from_the_upgrade(twin: Twin, copies: Path) -> None:
    """The snapshot of before, read by the release of its time; docs/runbooks/upgrade.md."""
    twin.on("k8s-dev-21", "k3s kubectl create configmap after-the-upgrade")
    snapshot = min(copies.glob("before-*"))  # a killed run may have saved one of its own
    back = ("playbooks/restore.yml", *older(twin), "-e", f"snapshot={snapshot}")
    asked = twin.playbook(*back, "--check")
    assert asked.status == 0, asked.tail
    assert f"{OLD} would replace the K3s on k8s-dev-21, k8s-dev-22, k8s-dev-23" in asked.said
    assert versions(twin) == {NEW}
    done = twin.playbook(*back, "-e", "confirm=dev")
    assert done.status == 0, done.tail
    assert versions(twin) == {OLD}
    assert members(twin) == set(SERVERS)
    found = twin.on("k8s-dev-22", "k3s kubectl get configmaps -o name").output
    assert "before-the-upgrade" in found
    assert "after-the-upgrade" not in found
