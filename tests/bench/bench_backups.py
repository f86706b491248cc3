# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups restored in the twin.

What drill.yml measures and reports, in a twin of the development environment: etcd onto a scratch machine, a PostgreSQL of 1,000,000 rows,
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
from tests.support.databases import NAMESPACE, installed
from tests.support.mariadbs import MariaDBs
from tests.support.twin import Twin, raised
from tests.support.velero import Velero
from tests.twin.test_recovery import with_scratch


class Failed(RuntimeError):
    """A drill whose figures count for nothing; the text says why."""


def measure() -> list[Figure]:
    """RTO and RPO of each kind, one after the other in one twin; raises Failed for a drill that does not pass."""
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as found:
        reports = [work(found) for work in (of_etcd, of_postgresql, of_mariadb, of_namespaces)]
    return [figure for report in reports for figure in figures(report)]


class Site(t.NamedTuple):
    """A built twin of dev with a machine for drills, and a folder with its inventory and the reports."""

    twin: Twin
    folder: Path

    def play(self, name: str, *arguments: str, **variables: t.Any) -> None:
        """Run a playbook, with the variables that the matrix would give; raises Failed with its last lines."""
        given = json.dumps({**variables, "k3s_snapshot_dir": str(self.folder)})
        done = self.twin.playbook(name, "-e", given, *arguments, inventory=str(self.folder / "dev"))
        if done.status != 0:
            raise Failed(done.tail)

    def drill(self, kind: str, **variables: t.Any) -> dict[str, t.Any]:
        """The report of one drill; raises Failed when it names problems."""
        self.play("playbooks/drill.yml", "--tags", kind, **variables)
        (file,) = self.folder.glob(f"drill-{kind}-[0-9]*.json")
        report: dict[str, t.Any] = json.loads(file.read_text(encoding="utf-8"))
        if report["problems"]:
            raise Failed("; ".join(report["problems"]))
        return report


@contextlib.contextmanager
def site(folder: Path) -> t.Iterator[Site]:
    """With its buckets, its cluster, a snapshot and what is planted for the drills."""
    with raised("bench-backups", with_scratch(folder)) as twin:
        found = Site(twin, folder)
        found.play("site.yml")
        found.play("playbooks/backup.yml", "--tags", "buckets")
        found.play("playbooks/backup.yml")
        yield found


def of_etcd(found: Site) -> dict[str, t.Any]:
    """A bundle onto a scratch machine that K3s is installed on first."""
    return found.drill("etcd")


def of_postgresql(found: Site) -> dict[str, t.Any]:
    """A base backup and WAL into a scratch cluster of one instance."""
    database = installed(found.twin)
    database.cluster(spec=database.spec())
    database.sql("CREATE TABLE orders AS SELECT id, md5(id::text) AS what FROM generate_series(1, 1000000) AS id")
    database.cluster(state="backed_up")
    cluster = {"name": "shop", "namespace": NAMESPACE, "spec": database.spec(), "beside": [], "checks": []}
    return found.drill("postgres", postgresql_clusters=[cluster])


def of_mariadb(found: Site) -> dict[str, t.Any]:
    """A dump into a scratch server."""
    database = MariaDBs(found.twin)
    database.install()
    database.cluster("books", spec=database.spec())
    database.sql("CREATE DATABASE app; USE app; CREATE TABLE orders AS SELECT seq AS id, MD5(seq) AS what FROM seq_1_to_200000", "books")
    database.backup("books", backup="now", spec={"storage": {"s3": database.s3()}})
    return found.drill("mariadb", mariadb_clusters=[{"name": "books", "namespace": NAMESPACE, "spec": database.spec()}])


def of_namespaces(found: Site) -> dict[str, t.Any]:
    """What backup.yml plants, under another name."""
    cluster = Velero(found.twin)
    cluster.install()
    cluster.back_up("bench")
    return found.drill("objects")


def figures(report: t.Mapping[str, t.Any]) -> list[Figure]:
    """RTO and RPO of a report, each against its target."""
    return [
        Figure(f"{report['kind']}: {what}", float(report[f"{name}_seconds"]), "s", report["targets"][name] and float(report["targets"][name]))
        for name, what in (("rto", "back after"), ("rpo", "younger work would be lost"))
        if report[f"{name}_seconds"] is not None
    ]
