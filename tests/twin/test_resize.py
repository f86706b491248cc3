# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes get another size: told by every run, changed only by resize.yml, one node after the other while the API answers."""

from __future__ import annotations

import shutil
import typing as t
from pathlib import Path

import pytest

from tests.support import virtual_address
from tests.support.prober import Prober
from tests.support.twin import CHECKOUT, Twin, last_named, raised

pytestmark = pytest.mark.long
SERVERS = {f"k8s-dev-{number}": f"192.168.180.{number}" for number in (21, 22, 23)}
SIZE = "dev: {vcpus: 4, memory_gb: 12, disk_gb: 384}"


class Site:
    """A copy of the eNeG site whose development nodes have the size that it is told."""

    def __init__(self, folder: Path) -> None:
        self.inventory = folder / "dev"
        self.matrix = folder / "matrix.yml"
        shutil.copytree(CHECKOUT / "inventories" / "dev", self.inventory)
        for name in ("matrix.yml", "versions.lock.yml"):
            shutil.copy(CHECKOUT / "inventories" / name, folder)

    def size(self, vcpus: int, memory_gb: int, disk_gb: int) -> None:
        text = (CHECKOUT / "inventories" / "matrix.yml").read_text(encoding="utf-8")
        assert SIZE in text
        self.matrix.write_text(text.replace(SIZE, f"dev: {{vcpus: {vcpus}, memory_gb: {memory_gb}, disk_gb: {disk_gb}}}"), encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def twin(site: Site) -> t.Iterator[Twin]:
    with raised("test-resize", str(site.inventory)) as found:
        done = found.playbook("site.yml", inventory=str(site.inventory))
        assert done.status == 0, done.tail
        yield found


def boots(twin: Twin) -> dict[str, str]:
    return {name: twin.on(name, "cat /proc/sys/kernel/random/boot_id").output for name in SERVERS}


def test_nothing_differs(twin: Twin, site: Site) -> None:
    done = twin.playbook("playbooks/resize.yml", "--check", inventory=str(site.inventory))
    assert done.status == 0, done.tail
    assert "Every node has its size; nothing to do." in done.output


def test_a_difference_is_told_and_left_alone(twin: Twin, site: Site) -> None:
    site.size(6, 13, 400)
    before = boots(twin)
    done = twin.playbook("site.yml", inventory=str(site.inventory))
    assert done.status == 0, done.tail
    assert "vCPUs: 4, wanted 6" in done.output
    checked = twin.playbook("playbooks/resize.yml", "--check", inventory=str(site.inventory))
    assert checked.status == 0, checked.tail
    assert "resize.yml would stop, resize and start k8s-dev-21, k8s-dev-22, k8s-dev-23" in checked.output
    assert boots(twin) == before


def test_a_disk_that_would_shrink_is_refused(twin: Twin, site: Site) -> None:
    site.size(4, 12, 300)
    done = twin.playbook("playbooks/resize.yml", inventory=str(site.inventory))
    assert done.status != 0
    assert "disks are never shrunk" in done.output
    assert "nothing was touched" in done.output


def test_a_server_that_does_not_vote_keeps_the_others_running(twin: Twin, site: Site) -> None:
    site.size(6, 13, 400)
    twin.on("k8s-dev-23", "systemctl stop k3s")
    before = boots(twin)
    done = twin.playbook("playbooks/resize.yml", inventory=str(site.inventory))
    assert done.status != 0
    assert "k8s-dev-23 is not a healthy voter" in done.output
    assert boots(twin) == before
    assert twin.on("k8s-dev-23", "systemctl start k3s").status == 0


def test_only_the_named_node_first(twin: Twin, site: Site) -> None:
    before = boots(twin)
    done = twin.playbook("playbooks/resize.yml", "-e", "resize_nodes=k8s-dev-22", inventory=str(site.inventory))
    assert done.status == 0, done.tail
    assert [name for name, boot in boots(twin).items() if boot != before[name]] == ["k8s-dev-22"]


def test_an_interrupted_run_is_repeated_and_the_others_keep_the_majority(twin: Twin, site: Site) -> None:
    with Prober(twin, SERVERS, virtual_address.ADDRESS) as prober:
        cut = twin.playbook("playbooks/resize.yml", inventory=str(site.inventory), kill_at="Shut it down, give it its size, start it")
        assert cut.status < 0, cut.tail
        assert last_named(cut.output) in SERVERS
        done = twin.playbook("playbooks/resize.yml", inventory=str(site.inventory))
    assert done.status == 0, done.tail
    prober.report.assert_majority_kept()
    assert prober.report.longest_gap() <= virtual_address.IN_PLANNED_WORK, prober.report.time_line()
    again = twin.playbook("playbooks/resize.yml", "--check", inventory=str(site.inventory))
    assert again.status == 0, again.tail
    assert "Every node has its size; nothing to do." in again.output
    assert "vCPUs: 4, wanted 6" not in again.output
