# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What recover_environment.yml finds out before it touches anything: all problems at once; which bundle, and that a repeated run keeps to it."""

from __future__ import annotations

import json
import lzma
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.snapshot import read
from ansible_collections.groundwork.platform.plugins.plugin_utils import _escrow

from tests.integration.s3.management import Site
from tests.support.objectstore import Store
from tests.support.plays import ROOT, Played

SCHEDULE = {kind: {"bucket": "recovered"} for kind in ("escrow", "postgres", "mariadb")}
PLAY = f"""
- hosts: k3s_server
  gather_facts: false
  vars: {{operation_name: recover_environment.yml}}
  tasks:
    - import_tasks: {ROOT}/playbooks/tasks/recover_preflight.yml
    - include_tasks: {ROOT}/playbooks/tasks/recover_begin.yml
      when: not ansible_check_mode
    - debug: {{msg: "from {{{{ recover_bundle }}}}, {{{{ recover_etcd_back | default('unknown') }}}}"}}
"""


def cluster(server: str) -> dict[str, Any]:
    return {"name": "shop", "namespace": "databases", "spec": {"plugins": [{"parameters": {"serverName": server}}]}, "beside": []}


class Lost(Site):
    """A site whose bundles and archives are in S3, and an age key that opens them."""

    def __init__(self, folder: Path, store: Store) -> None:
        super().__init__(folder, store, SCHEDULE)
        self.store = store
        self.key = folder / "key"
        subprocess.run(["age-keygen", "--output", str(self.key)], check=True, capture_output=True)
        self.play_file = folder / "part.yml"
        self.play_file.write_text(PLAY)

    def bundle(self, name: str, environment: str = "site-dev") -> Path:
        """A bundle as backup.yml makes it."""
        recipient = subprocess.run(["age-keygen", "-y", str(self.key)], check=True, capture_output=True, text=True).stdout.strip()
        snapshot, target = self.folder / "plain", self.folder / f"{name}.escrow.age"
        snapshot.write_bytes(lzma.decompress((ROOT / "tests/fixtures/snapshot/etcd-3.6.7.xz").read_bytes()))
        opened_by = read(snapshot).fingerprint
        manifest = _escrow.Manifest(
            environment, "node-1", "v1.35.0+k3s3", "on-demand-node-1-1795250000", "0" * 64, 7, opened_by, "uid", 1795250000, "1795250000"
        )
        _escrow.seal(target, [recipient], manifest, {"server-token": b"K10::server:planted-secret\n"}, snapshot)
        return target

    def stored(self, name: str) -> None:
        """The same in S3."""
        self.put(f"dev/escrow/{name}.escrow.age", self.bundle(name).read_bytes())

    def put(self, key: str, content: bytes = b"x") -> None:
        path = self.folder / "object"
        path.write_bytes(content)
        with path.open("rb") as stream:
            self.store.s3.put("recovered", key, stream, len(content))

    def recover(self, *arguments: str, server: str = "shop", **variables: Any) -> Played:
        """The preflight and the begin of a recovery."""
        given = {
            "k3s_servers": [{"name": "k8s-dev-21", "address": "192.0.2.1"}],
            "k3s_adopt": False,
            "k3s_version": "v1.35.0+k3s3",
            "groundwork_nodes": ["node-1"],
            "kubeconfig_context": "site-dev",
            "kubeconfig_path": str(self.folder / "kubeconfig"),
            "kubeconfig_server": "https://127.0.0.1:1",
            "postgresql_clusters": [cluster(server)],
            "mariadb_clusters": [{"name": "wiki", "namespace": "wiki", "spec": {}, "contents": [], "backup": {}}],
            **variables,
        }
        file = self.folder / "variables.json"
        file.write_text(json.dumps(given))
        return self.play("-e", f"@{file}", *arguments, playbook=str(self.play_file))


@pytest.fixture
def site(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Lost:
    found = Lost(tmp_path, store)
    monkeypatch.delenv("SOPS_AGE_KEY", raising=False)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(found.key))
    if not (store.folder / "buckets" / "recovered").is_dir():
        assert found.play("--tags", "buckets").status == 0
    for kept in list(store.s3.objects("recovered")):
        (store.folder / "buckets" / "recovered" / kept.key).unlink()
    return found


def test_everything_wrong_at_once(site: Lost) -> None:
    """Nobody was asked for the hosts, which do not answer."""
    site.put("dev/shop/base/20261122T020000/backup.info")
    site.put("dev/shop-r202501010000/wals/0000000100000000/000000010000000000000001")
    missing = {**cluster("shop")}
    done = site.recover(postgresql_clusters=[missing], k3s_adopt=True)
    assert done.status != 0
    words = (
        "4 problem(s), nothing was touched",
        "this environment is adopted",
        "there is no bundle to recover from: the bucket has none",
        "into environments.dev.databases.postgresql.shop.server_name",
        "-e confirm=dev",
    )
    assert [word for word in words if word not in done.said] == []
    assert not (site.copies / "recovery-began").exists()


@pytest.mark.parametrize(
    ("environment", "version", "words"),
    [("site-prod", "v1.35.0+k3s3", "the bundle was made for site-prod, this is site-dev"), ("site-dev", "v1.20.0+k3s1", "newer than v1.20.0+k3s1")],
)
def test_a_bundle_that_does_not_fit(site: Lost, environment: str, version: str, words: str) -> None:
    done = site.recover("-e", f"bundle={site.bundle('other', environment)}", "-e", "confirm=dev", k3s_version=version)
    assert done.status != 0
    assert words in done.said
    assert "planted-secret" not in done.output


def test_a_bundle_that_is_damaged_or_not_there(site: Lost) -> None:
    site.stored("cut")
    site.store.damage("recovered", "dev/escrow/cut.escrow.age")
    for given in ((), ("-e", f"bundle={site.folder}/none.escrow.age")):
        done = site.recover("-e", "confirm=dev", *given)
        assert done.status != 0
        assert "1 problem(s), nothing was touched" in done.said
        assert ("none" if given else "cut") + ".escrow.age" in done.said


def test_a_check_reads_the_bundle_and_begins_nothing(site: Lost) -> None:
    site.stored("one")
    done = site.recover("--check")
    assert done.status == 0, done.output[-3000:]
    assert f"from {site.copies}/one.escrow.age" in done.said
    assert "shop has no base backup in its archive, and stays lost" in done.said
    assert "wiki has no dump in its bucket, and stays lost" in done.said
    assert sorted(path.name for path in site.copies.iterdir()) == ["one.escrow.age"]


@pytest.mark.long
def test_a_repeated_recovery_keeps_to_its_bundle_and_its_clock(site: Lost) -> None:
    """A timer may have stored a bundle of what was half recovered."""
    site.stored("first")
    assert site.recover("-e", "confirm=dev").status == 0
    clock = (site.copies / "recovery-began").read_text()
    site.stored("later")
    done = site.recover("-e", "confirm=dev")
    assert done.status == 0, done.output[-3000:]
    assert f"from {site.copies}/first.escrow.age, False" in done.said, "no API server answers, so etcd is not back"
    assert (site.copies / "recovery-began").read_text() == clock
    (site.copies / "recovery-began").unlink()
    assert f"from {site.copies}/later.escrow.age" in site.recover("-e", "confirm=dev").said, "without a clock it is a new recovery"
    given = site.bundle("given")
    assert f"from {given}, False" in site.recover("-e", "confirm=dev", "-e", f"bundle={given}").said
