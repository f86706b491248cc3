# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Velero: a namespace that was lost comes back out of S3, beside or over its source, and a drill tells a backup from one that cannot be read."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.support.twin import Finished
from tests.support.velero import APP, VELERO, Velero, velero

pytestmark = pytest.mark.long
NEIGHBOUR = "neighbour"


class Site(t.NamedTuple):
    """A twin with Velero, two namespaces and a folder of reports."""

    cluster: Velero
    reports: Path

    def play(self, name: str, *arguments: str) -> Finished:
        """Run a playbook."""
        return self.cluster.twin.playbook(f"playbooks/{name}.yml", "-e", f"k3s_snapshot_dir={self.reports}", *arguments)

    def restore(self, *arguments: str) -> Finished:
        """The namespace, with extra variables."""
        return self.play("restore_namespace", *(word for argument in (f"source={APP}", *arguments) for word in ("-e", argument)))

    def newest_report(self) -> dict[str, t.Any]:
        """What the last drill has found."""
        newest = max(self.reports.glob("drill-objects-*.json"), key=lambda path: path.stat().st_mtime)
        found: dict[str, t.Any] = json.loads(newest.read_text(encoding="utf-8"))
        return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Site]:
    with velero("test-velero") as cluster:
        cluster.plant(APP, "before")
        cluster.plant(NEIGHBOUR, "before")
        cluster.back_up("before-the-loss")
        cluster.plant(NEIGHBOUR, "after")
        yield Site(cluster, tmp_path_factory.mktemp("reports"))


def test_the_backup_lies_where_the_status_looks_for_it(site: Site) -> None:
    """By the object that Velero writes last; without it the row `objects` would be missing for ever."""
    assert (site.cluster.bucket / "dev" / "backups" / "before-the-loss" / "velero-backup.json").exists()


def test_a_copy_beside_its_source_does_not_run(site: Site) -> None:
    """What is in it can be read; nothing of it does the work of the source a second time, and the source stays as it is."""
    before = site.cluster.get("namespace", APP, "default")["metadata"]["uid"]
    done = site.restore("to=planted-copy")
    assert done.status == 0, done.tail
    assert site.cluster.contents("planted-copy") == site.cluster.contents()
    assert site.cluster.kubectl("-n", "planted-copy", "get", "deployments,pods", "-o", "name") == ""
    assert site.cluster.get("namespace", APP, "default")["metadata"]["uid"] == before
    site.cluster.kubectl("delete", "namespace", "planted-copy", "--timeout=150s")


def test_a_namespace_that_was_deleted_comes_back(site: Site) -> None:
    """Only under its typed name; then it runs again with what it held, and nobody else's namespace goes back in time."""
    contents, neighbours = site.cluster.contents(), site.cluster.contents(NEIGHBOUR)
    site.cluster.kubectl("delete", "namespace", APP, "--timeout=150s")
    assert APP not in site.cluster.namespaces()
    refused = site.restore("overwrite=true")
    assert refused.status != 0
    assert f"confirm=dev/{APP}" in refused.said
    assert APP not in site.cluster.namespaces()
    done = site.restore("overwrite=true", f"confirm=dev/{APP}", "backup=before-the-loss")
    assert done.status == 0, done.tail
    site.cluster.runs()
    assert site.cluster.contents() == contents
    assert site.cluster.contents(NEIGHBOUR) == neighbours
    assert neighbours[0]["word"] == "after"


def test_a_drill_is_a_proof(site: Site) -> None:
    """What backup.yml plants comes back under another name, is looked at and removed; the cluster is told, and nothing stays."""
    done = site.play("backup")
    assert done.status == 0, done.tail
    site.cluster.back_up("with-the-planted")
    done = site.play("drill", "--tags", "objects")
    assert done.status == 0, done.tail
    report = site.newest_report()
    assert report["problems"] == []
    assert report["rto_seconds"] > 0
    assert site.cluster.get("configmap", "proof-objects", "groundwork-backup")["data"]["rto"] == str(report["rto_seconds"])
    assert "groundwork-drill" not in site.cluster.namespaces()


def test_a_backup_that_is_complete_and_cannot_be_read(site: Site) -> None:
    """Velero goes on calling it Completed; the drill does not."""
    site.cluster.back_up("damaged")
    archive = site.cluster.bucket / "dev" / "backups" / "damaged" / "damaged.tar.gz"
    archive.write_bytes(archive.read_bytes()[:100])
    failed = site.play("drill", "--tags", "objects")
    assert failed.status != 0
    assert site.cluster.get("backups.velero.io", "damaged", VELERO)["status"]["phase"] == "Completed"
    assert "Velero's restore ended as" in " ".join(site.newest_report()["problems"])
    assert "groundwork-drill" not in site.cluster.namespaces()
    site.cluster.kubectl("-n", VELERO, "delete", "backups.velero.io", "damaged")
