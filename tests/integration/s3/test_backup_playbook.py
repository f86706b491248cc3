# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""backup.yml against a real S3 server: buckets, what only the management machine has, and the state of all rows."""

from __future__ import annotations

import io
import json
import subprocess
import time

import pytest

from tests.integration.s3.management import Site
from tests.support.objectstore import Store

BUCKETS = {"etcd": "site-etcd", "git": "site-rest", "escrow": "site-rest", "volumes": "site-longhorn"}
SCHEDULE = {kind: {"bucket": bucket, "rto": "1h"} for kind, bucket in BUCKETS.items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Site:
    return Site(tmp_path_factory.mktemp("site"), store, SCHEDULE)


def test_buckets_are_made_once(site: Site) -> None:
    assert "changed=1" in site.play("--tags", "buckets").output
    assert "changed=0" in site.play("--tags", "buckets").output


def test_nothing_is_there_yet(site: Site) -> None:
    assert {row["verdict"] for row in site.status().values()} == {"none"}


def test_the_repository_and_bundles_are_stored_and_found(site: Site, store: Store) -> None:
    (site.copies / "on-demand-k8s-dev-21-1795250000.escrow.age").write_bytes(b"bundle")
    assert site.play("--tags", "management").status == 0
    rows = site.status()
    assert rows["git"]["verdict"] == rows["escrow"]["verdict"] == "unproven"
    assert rows["escrow"]["newest"] == "dev/escrow/on-demand-k8s-dev-21-1795250000.escrow.age"
    (site.copies / "on-demand-k8s-dev-21-1795150000.escrow.age").write_bytes(b"an older one that was never stored")
    assert site.play("--tags", "management").status == 0
    row = site.status()["escrow"]
    assert (row["newest"], row["count"]) == ("dev/escrow/on-demand-k8s-dev-21-1795250000.escrow.age", 2)
    bundle = io.BytesIO()
    store.s3.fetch("site-rest", rows["git"]["newest"], bundle)
    file = site.folder / "fetched.bundle"
    file.write_bytes(bundle.getvalue())
    subprocess.run(["git", "clone", "-q", str(file), str(site.folder / "clone")], check=True)
    log = subprocess.run(["git", "-C", str(site.folder / "clone"), "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert log.stdout == "first\n"


def test_a_proof_makes_a_row_good_and_a_failed_drill_unproven_again(site: Site) -> None:
    at = int(time.time())
    report = {"kind": "git", "at": at, "rto_seconds": 5, "rpo_seconds": 5, "problems": []}
    (site.copies / "drill-git-1.json").write_text(json.dumps(report))
    assert site.status()["git"]["verdict"] == "ok"
    (site.copies / "drill-git-2.json").write_text(json.dumps({**report, "at": at + 1, "problems": ["the bundle is damaged"]}))
    time.sleep(1.1)  # a report of the future would not count
    row = site.status()["git"]
    assert (row["verdict"], "the bundle is damaged" in row["reasons"][0]) == ("unproven", True)


def test_no_key_is_printed(site: Site, store: Store) -> None:
    assert store.place.secret_key not in site.play("--tags", "status", "-vvv", "--diff").output
