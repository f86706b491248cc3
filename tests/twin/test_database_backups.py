# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of real databases by the playbooks: restored beside their source, drilled, and damaged."""

from __future__ import annotations

import json
import re
import shutil
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.objects import Dumped, dump_job, dump_program
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_backup import snapshot_variables

from tests.support.databases import BUCKET, NAMESPACE, PLUGIN, Databases, databases, store_options
from tests.support.interruptions import killed, killed_at

pytestmark = pytest.mark.long
TYPED = f"{NAMESPACE}/shop/app/public.orders"
CHECKS = [{"database": "app", "sql": "SELECT count(*) FROM customers", "minimum": 1}]
MASK = "UPDATE customers SET name = 'nobody';\n"


class Shop(t.NamedTuple):
    """A twin with a cluster of one that has rows, backups and a folder of reports; playbooks with the variables that its matrix would give."""

    site: Databases
    folder: Path

    def play(self, name: str, *arguments: str, **more: t.Any) -> t.Any:
        """Run a playbook."""
        owner = {"kind": "Database", "name": "shop-app", "spec": {"name": "app", "owner": "seller"}}
        variables = {
            "postgresql_clusters": [{"name": "shop", "namespace": NAMESPACE, "spec": self.spec(), "beside": [owner], "checks": CHECKS}],
            "postgresql_archives": {"dev": "s3://k8s-backups-postgres/dev", "prod": "s3://k8s-backups-postgres/prod"},
            "k3s_snapshot_dir": str(self.folder / "copies"),
            **more,
        }
        file = self.folder / "variables.json"
        file.write_text(json.dumps(variables), encoding="utf-8")
        return self.site.twin.playbook(f"playbooks/{name}.yml", "-e", f"@{file}", *arguments)

    def spec(self) -> dict[str, t.Any]:
        plugin = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "shop", "serverName": "shop"}}
        return self.site.spec(instances=1, postgresql={"parameters": {"max_connections": "50"}}, plugins=[plugin])

    def archive(self) -> dict[str, int]:
        """Every object that the cluster has written, and how large it is."""
        folder = self.site.bucket / "dev" / "shop"
        return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}

    def remove(self, name: str) -> None:
        self.site.cluster(name, state="absent", confirm=f"{NAMESPACE}/{name}", proven_within=0)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Shop]:
    with databases("test-database-backups") as site:
        found = Shop(site, tmp_path_factory.mktemp("shop"))
        site.do("cnpg_objectstore", name="shop", **store_options())
        site.cluster(spec=found.spec())
        metadata = {"name": "seller-credentials", "namespace": NAMESPACE}
        login = {"username": "seller", "password": "s3ller-in-the-twin"}
        site.apply({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth", "metadata": metadata, "stringData": login})
        site.do("cnpg_role", name="seller", cluster="shop", password_secret="seller-credentials")
        site.do("cnpg_database", name="app", cluster="shop", owner="seller")
        site.sql(
            "SET ROLE seller; CREATE TABLE orders (id serial PRIMARY KEY, what text); INSERT INTO orders (what) SELECT 'old' FROM generate_series(1, 1000)"
        )
        site.sql("SET ROLE seller; CREATE TABLE customers (name text); INSERT INTO customers VALUES ('Erika Mustermann')")
        site.cluster(state="backed_up")
        yield found


def test_the_newest_state_beside_its_source(shop: Shop) -> None:
    before = shop.site.get("clusters.postgresql.cnpg.io", "shop")
    shop.site.sql("INSERT INTO orders (what) VALUES ('newest')")
    shop.site.archived()
    done = shop.play("restore_database", "-e", "cluster=shop", "-e", "to=shop-2")
    assert done.status == 0, done.tail
    assert shop.site.sql("SELECT count(*) FROM orders", "shop-2") == "1001"
    after = shop.site.get("clusters.postgresql.cnpg.io", "shop")
    assert (after["metadata"]["generation"], after["status"]["currentPrimary"]) == (before["metadata"]["generation"], before["status"]["currentPrimary"])
    again = shop.play("restore_database", "-e", "cluster=shop", "-e", "to=shop")
    assert again.status != 0
    assert "goes into a new one only" in again.said
    shop.remove("shop-2")


def test_a_point_between_two_transactions(shop: Shop) -> None:
    shop.site.sql("INSERT INTO orders (what) VALUES ('wanted')")
    time.sleep(2)
    moment = shop.site.sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
    time.sleep(2)
    shop.site.sql("INSERT INTO orders (what) VALUES ('mistake')")
    shop.site.archived()
    done = shop.play("restore_database", "-e", "cluster=shop", "-e", "to=shop-then", "-e", "scenario=time", "-e", f"target_time={moment}")
    assert done.status == 0, done.tail
    assert shop.site.sql("SELECT what FROM orders WHERE what IN ('wanted', 'mistake')", "shop-then") == "wanted"
    shop.remove("shop-then")


def test_one_table_over_the_present_one(shop: Shop) -> None:
    """Only when its name was typed; what it held before is kept."""
    rows = shop.site.sql("SELECT count(*) FROM orders")
    shop.site.archived()
    time.sleep(2)
    moment = shop.site.sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
    time.sleep(2)
    shop.site.sql("DELETE FROM orders WHERE id > 10; INSERT INTO customers VALUES ('Max Mustermann')")
    shop.site.archived()
    asked = ("-e", "cluster=shop", "-e", "to=shop-look", "-e", "scenario=table", "-e", "database=app", "-e", "table=orders", "-e", f"target_time={moment}")
    refused = shop.play("restore_database", *asked, "-e", "overwrite=true")
    assert refused.status != 0
    assert TYPED in refused.output
    done = shop.play("restore_database", *asked, "-e", "overwrite=true", "-e", f"confirm={TYPED}")
    assert done.status == 0, done.tail
    assert shop.site.sql("SELECT count(*) FROM orders") == rows
    assert shop.site.sql("SELECT count(*) FROM customers") == "2"
    aside = shop.site.sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore_%'")
    assert len(shop.site.sql(f"SET search_path = {aside}; TABLE orders").splitlines()) == 10
    shop.site.sql("SET ROLE seller; INSERT INTO orders (what) VALUES ('the sequence came along')")
    shop.site.sql("DROP TABLE orders")
    again = shop.play("restore_database", *asked, "-e", "overwrite=true", "-e", f"confirm={TYPED}")
    assert again.status == 0, again.tail
    assert shop.site.sql("SELECT count(*) FROM orders") == rows
    shop.remove("shop-look")


def test_data_of_production_comes_masked_or_not_at_all(shop: Shop) -> None:
    """Production is what the cluster was when its archive was copied: it has a customer that nobody else has."""
    shop.site.sql("INSERT INTO customers VALUES ('Nur Produktion')")
    shop.site.archived()
    shutil.copytree(shop.site.bucket / "dev", shop.site.bucket / "prod")
    shop.site.sql("DELETE FROM customers WHERE name = 'Nur Produktion'")
    customers = int(shop.site.sql("SELECT count(*) FROM customers")) + 1
    hashes = "SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL"
    theirs = set(shop.site.sql(hashes).split())
    assert theirs
    asked = ("-e", "from_environment=prod", "-e", "cluster=shop", "-e", "to=shop-masked")
    refused = shop.play("restore_database", *asked)
    assert refused.status != 0
    assert "only masked" in refused.output
    (shop.folder / "mask.sql").write_text("SELECT 1 / 0;\n", encoding="utf-8")
    masking = {"shop": str(shop.folder / "mask.sql")}
    failed = shop.play("restore_database", *asked, postgresql_masking=masking)
    assert failed.status != 0
    assert "division by zero" in failed.output
    assert shop.site.kubectl("get", "namespace", "groundwork-masking", "--ignore-not-found", "-o", "name") == ""
    assert "shop-masked" not in shop.site.kubectl("-n", NAMESPACE, "get", "clusters.postgresql.cnpg.io", "-o", "name")
    run = ("playbooks/restore_database.yml", "-e", f"@{shop.folder / 'variables.json'}", *asked)
    killed(shop.site.twin, [("Bring the file that masks", 0.1)], *run)
    assert shop.site.kubectl("get", "namespace", "-l", "groundwork.platform/drill", "-o", "name") == "namespace/groundwork-masking"
    (shop.folder / "mask.sql").write_text(MASK, encoding="utf-8")
    done = shop.play("restore_database", *asked, postgresql_masking=masking)
    assert done.status == 0, done.tail
    assert shop.site.sql("SELECT DISTINCT name FROM customers", "shop-masked") == "nobody"
    assert int(shop.site.sql("SELECT count(*) FROM customers", "shop-masked")) == customers
    assert shop.site.sql("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'seller'", "shop-masked") == "t"
    assert not theirs & set(shop.site.sql(hashes, "shop-masked").split())
    said = shop.site.kubectl("-n", NAMESPACE, "logs", "-l", "cnpg.io/cluster=shop-masked", "--all-containers", "--tail=-1")
    assert not [one for one in theirs if one in said]
    assert shop.site.kubectl("-n", NAMESPACE, "get", "secrets,networkpolicies", "-l", "groundwork.platform/drill", "-o", "name") == ""
    again = shop.play("restore_database", *asked, postgresql_masking=masking)
    assert again.status != 0
    assert "is there, and masked data goes into a new cluster only" in again.said
    assert shop.site.kubectl("get", "namespace", "groundwork-masking", "--ignore-not-found", "-o", "name") == ""
    shop.remove("shop-masked")


def test_a_dump_is_drilled_and_comes_back_as_a_new_database(shop: Shop) -> None:
    """Made by the job that render.yml writes; one that is cut short is noticed."""
    image = shop.site.image
    s3 = {"endpoint": "nas10.eneg.de:9000", "folder": "dev", "ca_file": str(shop.site.twin.paths.ca)}
    backup = Backup.model_validate({"s3": s3, "dump_image": image, "schedule": {"postgres-dump": {"bucket": BUCKET}}})
    found = snapshot_variables([], backup, expects={"postgres-dump": ["shop/app"]})
    matrix = {name: value for name, value in found.items() if name.startswith("groundwork_backup")}
    (row,) = (row for row in table(backup) if row.kind == "postgres-dump")
    assert backup.s3
    job = dump_job("shop", NAMESPACE, Dumped("app", "seller-credentials"), (image, image), row, backup.s3)
    shop.site.apply(dump_program(NAMESPACE), job)
    shop.site.kubectl("-n", NAMESPACE, "create", "job", "dump-now", f"--from=cronjob/{job['metadata']['name']}")
    shop.site.kubectl("-n", NAMESPACE, "wait", "job/dump-now", "--for=condition=Complete", "--timeout=170s")
    done = shop.play("drill", "--tags", "postgres-dump", **matrix)
    assert done.status == 0, done.tail
    (report,) = (json.loads(path.read_text(encoding="utf-8")) for path in (shop.folder / "copies").glob("drill-postgres-dump-*.json"))
    assert (report["source"], report["problems"]) == ("shop/app", [])
    assert report["rto_seconds"] > 0
    asked = ("-e", "cluster=shop", "-e", "scenario=dump", "-e", "database=app", "-e", "to=app_back")
    done = shop.play("restore_database", *asked, **matrix)
    assert done.status == 0, done.tail
    assert shop.site.sql("SELECT count(*) FROM orders", database="app_back") == shop.site.sql("SELECT count(*) FROM orders")
    again = shop.play("restore_database", *asked, **matrix)
    assert again.status != 0
    assert "goes into a new one only" in again.said
    shop.site.sql("CREATE DATABASE by_hand")
    taken = shop.play("restore_database", *asked[:-1], "to=by_hand", **matrix)
    assert taken.status != 0
    assert "by_hand is a database of shop" in taken.said
    assert shop.site.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'by_hand'") == "postgres"
    (dump,) = shop.site.bucket.rglob("*.dump")
    dump.write_bytes(dump.read_bytes()[:-500])
    failed = shop.play("drill", "--tags", "postgres-dump", **matrix)
    assert failed.status != 0
    assert "pg_restore" in failed.output
    assert shop.site.kubectl("get", "namespace", "-l", "groundwork.platform/drill", "-o", "name") == ""


def test_a_drill_is_a_proof(shop: Shop) -> None:
    """In the report and in the cluster, where alerts look at it; backup.yml --tags status finds nothing to complain of."""
    shop.site.archived()
    done = shop.play("drill", "--tags", "postgres")
    assert done.status == 0, done.tail
    (report,) = (json.loads(path.read_text(encoding="utf-8")) for path in (shop.folder / "copies").glob("drill-postgres-[0-9]*.json"))
    assert report["problems"] == []
    assert report["rto_seconds"] > 0
    assert report["rpo_seconds"] is not None
    assert report["source"] == "shop"
    assert shop.site.get("configmap", "proof-postgres", "groundwork-backup")["data"]["rto"] == str(report["rto_seconds"])
    said = shop.play("backup", "--tags", "status")
    assert said.status == 0, said.tail
    assert shop.site.kubectl("get", "namespace", "-l", "groundwork.platform/scratch", "-o", "name") == ""


def test_a_planted_row_that_is_not_there_fails_the_drill(shop: Shop) -> None:
    """And renews no proof."""
    proof = shop.site.get("configmap", "proof-postgres", "groundwork-backup")
    wrong = [{**CHECKS[0], "minimum": 1000}]
    cluster = {"name": "shop", "namespace": NAMESPACE, "spec": shop.spec(), "beside": [], "checks": wrong}
    failed = shop.play("drill", "--tags", "postgres", postgresql_clusters=[cluster])
    assert failed.status != 0
    assert "expected at least 1000" in failed.said
    assert shop.site.get("configmap", "proof-postgres", "groundwork-backup") == proof


def test_a_drill_that_is_interrupted_anywhere_is_cleaned_up_by_the_next(shop: Shop) -> None:
    """Eight times in a row: what one has left, in a namespace with the label that the guide names, the next one removes first."""
    drill = ("playbooks/drill.yml", "-e", f"@{shop.folder / 'variables.json'}", "--tags", "postgres")
    before, seen = set(shop.site.kubectl("get", "namespace", "-o", "name").split()), set()

    def look(point: object) -> None:
        """At the namespaces that are there only since then."""
        marked = set(shop.site.kubectl("get", "namespace", "-l", "groundwork.platform/scratch", "-o", "name").split())
        assert marked <= {f"namespace/{NAMESPACE}-shop-trial"}, point
        assert set(shop.site.kubectl("get", "namespace", "-o", "name").split()) - before <= marked, point
        seen.update(marked)

    for seconds in (0.5, 3, 6, 10, 15, 20):
        killed_at(shop.site.twin, [(rf"{NAMESPACE}/shop: ", seconds)], *drill)
        look(seconds)
    assert seen, "no kill has left anything"
    for task in ("Hold it against", "Write the page"):
        killed(shop.site.twin, [(task, 0.1)], *drill)
        look(task)
    done = shop.play("drill", "--tags", "postgres")
    assert done.status == 0, done.tail
    assert shop.site.kubectl("get", "namespace", "-l", "groundwork.platform/scratch", "-o", "name") == ""


def test_a_damaged_base_backup_is_caught(shop: Shop) -> None:
    """Last, because it stays damaged. Whatever is reported complete, only the restore knows."""
    for path in shop.site.bucket.rglob("base/*/data.tar*"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 4096] = bytes(4096)
        path.write_bytes(content)
    failed = shop.play("drill", "--tags", "postgres")
    assert failed.status != 0
    newest = max((shop.folder / "copies").glob("drill-postgres-[0-9]*.json"), key=lambda path: path.stat().st_mtime)
    assert re.search(r"full-recovery has failed|pg_amcheck", " ".join(json.loads(newest.read_text(encoding="utf-8"))["problems"]))
