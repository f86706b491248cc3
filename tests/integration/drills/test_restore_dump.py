# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""restore_database.yml, scenario ``dump``, out of a real bucket; the test plays CloudNativePG and ends the job. The runbook is restore-database.md."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at, name_of

from tests.integration.drills.conftest import jobs_end
from tests.support.api_site import ROW, Site
from tests.support.background import repeated
from tests.support.objectstore import Store, running
from tests.support.open_kinds import serve

#: Each of them plays it several times.
pytestmark = pytest.mark.long
CNPG = "postgresql.cnpg.io/v1"
NAMESPACE = "databases"
NEWEST = "dev/dumps/shop/orders/20261122T030000Z.dump"
ASKED = ("restore_database", "-e", "cluster=shop", "-e", "scenario=dump", "-e", "database=orders", "-e")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """With two dumps of one database."""
    with running(tmp_path_factory.mktemp("s3") / "server") as found:
        (found.folder / "buckets" / "dumps").mkdir()
        for key in ("dev/dumps/shop/orders/20261121T030000Z.dump", NEWEST):
            found.s3.put("dumps", key, io.BytesIO(b"PGDMP"), 5)
        yield found


@pytest.fixture(autouse=True)
def shop(site: Site, store: Store) -> Iterator[None]:
    """A cluster with one database; its operator makes what is asked for."""
    kube = site.api.kube()
    serve(kube, "test", CNPG, ["Database"])
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, "test")
    marker = r"(?P<source>[^/]+/[^/]+)/[0-9TZ]+\.dump"
    row = {**ROW, "kind": "postgres-dump", "what": "dumps", "tool": "pg_dump", "bucket": "dumps", "folder": "dev/dumps", "marker": marker}
    database = {"kind": "Database", "spec": {"name": "orders", "owner": "shop_owner", "cluster": {"name": "shop"}, "extensions": [{"name": "citext"}]}}
    cluster = {"name": "shop", "namespace": NAMESPACE, "spec": {"imageName": "postgres:17.6", "storage": {"size": "1Gi"}}, "beside": [database], "checks": []}
    place = {name: store.arguments[name] for name in ("endpoint", "region", "access_key", "secret_key")} | {"ca_file": str(store.folder / "ca.pem")}
    site.own |= {"postgresql_clusters": [cluster], "postgresql_masking": {}, "groundwork_order": ["dev", "prod"], "groundwork_backup_rows": [row]}
    site.own |= {"groundwork_backup_places": {"first": place}, "groundwork_backup_dump_image": "python:3.13"}

    def work() -> None:
        for thing in kube.objects(CNPG, "Database", NAMESPACE):
            if not at(thing, "status"):
                kube.patch(Reference(CNPG, "Database", name_of(thing), NAMESPACE), {"status": {"applied": True}}, "test")

    with repeated(work, 0.2, KubeError):
        yield


def test_a_dump_becomes_a_new_database_of_its_cluster(site: Site) -> None:
    done = site.play(*ASKED, "to=orders_back", "--check")
    assert (done.status, "shop/orders would be restored as orders_back in namespace databases" in done.said) == (0, True), done.tail
    assert not site.has(CNPG, "Database", "shop-orders-back", NAMESPACE)
    with jobs_end(site.api, NAMESPACE):
        done = site.play(*ASKED, "to=orders_back", "-vvv", "--diff")
    assert (done.status, "shop/orders is restored as orders_back in namespace databases" in done.said) == (0, True), done.tail
    assert site.own["groundwork_backup_places"]["first"]["secret_key"] not in done.output
    made = site.get(CNPG, "Database", "shop-orders-back", NAMESPACE)
    wanted = {"name": "orders_back", "owner": "shop_owner", "cluster": {"name": "shop"}, "extensions": [{"name": "citext"}]}
    assert at(made, "spec") == wanted
    job, _look = sorted(site.api.kube().objects("batch/v1", "Job", NAMESPACE), key=lambda found: len(name_of(found)))
    (_again, fetch), (restore,) = (at(job, "spec", "template", "spec", kind) for kind in ("initContainers", "containers"))
    assert {"name": "S3_KEY", "value": NEWEST} in fetch["env"]
    assert "--dbname=orders_back" in restore["command"]
    again = site.play(*ASKED, "to=orders_back")
    assert again.status != 0
    assert "orders_back is a database of shop, and a dump goes into a new one only" in again.said


def test_a_restore_that_fails_says_the_last_words_of_its_pod(site: Site) -> None:
    with jobs_end(site.api, NAMESPACE, "pg_restore: error: input file does not appear to be a valid archive", well="-look"):
        done = site.play(*ASKED, "to=orders_bad")
    assert done.status != 0
    assert "the restore failed: pg_restore: error: input file does not appear to be a valid archive" in done.said


def test_a_database_that_no_object_tells_of_is_left_alone(site: Site) -> None:
    """The operator would take it over. Nothing is asked of it before a job has looked."""
    with jobs_end(site.api, NAMESPACE, "ERROR: stock is a database of shop, and a dump goes into a new one only: give another name"):
        done = site.play(*ASKED, "to=stock")
    assert done.status != 0
    assert "the restore failed: ERROR: stock is a database of shop" in done.said
    assert not site.has(CNPG, "Database", "shop-stock", NAMESPACE)


def test_a_dump_of_another_environment_is_refused(site: Site) -> None:
    done = site.play(*ASKED, "to=orders_prod", "-e", "dump=prod/dumps/shop/orders/20261122T030000Z.dump")
    assert done.status != 0
    assert "is no dump of shop/orders of dev: their keys begin with dev/dumps/shop/orders/" in done.said
    assert not site.has(CNPG, "Database", "shop-orders-prod", NAMESPACE)


def test_what_cannot_end_well_is_refused_before_anything_is_touched(site: Site) -> None:
    site.own["postgresql_clusters"][0]["beside"].append({"kind": "Database", "spec": {"name": "books", "owner": "shop_owner", "cluster": {"name": "shop"}}})
    done = site.play("restore_database", "-e", "cluster=shop", "-e", "scenario=dump", "-e", "database=books", "-e", "to=books_back")
    assert done.status != 0
    assert "there is no dump of shop/books: the bucket has none" in done.said
    assert not site.has(CNPG, "Database", "shop-books-back", NAMESPACE)
