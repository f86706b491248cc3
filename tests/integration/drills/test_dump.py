# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill of row ``postgres-dump``: who waits for its job, and what it leaves.

The job's script is run in tests/integration/s3/test_dump_trial.py. Here are no nodes: the tests end the job. There is no bucket, either: ``drill_seen`` is
what a look into one would have found.
"""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

from tests.integration.drills.conftest import jobs_end, killed_at
from tests.support.api_site import ROW, Site
from tests.support.apiserver import Api
from tests.support.velero_double import AT

#: Each of them plays drill.yml several times.
pytestmark = pytest.mark.long
NAME = "groundwork-drill-dump"
FOUND: Object = {"shop/orders": {"at": int(AT), "key": "dev/dumps/shop/orders/1.dump"}}
POINTS = (
    "Make the namespace",
    "Give it the account that reads the bucket",
    "Restore it and ask",
    "Look at the job",
    "Believe it only if it ended well",
    "Write the report",
    "Remove the namespace",
    "Write the page",
    "Tell the cluster what was proven",
)


def seen(sources: Object) -> tuple[str, str]:
    """What a bucket has."""
    return "-e", json.dumps({"drill_seen": {"backups": {"postgres-dump": {"problem": "", "sources": sources}}}})


DRILL = ("drill", "--tags", "postgres-dump", *seen(FOUND))


@pytest.fixture(autouse=True)
def of_the_drill(site: Site) -> None:
    """The S3 server does not answer whoever asks how backups stand."""
    place = {"endpoint": "127.0.0.1:1", "region": "eu-1", "access_key": "a", "secret_key": "secret-of-s3", "ca_file": None}
    spec = {"imageName": "postgres:17.6", "storage": {"size": "1Gi"}}
    row = {**ROW, "kind": "postgres-dump", "what": "dumps", "tool": "pg_dump", "folder": "dev/dumps", "marker": "x", "expects": ["shop/orders"]}
    cluster = {"name": "shop", "namespace": "databases", "spec": spec, "beside": [], "checks": []}
    site.own |= {"groundwork_backup_rows": [row], "groundwork_backup_places": {"first": place}, "groundwork_backup_dump_image": "python:3.13"}
    site.own["postgresql_clusters"] = [cluster]


@pytest.mark.parametrize(
    ("sources", "words", "problem"),
    [
        (FOUND, "", ""),
        (FOUND, "answered 0, expected at least 1", "the restore failed: answered 0"),
        ({}, "", "the bucket has no dump of it"),
    ],
)
def test_a_drill_of_a_dump_believes_the_job(site: Site, api: Api, sources: Object, words: str, problem: str) -> None:
    site.part("drill_dump", item="shop/orders")
    with jobs_end(api, NAME, words):
        done = site.play("part", *seen(sources), "-vvv", "--diff")
    assert done.status == 0, done.tail
    assert "secret-of-s3" not in done.output
    (report,) = site.reports("postgres-dump")
    assert (report["source"], bool(report["problems"])) == ("shop/orders", bool(problem))
    assert problem in "".join(report["problems"])
    assert not site.has("v1", "Namespace", NAME)


@pytest.mark.parametrize("lacking", ["server", "bucket"])
def test_without_a_place_nothing_is_restored_and_what_was_left_goes(site: Site, api: Api, lacking: str) -> None:
    """It is told as any other problem of the drill, before anything is made."""
    api.kube().apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}}, "test")
    if lacking == "server":
        site.own["groundwork_backup_places"] = {}
    else:
        site.own["groundwork_backup_rows"][0]["bucket"] = None
    site.part("drill_dump", item="shop/orders")
    done = site.play("part")
    assert done.status == 0, done.tail
    (report,) = site.reports("postgres-dump")
    assert "the matrix names no S3 server (backup.s3) or no bucket for dumps" in "".join(report["problems"])
    assert not site.has("v1", "Namespace", NAME)


def test_a_drill_that_is_interrupted_anywhere_is_cleaned_up_by_the_next(site: Site, api: Api) -> None:
    """Nine times in a row. What one leaves is the namespace that the guide names, with the account of the S3 server in it."""
    before: t.Sequence[Object] = api.kube().objects("v1", "Namespace")
    with jobs_end(api, NAME):
        for point in killed_at(site, POINTS, *DRILL):
            assert site.new_namespaces(before) <= {NAME, "groundwork-backup"}, point
        done = site.play(*DRILL)
    assert done.status == 0, done.tail
    assert site.new_namespaces(before) <= {"groundwork-backup"}
    assert site.proof("postgres-dump") is not None
