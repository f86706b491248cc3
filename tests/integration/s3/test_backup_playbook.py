# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""backup.yml against a real S3 server: buckets, what only the management machine has, and the state of all rows."""

from __future__ import annotations

import io
import json
import os
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


@pytest.fixture(scope="module")
def stored(site: Site) -> Site:
    """What only the management machine has lies in its buckets, whichever of these tests run."""
    done = site.play("--tags", "buckets,management")
    assert done.status == 0, done.output[-3000:]
    return site


def test_buckets_are_made_once(site: Site) -> None:
    assert "changed=1" in site.play("--tags", "buckets").output
    assert "changed=0" in site.play("--tags", "buckets").output


def test_nothing_is_there_yet(site: Site) -> None:
    assert {row["verdict"] for row in site.status().values()} == {"none"}


def test_the_repository_and_bundles_are_stored_and_found(site: Site, store: Store) -> None:
    now = int(time.time())
    (site.copies / f"on-demand-k8s-dev-21-{now}.escrow.age").write_bytes(b"bundle")
    assert site.play("--tags", "management").status == 0
    rows = site.status()
    assert rows["git"]["verdict"] == rows["escrow"]["verdict"] == "unproven"
    assert rows["escrow"]["newest"] == f"dev/escrow/on-demand-k8s-dev-21-{now}.escrow.age"
    (site.copies / f"on-demand-k8s-dev-21-{now - 100_000}.escrow.age").write_bytes(b"an older one that was never stored")
    assert site.play("--tags", "management").status == 0
    row = site.status()["escrow"]
    assert (row["newest"], row["count"]) == (f"dev/escrow/on-demand-k8s-dev-21-{now}.escrow.age", 2)
    bundle = io.BytesIO()
    store.s3.fetch("site-rest", rows["git"]["newest"], bundle)
    file = site.folder / "fetched.bundle"
    file.write_bytes(bundle.getvalue())
    subprocess.run(["git", "clone", "-q", str(file), str(site.folder / "clone")], check=True)
    log = subprocess.run(["git", "-C", str(site.folder / "clone"), "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert log.stdout == "first\n"


def test_what_is_kept_for_long_enough_goes_here_and_there(site: Site, store: Store) -> None:
    """By its name, though it was written just now; what a user has put beside it stays, and an object lock refuses no marker."""
    git = site.copies / "git"
    old = ["20200101T000000Z.bundle", "20200102T000000Z.bundle"]
    for name in (*old, "mine.bundle"):
        (git / name).write_bytes(b"old")
        store.s3.put("site-rest", f"dev/git/{name}", io.BytesIO(b"old"), 3)
    (site.copies / "on-demand-k8s-dev-21-1500000000.escrow.age").write_bytes(b"old")
    before = {found.key for found in store.s3.objects("site-rest", "dev/")}
    assert site.play("--tags", "management").status == 0
    after = {found.key for found in store.s3.objects("site-rest", "dev/")}
    assert before - after == {f"dev/git/{name}" for name in old}
    assert {path.name for path in git.glob("*.bundle")} >= {"mine.bundle", *(key.rpartition("/")[2] for key in after if key.startswith("dev/git/2"))}
    assert not any((git / name).exists() for name in old)
    assert not list(site.copies.glob("*-1500000000*"))
    assert "dev/escrow/on-demand-k8s-dev-21-1500000000.escrow.age" not in after


@pytest.mark.long
def test_a_killed_run_and_another_address_are_in_nobodys_way(stored: Site) -> None:
    """Half a mirror and a lock of git are removed; what the matrix names now is what is kept."""
    git = stored.copies / "git"
    (git / "repository.git").rename(git / "repository.git.partial")
    for name in (".partial.bundle", ".partial.bundle.lock"):
        (git / name).write_bytes(b"half")
    done = stored.play("--tags", "management")
    assert done.status == 0, done.output[-3000:]
    moved = stored.folder / "moved"
    subprocess.run(["git", "clone", "-q", "--bare", str(stored.repository), str(moved)], check=True)
    as_somebody = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(moved)]
    tree = subprocess.run([*as_somebody, "mktree"], input="", capture_output=True, text=True, check=True).stdout.strip()
    commit = subprocess.run([*as_somebody, "commit-tree", "-m", "second", tree], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run([*as_somebody, "update-ref", "refs/heads/later", commit], check=True)
    time.sleep(1.1)  # a bundle has the second in its name
    done = stored.play("--tags", "management", "-e", f"groundwork_backup_git={moved}")
    assert done.status == 0, done.output[-3000:]
    assert stored.status()["git"]["newest"].rpartition("/")[2] == max(path.name for path in git.glob("2*.bundle"))
    heads = subprocess.run(["git", "bundle", "list-heads", str(max(git.glob("2*.bundle")))], capture_output=True, text=True, check=True).stdout
    assert f"{commit} refs/heads/later" in heads


def test_timers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each row with a bucket; that of a row that has gone goes, too, and those of others stay."""
    table = site.folder / "crontab.txt"
    table.write_text("0 0 * * * mine\n")
    programs = site.folder / "programs"
    programs.mkdir()
    (programs / "crontab").write_text(f'#!/bin/sh\nif [ "$1" = -l ]; then cat {table}; else for last; do :; done; cat "$last" >{table}; fi\n')
    (programs / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    done = site.play("--tags", "timers")
    assert done.status == 0, done.output[-3000:]
    lines = table.read_text().splitlines()
    assert [line.split()[:5] for line in lines if "playbooks/backup.yml" in line] == [["30", "*", "*", "*", "*"], ["15", "1", "*", "*", "*"]]
    assert "0 0 * * * mine" in lines
    assert "changed=0" in site.play("--tags", "timers").output
    rows = json.loads(site.inventory.read_text())["k3s_server"]["vars"]["groundwork_backup_rows"]
    assert site.play("--tags", "timers", "-e", json.dumps({"groundwork_backup_rows": [row for row in rows if row["kind"] != "git"]})).status == 0
    assert [line.split()[:2] for line in table.read_text().splitlines() if "playbooks/backup.yml" in line] == [["15", "1"]]


@pytest.mark.long
def test_a_proof_makes_a_row_good_and_a_failed_drill_unproven_again(stored: Site) -> None:
    at = int(time.time())
    report = {"kind": "git", "at": at, "rto_seconds": 5, "rpo_seconds": 5, "problems": []}
    (stored.copies / "drill-git-1.json").write_text(json.dumps(report))
    assert stored.status()["git"]["verdict"] == "ok"
    (stored.copies / "drill-git-2.json").write_text(json.dumps({**report, "at": at + 1, "problems": ["the bundle is damaged"]}))
    time.sleep(1.1)  # a report of the future would not count
    row = stored.status()["git"]
    assert (row["verdict"], "the bundle is damaged" in row["reasons"][0]) == ("unproven", True)


def test_no_key_is_printed(site: Site, store: Store) -> None:
    assert store.place.secret_key not in site.play("--tags", "status", "-vvv", "--diff").output
