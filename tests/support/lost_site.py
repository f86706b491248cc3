# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole environment in a twin: run from Git by a real Argo CD, with a real PostgreSQL and a real MariaDB; how it is lost and looked at."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_backup import snapshot_variables

from lab.twin import artefacts, lifecycle
from tests.support.databases import NAMESPACE, PLUGIN, Databases, Object, store_options
from tests.support.gitops import Tree, until
from tests.support.mariadbs import ENDPOINT, MariaDBs
from tests.support.twin import Finished, Twin
from tests.support.virtual_address import SERVERS

SHOP, WIKI = "shop", "wiki"
BUCKETS = {"etcd": "etcd-snapshots", "escrow": "etcd-snapshots", "git": "etcd-snapshots", "postgres": "k8s-backups-postgres", "mariadb": "k8s-backups-mariadb"}
CHECKS = {
    SHOP: [{"database": "app", "sql": "SELECT count(*) FROM orders", "minimum": 1000}],
    WIKI: [{"database": "app", "sql": "SELECT COUNT(*) FROM notes", "minimum": 3}],
}


class OneOfEach(Databases):
    """Where all hosts are lost at once one of each program is enough; images lie in the twin's folder, and cert-manager is Argo CD's."""

    def _import(self, *folders: Path) -> None:
        """Hosts had them when they booted."""

    def _everywhere(self, namespace: str, deployment: str) -> None:
        """Once is enough."""

    def _cert_manager(self) -> None:
        """It is there."""


class MariaDB(OneOfEach, MariaDBs):
    """MariaDB beside Argo CD."""


def give_images(twin: Twin) -> None:
    """What every host has when it boots, now and when it was made anew: the registry of the twin."""
    twin.paths.images.mkdir()
    for recipe in ("cnpg", "mariadb", "local-path"):
        for image in (artefacts.build(recipe) / "images").iterdir():
            (twin.paths.images / image.name).symlink_to(image)


@dataclasses.dataclass(frozen=True)
class Site:
    """The environment, and the management machine's folder; playbooks with the variables that its matrix would give."""

    twin: Twin
    tree: Tree
    root: Path  # of the certificates that the ACME server issues
    folder: Path

    @property
    def copies(self) -> Path:
        """Bundles and reports."""
        return self.folder / "copies"

    @property
    def postgres(self) -> OneOfEach:
        return OneOfEach(self.twin)

    @property
    def mariadb(self) -> MariaDB:
        return MariaDB(self.twin)

    def play(self, name: str, *arguments: str, **options: t.Any) -> Finished:
        """Run a playbook."""
        file = self.folder / "variables.json"
        file.write_text(json.dumps(self._variables()), encoding="utf-8")
        return self.twin.playbook(f"playbooks/{name}.yml", "-e", f"@{file}", *arguments, timeout=1800, **options)

    def make(self) -> None:
        """Operators, a cluster of each kind, and rows in them."""
        self.postgres.install()
        self.mariadb.install()
        self.postgres.do("cnpg_objectstore", name=SHOP, **store_options())
        self.postgres.cluster(SHOP, spec=self._shop())
        self.postgres.sql("SET ROLE app; CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 1000)", SHOP)
        self.postgres.cluster(SHOP, state="backed_up")
        self.mariadb.cluster(WIKI, spec=self.mariadb.spec())
        self.mariadb.sql("CREATE DATABASE app; CREATE TABLE app.notes (id INT PRIMARY KEY); INSERT INTO app.notes VALUES (1), (2), (3)", WIKI)

    def sources(self) -> dict[str, int]:
        """What the databases come back from: every object of the archive and of the dumps, and how large it is."""
        buckets = self.twin.paths.object_store / "buckets"
        folders = (buckets / BUCKETS["postgres"] / "dev" / SHOP, buckets / BUCKETS["mariadb"] / "dev" / WIKI)
        return {str(path.relative_to(buckets)): path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()}

    def rows(self) -> tuple[str, str]:
        """How many there are in PostgreSQL and in MariaDB."""
        return self.postgres.sql("SELECT count(*) FROM orders", SHOP), self.mariadb.sql("SELECT COUNT(*) FROM notes", WIKI, "app")

    def power_cut(self) -> None:
        """All hosts at once."""
        for host in SERVERS:
            self.twin.lab("kill", host)
        until(lambda: {host["power"] for host in lifecycle.ask(self.twin.paths, "status")["hosts"]} == {"off"}, 60, "hosts that are off")

    def _shop(self) -> Object:
        plugin = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": SHOP, "serverName": SHOP}}
        return self.postgres.spec(plugins=[plugin])

    def _variables(self) -> Object:
        place = {"endpoint": ENDPOINT, "folder": "dev", "ca_file": str(self.twin.paths.ca)}
        backup = Backup.model_validate({"s3": place, "schedule": {kind: {"bucket": bucket, "rto": "3h", "rpo": "1d"} for kind, bucket in BUCKETS.items()}})
        rows = snapshot_variables([], backup, expects={"postgres": [SHOP], "mariadb": [WIKI]})["groundwork_backup_rows"]
        wiki = {"name": WIKI, "namespace": NAMESPACE, "spec": self.mariadb.spec(), "contents": [], "backup": {"storage": {}}, "checks": CHECKS[WIKI]}
        return {
            "groundwork_backup_rows": rows,
            "postgresql_clusters": [{"name": SHOP, "namespace": NAMESPACE, "spec": self._shop(), "beside": [], "checks": CHECKS[SHOP]}],
            "mariadb_clusters": [wiki],
            "k3s_snapshot_dir": str(self.copies),
            "verify_ca": self.root.read_text(encoding="utf-8"),
        }
