# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups restored in the twin.

What drill.yml measures and reports, each kind in a twin of the development environment: etcd onto a scratch machine, a PostgreSQL of 1,000,000 rows,
a MariaDB of 200,000, a namespace. "Wanted" are the targets of the twin's matrix. Volumes are Longhorn's, which does not run here; dumps of PostgreSQL
need an image that only the owner can name.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import typing as t
from pathlib import Path

from tests.bench.model import Figure
from tests.support.databases import NAMESPACE, databases, store_options
from tests.support.mariadbs import MariaDBs
from tests.support.twin import CHECKOUT, Finished, Twin, raised
from tests.support.velero import velero
from tests.twin.test_database_backups import Shop
from tests.twin.test_recovery import DRILL, SCRATCH


class Failed(RuntimeError):
    """A drill whose figures count for nothing; the text says why."""


def measure() -> list[Figure]:
    """RTO and RPO of each kind; raises Failed for a drill that does not pass."""
    with tempfile.TemporaryDirectory() as folder:
        reports = [work(Path(folder) / work.__name__) for work in (of_etcd, of_postgresql, of_mariadb, of_namespaces)]
    return [figure for report in reports for figure in figures(report)]


def of_etcd(folder: Path) -> dict[str, t.Any]:
    """A bundle onto a scratch machine that K3s is installed on first."""
    inventory = folder / "dev"
    inventory.mkdir(parents=True)
    text = (CHECKOUT / "inventories/matrix.yml").read_text(encoding="utf-8")
    text = text.replace("  drill: null\n", f"  drill: [{DRILL}]\n").replace("\nmachines:\n", f"\nmachines:\n{SCRATCH}")
    (folder / "matrix.yml").write_text(text, encoding="utf-8")
    for name in ("versions.lock.yml", "dev/environment_matrix.yml"):
        (folder / name).write_bytes((CHECKOUT / "inventories" / name).read_bytes())
    where = ("-e", f"k3s_snapshot_dir={folder / 'copies'}")
    with raised("bench-backups", str(inventory)) as twin:
        for playbook in ("site.yml", "playbooks/backup.yml", "playbooks/drill.yml"):
            fine(twin.playbook(playbook, *where, inventory=str(inventory)))
        return newest(folder / "copies", "etcd")


def of_postgresql(folder: Path) -> dict[str, t.Any]:
    """A base backup and WAL into a scratch cluster of one instance."""
    folder.mkdir()
    with databases("bench-backups") as site:
        shop = Shop(site, folder)
        site.do("cnpg_objectstore", name="shop", **store_options())
        site.cluster(spec=shop.spec())
        site.sql("CREATE TABLE orders AS SELECT id, md5(id::text) AS what FROM generate_series(1, 1000000) AS id")
        site.cluster(state="backed_up")
        fine(shop.play("drill", "--tags", "postgres"))
        return newest(folder / "copies", "postgres")


def of_mariadb(folder: Path) -> dict[str, t.Any]:
    """A dump into a scratch server."""
    folder.mkdir()
    with built("bench-backups") as twin:
        site = MariaDBs(twin)
        site.install()
        site.cluster(spec=site.spec())
        site.sql("CREATE DATABASE app; CREATE TABLE app.orders AS SELECT seq AS id, MD5(seq) AS what FROM seq_1_to_200000")
        site.backup(backup="now", spec={"storage": {"s3": site.s3()}})
        file = folder / "variables.json"
        file.write_text(json.dumps({"mariadb_clusters": [{"name": "shop", "namespace": NAMESPACE, "spec": site.spec()}]}), encoding="utf-8")
        fine(twin.playbook("playbooks/drill.yml", "-e", f"@{file}", "-e", f"k3s_snapshot_dir={folder}", "--tags", "mariadb"))
        return newest(folder, "mariadb")


def of_namespaces(folder: Path) -> dict[str, t.Any]:
    """What backup.yml plants, under another name."""
    folder.mkdir()
    where = ("-e", f"k3s_snapshot_dir={folder}")
    with velero("bench-backups") as cluster:
        fine(cluster.twin.playbook("playbooks/backup.yml", *where))
        cluster.back_up("bench")
        fine(cluster.twin.playbook("playbooks/drill.yml", *where, "--tags", "objects"))
        return newest(folder, "objects")


@contextlib.contextmanager
def built(name: str) -> t.Iterator[Twin]:
    """A twin of dev with its cluster."""
    with raised(name, "inventories/dev") as twin:
        fine(twin.playbook("site.yml"))
        yield twin


def fine(done: Finished) -> None:
    """Raises Failed with the last lines of a playbook that failed."""
    if done.status != 0:
        raise Failed(done.tail)


def newest(folder: Path, kind: str) -> dict[str, t.Any]:
    """The last report of a kind; raises Failed where there is none, or one with problems."""
    found = sorted(folder.glob(f"drill-{kind}-*.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise Failed(f"no drill of {kind} has written a report into {folder}")
    report: dict[str, t.Any] = json.loads(found[-1].read_text(encoding="utf-8"))
    if report["problems"]:
        raise Failed("; ".join(report["problems"]))
    return report


def figures(report: t.Mapping[str, t.Any]) -> list[Figure]:
    """RTO and RPO of a report, each against its target."""
    return [
        Figure(f"{report['kind']}: {what}", float(report[f"{name}_seconds"]), "s", report["targets"][name] and float(report["targets"][name]))
        for name, what in (("rto", "back after"), ("rpo", "younger work would be lost"))
        if report[f"{name}_seconds"] is not None
    ]
