# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill tells the environment's cluster: the marks that the alerts look at, of every row; and the end of the drill of etcd, which needs no cluster."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import KINDS

from tests.support.api_site import ROW, Site

REPORT: dict[str, Any] = {"kind": "etcd", "at": 1795314600, "rto_seconds": 90, "rpo_seconds": 60, "problems": []}
ETCD = {**REPORT, "snapshot": "one.escrow.age", "machines": ["k8s-drill-30"]}


def uid(site: Site, kind: str) -> str:
    mark = site.proof(kind)
    return "" if mark is None else str(mark["metadata"]["uid"])


def test_every_row_that_came_back_is_marked_anew_and_none_of_which_one_failed(site: Site) -> None:
    site.part("drill_mark", drill_shown=[{**REPORT, "kind": kind} for kind in KINDS])
    before = {kind: uid(site, kind) for kind in KINDS}
    done = site.play("part")
    assert done.status == 0, done.tail
    first = {kind: uid(site, kind) for kind in KINDS}
    assert all(first.values())
    assert not set(first.values()) & set(before.values())
    site.part("drill_mark", drill_shown=[{**REPORT, "kind": "git"}, {**REPORT, "kind": "git", "problems": ["damaged"]}, {**REPORT, "kind": "escrow"}])
    assert site.play("part").status == 0
    assert {kind for kind in KINDS if uid(site, kind) != first[kind]} == {"escrow"}


def test_a_drill_of_etcd_marks_its_row_when_it_passed(site: Site) -> None:
    """And says so of a cluster that is away, without failing: what came back came back."""
    drilled = {"name": "k8s-drill-30", "groups": "drill", "drill_report_file": "/x/drill-etcd-1.json"}

    def end(*problems: str, **more: str) -> Any:
        host = json.dumps({**drilled, "drill_report": {**ETCD, "problems": problems}})
        site.part("drill_etcd_end", begin=f"    - ansible.builtin.add_host: {host}\n")
        return site.play("part", more=more)

    before = uid(site, "etcd")
    done = end()
    assert done.status == 0, done.tail
    proven = uid(site, "etcd")
    assert proven
    assert proven != before
    assert "one.escrow.age came back on k8s-drill-30 in 90 s; 60 s of work would have been lost. Report: /x/drill-etcd-1.json" in done.said
    assert "could not be told" not in done.said
    failed = end("the RTO of 1 s was missed")
    assert failed.status != 0
    assert "the RTO of 1 s was missed. Report: /x/drill-etcd-1.json" in failed.said
    assert uid(site, "etcd") == proven
    away = end(kubeconfig_path=str(site.folder / "nowhere"))
    assert away.status == 0, away.tail
    assert "The cluster could not be told, so its alert BackupNotProven goes by the drill before" in away.said
    assert uid(site, "etcd") == proven


def test_a_dry_run_restores_nothing_and_says_so(site: Site) -> None:
    """It waits for nothing that it has not made, and is no proof."""
    before = {kind: uid(site, kind) for kind in ("objects", "volumes")}
    site.own["groundwork_backup_rows"] = [{**ROW, "kind": kind, "what": kind, "tool": "it"} for kind in before]
    done = site.play("drill", "--tags", "objects,volumes", "--check")
    assert done.status == 0, done.tail
    assert "Nothing was restored" in done.said
    assert list(site.copies.iterdir()) == []
    assert {kind: uid(site, kind) for kind in before} == before
