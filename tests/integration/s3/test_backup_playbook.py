# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""backup.yml against a real S3 server: buckets, what only the management machine has, and the state of all rows."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.variables_backup import snapshot_variables

from tests.support.objectstore import Store

ROOT = Path(__file__).parents[3]
SCHEDULE = {
    kind: {"bucket": f"site-{bucket}", "rto": "1h"} for kind, bucket in (("etcd", "etcd"), ("git", "rest"), ("escrow", "rest"), ("volumes", "longhorn"))
}


class Site:
    """An inventory of one server that nobody can reach: what runs here runs on the management machine alone."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.copies = folder / "copies"
        self.repository = folder / "repository"
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(self.repository)]
        subprocess.run(["git", "init", "-q", str(self.repository)], check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
        ca = folder / "ca.pem"
        ca.write_text(store.place.ca)
        said = {"endpoint": store.place.endpoint, "locked": "1d", "folder": "dev", "ca_file": str(ca)}
        variables = snapshot_variables([], Backup.model_validate({"s3": said, "schedule": SCHEDULE}))
        place = variables["groundwork_backup_places"]["first"]
        place |= {"access_key": store.place.access_key, "secret_key": store.place.secret_key}
        own = {"groundwork_environment": "dev", "k3s_snapshot_dir": str(self.copies), "groundwork_backup_git": str(self.repository), "ansible_become": True}
        hosts = {"k8s-dev-21": {"ansible_host": "192.0.2.1"}}
        self.inventory = folder / "hosts.json"
        self.inventory.write_text(json.dumps({"k3s_server": {"hosts": hosts, "vars": {**variables, **own, "place_records": str(folder / "records")}}}))

    def play(self, *arguments: str) -> str:
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_NOCOLOR": "1"}
        argv = [str(Path(sys.executable).with_name("ansible-playbook")), str(ROOT / "playbooks/backup.yml"), "-i", str(self.inventory), *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, cwd=self.folder)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
        return done.stdout

    def status(self) -> dict[str, Any]:
        self.play("--tags", "status")
        said = json.loads((self.copies / "status.json").read_text())
        return {row["kind"]: row for row in said["rows"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Site:
    return Site(tmp_path_factory.mktemp("site"), store)


def test_buckets_are_made_once(site: Site) -> None:
    assert "changed=1" in site.play("--tags", "buckets")
    assert "changed=0" in site.play("--tags", "buckets")


def test_nothing_is_there_yet(site: Site) -> None:
    assert {row["verdict"] for row in site.status().values()} == {"none"}


def test_the_repository_and_bundles_are_stored_and_found(site: Site, store: Store) -> None:
    (site.copies / "on-demand-k8s-dev-21-1795250000.escrow.age").write_bytes(b"bundle")
    site.play("--tags", "management")
    rows = site.status()
    assert rows["git"]["verdict"] == rows["escrow"]["verdict"] == "unproven"
    assert rows["escrow"]["newest"] == "dev/escrow/on-demand-k8s-dev-21-1795250000.escrow.age"
    bundle = io.BytesIO()
    store.s3.fetch("site-rest", rows["git"]["newest"], bundle)
    file = site.folder / "fetched.bundle"
    file.write_bytes(bundle.getvalue())
    subprocess.run(["git", "clone", "-q", str(file), str(site.folder / "clone")], check=True)
    log = subprocess.run(["git", "-C", str(site.folder / "clone"), "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert log.stdout == "first\n"


def test_a_proof_makes_a_row_good_and_a_failed_drill_unproven_again(site: Site) -> None:
    report = {"kind": "git", "at": int(time.time()), "rto_seconds": 5, "rpo_seconds": 5, "problems": []}
    (site.copies / "drill-git-1.json").write_text(json.dumps(report))
    assert site.status()["git"]["verdict"] == "ok"
    (site.copies / "drill-git-2.json").write_text(json.dumps({**report, "at": report["at"] + 1, "problems": ["the bundle is damaged"]}))
    time.sleep(1.1)  # a report of the future would not count
    row = site.status()["git"]
    assert (row["verdict"], "the bundle is damaged" in row["reasons"][0]) == ("unproven", True)


def test_no_key_is_printed(site: Site, store: Store) -> None:
    assert store.place.secret_key not in site.play("--tags", "status", "-vvv", "--diff")
