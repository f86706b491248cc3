# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short path of every operation on one cluster: done, with nothing to do, only asked, refused; and of a database on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import figures
from tests.support.databases import installed
from tests.support.prober import Prober
from tests.support.twin import Twin
from tests.support.virtual_address import ADDRESS, SERVERS

NODES = tuple(SERVERS)
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


def test_a_backup_is_brought_here(built: Twin, tmp_path: Path) -> None:
    done = built.playbook("playbooks/backup.yml", "-e", f"k3s_snapshot_dir={tmp_path}")
    assert done.status == 0, done.tail
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_the_servers_token_is_rotated(built: Twin) -> None:
    with Prober(built, SERVERS, ADDRESS) as prober:
        done = built.playbook("playbooks/rotate.yml", "-e", "rotate=server-token")
    assert done.status == 0, done.tail
    prober.report.assert_majority_kept()
    assert len({built.on(node, "sha256sum < /var/lib/rancher/k3s/server/token").output for node in NODES}) == 1


@pytest.mark.parametrize("run", IDLE)
def test_an_operation_with_nothing_to_do(built: Twin, run: str) -> None:
    before = built.k3s_starts(NODES)
    playbook, *arguments = run.split()
    done = built.playbook(f"playbooks/{playbook}", *arguments, "-vvv")
    assert done.status == 0, done.tail
    assert {node: done.recap(node)["changed"] for node in NODES} == dict.fromkeys(NODES, 0)
    assert built.k3s_starts(NODES) == before
    counted = figures.count(done.output).of_each_host()
    assert max(counted.values()) <= IDLE_EXECUTIONS, counted


@pytest.mark.parametrize(("run", "said"), ASKED)
def test_an_operation_that_is_only_asked(built: Twin, run: str, said: str) -> None:
    before = built.k3s_starts(NODES)
    playbook, *arguments = run.split()
    done = built.playbook(f"playbooks/{playbook}", *arguments)
    assert done.status == 0, done.tail
    assert said in done.said
    assert built.k3s_starts(NODES) == before


@pytest.mark.parametrize(("run", "asked"), REFUSED)
def test_an_operation_that_nobody_asked_for_rightly(built: Twin, run: str, asked: str) -> None:
    before = built.k3s_starts(NODES)
    playbook, *arguments = run.split()
    done = built.playbook(f"playbooks/{playbook}", *arguments)
    assert done.status != 0
    assert asked in done.said, done.tail
    assert built.k3s_starts(NODES) == before


@pytest.mark.artefacts("cert-manager", "cnpg", "local-path")
def test_a_database_is_created_changed_backed_up_and_proven(built: Twin) -> None:
    """One instance of real PostgreSQL; nothing of the trial remains, and nothing is left to protect."""
    site = installed(built)
    spec = site.spec(instances=1, postgresql={"parameters": {"max_connections": "50"}})
    assert site.cluster(spec=spec)["changed"]
    assert not site.cluster(spec=spec)["changed"]
    site.sql("CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id")
    told = site.cluster(spec={**spec, "description": "of the shop"}, check=True)
    assert [(change["path"], change["effect"]) for change in told["changes"]] == [("description", "online")]
    assert site.cluster(state="backed_up")["first_recoverability_point"]
    proof = site.cluster(state="verified", checks=[{"database": "app", "sql": "SELECT count(*) FROM orders", "minimum": 1000}])
    assert proof["report"]["checks"] == 1
    assert proof["report"]["rto_seconds"] > 0
    assert proof["report"]["rpo_seconds"] is not None
    assert site.kubectl("get", "namespace", "-l", "groundwork.platform/scratch", "-o", "name") == ""
    assert site.do("cnpg_info", name="shop")["unprotected"] == []
