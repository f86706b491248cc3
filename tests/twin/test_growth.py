# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment that grows with its matrix: one server, three, five. Its API answers throughout, and never does an even number vote for long."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

import pytest

from tests.support.prober import Prober
from tests.support.twin import CHECKOUT, Twin, raised
from tests.support.virtual_address import ADDRESS, IN_PLANNED_WORK

pytestmark = pytest.mark.long
NODES = "{numbers: 21-23, role: server}"
SERVERS = {f"k8s-dev-{number}": f"192.168.180.{number}" for number in range(21, 26)}


class Site:
    """A copy of the eNeG site whose development environment has as many servers as it is told."""

    def __init__(self, folder: Path) -> None:
        self.inventory = folder / "dev"
        self.matrix = folder / "matrix.yml"
        shutil.copytree(CHECKOUT / "inventories" / "dev", self.inventory)
        shutil.copy(CHECKOUT / "inventories" / "versions.lock.yml", folder)
        self.servers(5)

    def servers(self, count: int) -> None:
        """Five servers on three hosts share failure domains, which the matrix has to allow."""
        text = (CHECKOUT / "inventories" / "matrix.yml").read_text(encoding="utf-8")
        head, environment, tail = text.partition("\n  dev:\n    adopt: true")
        assert NODES in tail
        tail = tail.replace(NODES, f'{{numbers: "21-{20 + count}", role: server}}' if count > 1 else '{numbers: "21", role: server}', 1)
        head = head.replace("\nplacement:\n", "\nplacement:\n  spread_servers: false\n")
        self.matrix.write_text(head + environment + tail, encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def twin(site: Site) -> t.Iterator[Twin]:
    with raised("test-growth", str(site.inventory)) as found:
        yield found


def voters(twin: Twin) -> list[str]:
    members = json.loads(twin.on("k8s-dev-21", "curl -sk https://127.0.0.1:6443/db/info").output)["members"]
    return sorted(member["name"].rpartition("-")[0] for member in members if not member.get("isLearner"))


def test_one_server(twin: Twin, site: Site) -> None:
    site.servers(1)
    done = twin.playbook("site.yml", inventory=str(site.inventory))
    assert done.status == 0, done.tail
    assert voters(twin) == ["k8s-dev-21"]


@pytest.mark.parametrize("count", [3, 5])
def test_more_servers(twin: Twin, site: Site, count: int) -> None:
    before = dict(list(SERVERS.items())[: count - 2])
    site.servers(count)
    with Prober(twin, before, ADDRESS) as prober:
        done = twin.playbook("site.yml", inventory=str(site.inventory))
    assert done.status == 0, done.tail
    assert voters(twin) == list(SERVERS)[:count]
    assert prober.report.longest_gap() <= IN_PLANNED_WORK, prober.report.time_line()
    again = twin.playbook("site.yml", inventory=str(site.inventory))
    assert again.status == 0, again.tail
    assert {node: again.recap(node)["changed"] for node in voters(twin)} == dict.fromkeys(voters(twin), 0)


def test_an_even_number_is_refused(twin: Twin, site: Site) -> None:
    site.servers(4)
    done = twin.playbook("site.yml", inventory=str(site.inventory))
    assert done.status != 0
    assert "4 servers" in done.said, done.tail
    assert len(voters(twin)) == 5
