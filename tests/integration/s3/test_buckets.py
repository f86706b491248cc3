# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Buckets of a real S3 server: made once, locked, never with less protection than before; and what is found in them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import PART, S3, Place, Request, S3Error

from tests.integration.s3.conftest import Run
from tests.support.objectstore import Store

WEEK = 7 * 86400


def test_a_bucket_is_made_locked_and_then_left_alone(run: Run, store: Store) -> None:
    assert run("s3_bucket", check=True, name="locked", locked_seconds=WEEK)["steps"] == ["create", "lock"]
    assert run("s3_bucket", name="locked", locked_seconds=WEEK)["changed"]
    again = run("s3_bucket", name="locked", locked_seconds=WEEK)
    assert (again["changed"], again["before"]["versioning"], again["before"]["lock_days"]) == (False, "Enabled", 7)
    store.s3.put("locked", "backup", io.BytesIO(b"content"), 7)
    version = store.s3.ask(Request("HEAD", "locked", "backup"))[1]["x-amz-version-id"]
    with pytest.raises(S3Error) as refused:
        store.s3.ask(Request("DELETE", "locked", "backup", {"versionId": version}))
    assert refused.value.status == 403


def test_a_longer_lock_is_set_later(run: Run) -> None:
    run("s3_bucket", name="longer", locked_seconds=WEEK)
    assert run("s3_bucket", name="longer", locked_seconds=WEEK + 1)["steps"] == ["lock"]
    assert run("s3_bucket", name="longer", locked_seconds=WEEK + 1)["before"]["lock_days"] == 8


@pytest.mark.parametrize(
    ("name", "mode", "wanted", "steps", "kept"),
    [
        ("month", "GOVERNANCE", {"locked_seconds": WEEK}, [], (30, "GOVERNANCE")),
        ("stricter", "COMPLIANCE", {"locked_seconds": 4 * WEEK + 2 * 86400}, [], (30, "COMPLIANCE")),
        ("both", "COMPLIANCE", {"locked_seconds": 5 * WEEK}, ["lock"], (35, "COMPLIANCE")),
        ("tightened", "GOVERNANCE", {"locked_seconds": 5 * WEEK, "lock_mode": "COMPLIANCE"}, ["lock"], (35, "COMPLIANCE")),
    ],
)
def test_a_lock_never_gets_less(run: Run, name: str, mode: str, wanted: dict[str, object], steps: list[str], kept: tuple[int, str]) -> None:
    """Neither fewer days nor the mode that some accounts get around."""
    run("s3_bucket", name=name, locked_seconds=30 * 86400, lock_mode=mode)
    assert run("s3_bucket", name=name, **wanted)["steps"] == steps
    again = run("s3_bucket", name=name, **wanted)
    assert (again["steps"], (again["before"]["lock_days"], again["before"]["lock_mode"])) == ([], kept)


def test_a_lock_in_mode_compliance_is_never_shortened(run: Run) -> None:
    run("s3_bucket", name="strict", locked_seconds=WEEK, lock_mode="COMPLIANCE")
    answer = run("s3_bucket", name="strict", locked_seconds=86400, lock_mode="COMPLIANCE")
    assert "would take protection away" in answer["msg"]


def test_without_a_lock_old_versions_are_kept(run: Run, store: Store) -> None:
    assert run("s3_bucket", name="plain")["steps"] == ["create", "version"]
    assert not run("s3_bucket", name="plain")["changed"]
    for content in (b"old", b"new"):
        store.s3.put("plain", "key", io.BytesIO(content), 3)
    listed = store.s3.ask(Request("GET", "plain", query={"versions": ""}))[0]
    assert listed.count(b"<Version>") == 2


def test_a_bucket_without_object_lock_is_refused_when_a_lock_is_wanted(run: Run) -> None:
    run("s3_bucket", name="unlocked")
    assert "was made without object lock" in run("s3_bucket", name="unlocked", locked_seconds=WEEK)["msg"]


def test_wrong_keys_are_named(run: Run) -> None:
    assert "refuses the account or its keys" in run("s3_bucket", name="plain", secret_key="wrong")["msg"]


def test_a_file_goes_there_and_comes_back(run: Run, tmp_path: Path) -> None:
    run("s3_bucket", name="files")
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(bytes(range(256)) * (PART // 256 + 5))  # two parts
    given = {"bucket": "files", "key": "dev/escrow/1 +ü.bin"}
    assert run("s3_object", check=True, **given, src=str(source))["changed"]
    assert "no such object" in run("s3_object", check=True, **given, dest=str(target))["msg"]
    assert run("s3_object", **given, src=str(source))["changed"]
    assert not run("s3_object", **given, src=str(source))["changed"]
    assert run("s3_object", **given, dest=str(target))["changed"]
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o600
    assert not run("s3_object", **given, dest=str(target))["changed"]


def test_an_object_that_is_not_there_leaves_nothing(run: Run, tmp_path: Path) -> None:
    run("s3_bucket", name="files")
    assert "has no nothing" in run("s3_object", bucket="files", key="nothing", dest=str(tmp_path / "x"))["msg"]
    assert list(tmp_path.iterdir()) == []


def test_backups_are_found_by_what_is_written_last(run: Run, store: Store) -> None:
    run("s3_bucket", name="found")
    for key in ("dev/db/base/20261122T020000/data.tar", "dev/db/base/20261121T020000/backup.info", "prod/db/base/20261122T020000/backup.info"):
        store.s3.put("found", key, io.BytesIO(b"x"), 1)
    rows = [
        {"kind": "postgres", "bucket": "found", "folder": "dev", "marker": r"[^/]+/base/[0-9T]+/backup\.info"},
        {"kind": "etcd", "bucket": "found", "folder": "dev", "marker": r"[^/]+-[0-9]{10}"},
        {"kind": "volumes", "bucket": "nowhere", "folder": "dev", "marker": ".+"},
    ]
    found = run("backup_info", rows=rows)["backups"]
    assert (found["postgres"]["key"], found["postgres"]["count"]) == ("dev/db/base/20261121T020000/backup.info", 1)
    assert (found["etcd"]["at"], found["etcd"]["problem"]) == (None, "")
    assert "no bucket nowhere" in found["volumes"]["problem"]


def test_long_listings_are_read_to_their_end(run: Run, store: Store) -> None:
    run("s3_bucket", name="many")
    folder = store.folder / "buckets/many/dev"
    folder.mkdir()
    for number in range(1005):
        (folder / f"object-{number:010}").write_bytes(b"x")
    rows = [{"kind": "etcd", "bucket": "many", "folder": "dev", "marker": r"object-[0-9]{10}"}]
    assert run("backup_info", rows=rows)["backups"]["etcd"]["count"] == 1005


def test_nobody_there_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(S3Error, match="does not answer") as problem:
        list(S3(Place("localhost:1", "us-east-1", "key", "secret")).objects("bucket"))
    assert problem.value.status == 0
    assert list(tmp_path.iterdir()) == []


def test_pruning(run: Run, store: Store) -> None:
    """Check mode removes nothing; a second run has nothing to do; a marker that tells no time, or of which database it is, is refused."""
    run("s3_bucket", name="pruned", locked_seconds=WEEK)
    for name in ("20200101T000000Z", "20200102T000000Z"):
        store.s3.put("pruned", f"dev/git/{name}.bundle", io.BytesIO(b"x"), 1)
    asked = {"bucket": "pruned", "folder": "dev/git", "marker": "(?P<at>[0-9TZ]+)[.]bundle", "keep": WEEK}
    removed = ["dev/git/20200101T000000Z.bundle"]
    checked = run("backup_prune", check=True, **asked)
    assert (checked["changed"], checked["removed"]) == (True, removed)
    assert run("backup_prune", **asked)["removed"] == removed
    again = run("backup_prune", **asked)
    assert (again["changed"], again["removed"]) == (False, [])
    assert [found.key for found in store.s3.objects("pruned", "")] == ["dev/git/20200102T000000Z.bundle"]
    for marker, words in (("[0-9]+", "needs a group at"), ("(?P<source>x)(?P<at>y)", "no group source"), ("(", "no regular expression")):
        assert words in run("backup_prune", **{**asked, "marker": marker})["msg"]
    assert "has no bucket nowhere" in run("backup_prune", **{**asked, "bucket": "nowhere"})["msg"]
