# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The migration of eNeG: s2842 leaves the old vCenter, is installed anew as ESXi 8 and enters vCenter-A, and its server with it.

Whoever watches never sees fewer than two healthy voters. docs/guides/migrate-vcenter.md is this test in words.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import typing as t
from pathlib import Path

import pytest

from lab.twin import lifecycle
from tests.support.interruptions import Points, killed, lost
from tests.support.prober import Prober
from tests.support.twin import CHECKOUT, Finished, Twin, raised
from tests.support.virtual_address import ADDRESS, SERVERS

pytestmark = pytest.mark.long
NODE = "k8s-dev-21"
BEFORE = "HOST1: {vcenter: vcenter-b, hostname: s2842.eneg.de, version: 6.7.0,"
AFTER = "HOST1: {vcenter: vcenter-a, hostname: s2842.eneg.de, version: 8.0.3,"
RUN = ("playbooks/migrate.yml", "-e", f"confirm={NODE}")
#: Once its Node is deleted it has left, and a repeated run goes on by switching it off: its data go with its disk.
LEAVES: Points = [("Evict its pods", 1.0), ("Stop K3s there", 0.5), ("Delete its Node", 0.5), ("Halt the system", 0.2)]
JOINS: Points = [("Create what is missing", 0.5), ("Put the cluster's tokens in place", 0.5)]
LOST: Points = [("Start K3s", 3.0)]
NODES = "      - {numbers: 21-23, role: server}\n    vip: null\n    pools:\n      ingress: {addresses: 192.168.180.100"
#: k8s-dev-24 in place of k8s-dev-21, both for a while on one host, which has to be allowed.
GROWN = (
    (
        NODES,
        "      - {numbers: 21, role: server, leaving: true}\n      - {numbers: 22-23, role: server, hosts: [HOST2, HOST3]}\n"
        "      - {numbers: 24, role: server, hosts: [HOST1]}\n" + NODES.partition("\n")[2],
    ),
    ("placement:\n", "placement:\n  spread_servers: false\n"),
)


class Site:
    """A copy of the eNeG site whose matrix is changed on the way."""

    def __init__(self, folder: Path) -> None:
        self.inventory = str(folder / "dev")
        self._matrix = folder / "matrix.yml"
        shutil.copytree(CHECKOUT / "inventories" / "dev", self.inventory)
        shutil.copy(CHECKOUT / "inventories" / "versions.lock.yml", folder)
        self._text = (CHECKOUT / "inventories" / "matrix.yml").read_text(encoding="utf-8")
        self._matrix.write_text(self._text, encoding="utf-8")

    def change(self, *changes: tuple[str, str]) -> None:
        """Write the matrix as it was in the beginning, but for these changes."""
        text = self._text
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        self._matrix.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def twin(site: Site) -> t.Iterator[Twin]:
    """With a cluster of three servers, one of them in the old vCenter; its DNS knows a fourth."""
    site.change(*GROWN)
    with raised("test-migration", site.inventory) as found:
        site.change()
        done = found.playbook("site.yml", inventory=site.inventory)
        assert done.status == 0, done.tail
        yield found


def migrate(twin: Twin, site: Site, *arguments: str) -> Finished:
    return twin.playbook("playbooks/migrate.yml", *arguments, inventory=site.inventory)


@contextlib.contextmanager
def watched(twin: Twin) -> t.Iterator[None]:
    """Two of three, or two of two: never fewer, whatever the playbook or its end does."""
    with Prober(twin, {**SERVERS, "k8s-dev-24": "192.168.180.24"}, ADDRESS) as prober:
        yield
    prober.report.assert_majority_kept()
    fewest = min(len(moment.healthy) for moment in prober.report.moments)
    assert fewest >= 2, prober.report.time_line()


def members(twin: Twin) -> set[str]:
    rows = twin.on("k8s-dev-23", "curl -sk https://127.0.0.1:6443/db/info").output
    return {row["name"].rpartition("-")[0] for row in json.loads(rows)["members"]}


def place(twin: Twin, name: str) -> tuple[str, str]:
    """Where the twin has a machine, and whether it is on."""
    rows = {row["name"]: row for row in lifecycle.ask(twin.paths, "status")["hosts"]}
    return (rows[name]["vcenter"], rows[name]["power"]) if name in rows else ("", "")


def test_nothing_to_do_while_everything_is_where_the_matrix_wants_it(twin: Twin, site: Site) -> None:
    done = migrate(twin, site)
    assert done.status == 0, done.tail
    assert "Every server is where the matrix wants it; nothing is left to migrate." in done.said
    assert {node: done.recap(node)["changed"] for node in SERVERS} == dict.fromkeys(SERVERS, 0)


def test_two_hosts_in_the_target_are_refused(twin: Twin, site: Site) -> None:
    """C0-21, even where the matrix accepts the risk."""
    site.change(("placement:\n  hosts: [HOST1, HOST2, HOST3]", "placement:\n  spread_servers: false\n  hosts: [HOST2, HOST3]"))
    done = migrate(twin, site, "-e", f"confirm={NODE}")
    assert done.status != 0
    assert "3 servers on 2 host(s): with HOST2 k8s-dev-21 and k8s-dev-23 would be lost, and the majority with them" in done.said, done.tail
    assert members(twin) == set(SERVERS)


def test_the_plan_and_the_confirmation(twin: Twin, site: Site) -> None:
    site.change((BEFORE, AFTER))
    checked = migrate(twin, site, "--check")
    assert checked.status == 0, checked.tail
    assert f"{NODE} leaves s2842.eneg.de (vcenter-b), since it keeps its name on s2842.eneg.de (vcenter-a); confirm it with -e confirm={NODE}" in checked.said
    refused = migrate(twin, site, "-e", "confirm=k8s-dev-22")
    assert refused.status != 0
    assert f"to go on, repeat the name: -e confirm={NODE}" in refused.said
    assert members(twin) == set(SERVERS)


def test_only_from_among_three_healthy_voters(twin: Twin, site: Site) -> None:
    twin.lab("kill", "k8s-dev-22")
    refused = migrate(twin, site, "-e", f"confirm={NODE}")
    twin.lab("start", "k8s-dev-22")
    assert refused.status != 0
    assert "k8s-dev-22 is no healthy voter; bring it up first" in refused.said, refused.tail
    assert members(twin) == set(SERVERS)
    settled = twin.playbook("site.yml", "--tags", "k3s,verify", inventory=site.inventory)
    assert settled.status == 0, settled.tail


def test_the_migration_killed_again_and_again(twin: Twin, site: Site) -> None:
    """The whole way: out of the cluster, the host installed anew by hand, and back from its new vCenter."""
    twin.on("k8s-dev-22", "k3s kubectl create configmap before-the-migration")
    with watched(twin):
        killed(twin, LEAVES, *RUN, inventory=site.inventory)
        left = migrate(twin, site, "-e", f"confirm={NODE}")
        assert left.status == 0, left.tail
        assert f"{NODE} has left its cluster and is switched off on s2842.eneg.de (vcenter-b). By hand: take s2842.eneg.de out of vcenter-b" in left.said
        assert members(twin) == set(SERVERS) - {NODE}
        assert place(twin, NODE) == ("vcenter-b", "off")

        twin.lab("reinstall", "HOST1")
        killed(twin, JOINS, *RUN, inventory=site.inventory)
        lost(twin, LOST, *RUN, inventory=site.inventory)
        done = migrate(twin, site, "-e", f"confirm={NODE}")
    assert done.status == 0, done.tail
    assert "nothing is left to migrate" in done.said
    assert members(twin) == set(SERVERS)
    assert place(twin, NODE) == ("vcenter-a", "on")
    assert "before-the-migration" in twin.on(NODE, "k3s kubectl get configmaps -o name").output


def test_site_yml_completes_what_was_cut_off_and_then_changes_nothing(twin: Twin, site: Site) -> None:
    """The server that lost power while it joined came up by itself: for migrate.yml it is there, for site.yml something is missing."""
    completed = twin.playbook("site.yml", inventory=site.inventory)
    assert completed.status == 0, completed.tail
    assert {change.rpartition(": ")[2] for change in completed.changes} <= {NODE, f"{NODE} -> localhost"}
    for playbook in ("playbooks/migrate.yml", "site.yml"):
        done = twin.playbook(playbook, inventory=site.inventory)
        assert done.status == 0, done.tail
        assert done.changes == [], playbook


def test_a_server_that_goes_for_good_leaves_after_its_successor_votes(twin: Twin, site: Site) -> None:
    site.change((BEFORE, AFTER), *GROWN)
    refused = twin.playbook("site.yml", inventory=site.inventory)
    assert refused.status != 0
    assert f"{NODE}: leaving, says the matrix; run migrate.yml" in refused.said
    with watched(twin):
        done = migrate(twin, site, "-e", f"confirm={NODE}")
    assert done.status == 0, done.tail
    assert members(twin) == {"k8s-dev-22", "k8s-dev-23", "k8s-dev-24"}
    assert place(twin, NODE) == ("vcenter-a", "off")
    assert f"delete what is left of them (delete_vms.yml -e machines={NODE} -e confirm={NODE}), take them out of the matrix, then run site.yml" in done.said
    deleted = twin.playbook("playbooks/delete_vms.yml", "-e", f"machines={NODE}", "-e", f"confirm={NODE}", inventory=site.inventory)
    assert deleted.status == 0, deleted.tail
    site.change(
        (BEFORE, AFTER),
        (NODES, NODES.replace("{numbers: 21-23, role: server}", "{numbers: 22-24, role: server, hosts: [HOST2, HOST3, HOST1]}")),
    )
    settled = twin.playbook("site.yml", inventory=site.inventory)
    assert settled.status == 0, settled.tail
    assert place(twin, NODE) == ("", "")
