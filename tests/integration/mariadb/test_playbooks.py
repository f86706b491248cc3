# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml and restores by playbook against a real API server; the tests play mariadb-operator and Velero."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import restore
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of

from tests.integration.mariadb.conftest import SPEC, Cluster, live, place
from tests.support.apiserver import Api
from tests.support.mariadb_double import Operator

ROOT = Path(__file__).parents[3]
VELERO = "velero.io/v1"
ROW = {"kind": "mariadb", "what": "MariaDB", "tool": "mariadb-operator", "runs_on": "operator", "at": "30 2 * * *", "bucket": "b", "interval": 86400}
AT = "1795000000"
USER = {"apiVersion": GROUP, "kind": "User", "metadata": {"name": "shop"}, "spec": {"name": "shop", "mariaDbRef": {"name": "shop"}, "host": "%"}}


class Site:
    """An environment of which only the API server is there."""

    def __init__(self, folder: Path, api: Api, namespace: str) -> None:
        self.folder, self.api, self.namespace = folder, api, namespace

    def play(self, playbook: str, *arguments: str, checks: list[Object] | None = None) -> tuple[int, str]:
        """Status and words of one of our playbooks, or of one in the folder of the test."""
        cluster = {"name": "shop", "namespace": self.namespace, "spec": SPEC, "contents": [self.user], "backup": {"storage": {}}, "checks": checks or []}
        rows = [{**ROW, "rto": None, "rpo": None, "prove_every": 86400, "expects": ["shop"]}]
        access = {"kubeconfig_path": str(self.api.kubeconfig), "kubeconfig_context": self.api.context, "k3s_snapshot_dir": str(self.folder / "copies")}
        own = {"groundwork_environment": "dev", "mariadb_clusters": [cluster], "postgresql_clusters": [], "ansible_become": True}
        hosts = {"k3s_server": {"hosts": {"k8s-dev-21": {"ansible_host": "192.0.2.1"}}, "vars": {**access, **own}}}
        hosts["k3s_server"]["vars"] |= {"groundwork_backup_rows": rows, "groundwork_backup_places": {}}
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps(hosts))
        command = [str(Path(sys.executable).with_name("ansible-playbook")), str(self.path(playbook)), "-i", str(inventory), *arguments]
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=self.folder)
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def path(self, playbook: str) -> Path:
        own = self.folder / f"{playbook}.yml"
        return own if own.exists() else ROOT / "playbooks" / f"{playbook}.yml"

    @property
    def user(self) -> Object:
        return {**USER, "metadata": {"name": "shop", "namespace": self.namespace}}

    def get(self, version: str, kind: str, name: str, namespace: str = "") -> Object | None:
        return self.api.kube().get(Reference(version, kind, name, namespace or self.namespace))


@pytest.fixture
def site(tmp_path: Path, api: Api, namespace: str) -> Site:
    return Site(tmp_path, api, namespace)


@pytest.fixture
def dumped(cluster: Cluster, site: Site) -> Site:
    """A cluster with a dump that succeeded."""
    cluster.do(spec=SPEC)
    cluster.backup(backup="shop", spec={"storage": place(cluster)})
    return site


CHECKS: list[Object] = [{"database": "shop", "sql": "SELECT COUNT(*) FROM users", "minimum": 1}]


def test_a_drill_of_mariadb_is_a_proof_until_one_fails(dumped: Site, operator: Operator) -> None:
    status, said = dumped.play("drill", "--tags", "mariadb", checks=CHECKS)
    assert status == 0, said[-3000:]
    assert "Proven: mariadb" in said
    (report,) = (json.loads(path.read_text()) for path in (dumped.folder / "copies").glob("drill-mariadb-*.json"))
    assert (report["source"], report["problems"], report["rpo_seconds"] is not None) == ("shop", [], True)
    proof = dumped.get("v1", "ConfigMap", "proof-mariadb", "groundwork-backup")
    assert proof is not None
    operator.ends = {"SqlJob": "JobFailed"}
    status, said = dumped.play("drill", "--tags", "mariadb", checks=CHECKS)
    assert status != 0
    assert "shop: SqlJob shop-trial-check-0" in said
    assert dumped.get("v1", "ConfigMap", "proof-mariadb", "groundwork-backup") == proof, "a failure renews no proof"
    assert dumped.get(GROUP, "MariaDB", "shop-trial") is None


def test_a_mariadb_comes_back_beside_its_source(dumped: Site, cluster: Cluster) -> None:
    before = live(cluster)
    asked = ("-e", "mariadb=shop", "-e", "to=shop-2")
    status, said = dumped.play("restore_mariadb", *asked, "--check")
    assert (status, "shop would be restored as shop-2" in said) == (0, True), said[-3000:]
    assert dumped.get(GROUP, "MariaDB", "shop-2") is None
    for _again in range(2):
        status, said = dumped.play("restore_mariadb", *asked)
        assert (status, "shop is restored as shop-2" in said) == (0, True), said[-3000:]
    assert "changed=0" in said
    made, user = dumped.get(GROUP, "MariaDB", "shop-2"), dumped.get(GROUP, "User", "shop-2")
    assert at(made, "metadata", "annotations", restore.RESTORED)
    assert at(user, "spec", "mariaDbRef", "name") == "shop-2"
    assert (live(cluster)["metadata"]["generation"], live(cluster)["spec"]) == (before["metadata"]["generation"], before["spec"])


def test_a_mariadb_is_refused_with_everything_at_once(site: Site) -> None:
    status, said = site.play("restore_mariadb", "-e", "mariadb=shop", "-e", "to=shop", "-e", "overwrite=true", "-e", "from_environment=prod")
    assert status != 0
    for words in ("3 problem(s), nothing was touched", "goes into a new one only", "never overwritten", "nothing masks a MariaDB"):
        assert words in said


PART = """
- hosts: k3s_server[0]
  gather_facts: false
  module_defaults:
    group/kubernetes.core.k8s: {kubeconfig: "{{ kubeconfig_path }}", context: "{{ kubeconfig_context }}"}
  vars: {recover_mariadb: "{{ mariadb_clusters[0] }}"}
  tasks:
"""


@contextlib.contextmanager
def claims_end(api: Api, namespace: str) -> Iterator[None]:
    """Kubernetes's own controller, which lets a claim go that no pod uses."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            with contextlib.suppress(KubeError):
                for claim in api.kube().objects("v1", "PersistentVolumeClaim", namespace):
                    if at(claim, "metadata", "deletionTimestamp"):
                        reference = Reference("v1", "PersistentVolumeClaim", name_of(claim), namespace)
                        api.kube().patch(reference, {"metadata": {"finalizers": None}}, "test")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def test_a_lost_mariadb_is_recovered_under_its_name_and_reported(dumped: Site, cluster: Cluster, api: Api) -> None:
    """The parts of recover_environment.yml that need no hosts. Argo CD had the cluster, and the mark of an earlier recovery came back with etcd."""
    old = live(cluster)
    marks = {"argocd.argoproj.io/tracking-id": "shop:k8s.mariadb.com/MariaDB:x/shop", restore.RESTORED: "2026-01-01T00:00:00Z", restore.SOURCE: "shop"}
    api.kube().patch(cluster.session.reference(), {"metadata": {"annotations": marks}}, "test")
    kube, planted = api.kube(), {"name": "planted", "namespace": "groundwork-backup"}
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "groundwork-backup"}}, "test")
    kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": planted, "data": {"at": AT}}, "test", force=True)
    kube.apply({"apiVersion": "v1", "kind": "Secret", "metadata": planted, "stringData": {"at": AT}}, "test", force=True)
    tasks = "".join(f"    - include_tasks: {ROOT}/playbooks/tasks/recover_{part}.yml\n" for part in ("planted", "mariadb", "end"))
    (dumped.folder / "part.yml").write_text(PART + tasks)
    (dumped.folder / "copies").mkdir()
    time.sleep(2)
    began = time.time()
    clock = dumped.folder / "copies" / "recovery-began"
    clock.write_text(str(began))
    given = ("-e", f"recover_began={began}", "-e", "recover_bundle=/x/one.escrow.age")
    with claims_end(api, dumped.namespace):
        status, said = dumped.play("part", *given)
    assert status == 0, said[-3000:]
    assert live(cluster)["metadata"]["uid"] != old["metadata"]["uid"]
    assert not clock.exists()
    whole = json.loads((dumped.folder / "copies" / f"recovery-{int(began)}.json").read_text())
    assert [(part["kind"], part["source"]) for part in whole["parts"]] == [("etcd", "one.escrow.age"), ("mariadb", "shop")]
    assert next(part["rpo_seconds"] for part in whole["parts"]) == max(0, int(began) - int(AT))
    assert "Everything took" in (dumped.folder / "copies" / f"recovery-{int(began)}.md").read_text()
    new = live(cluster)
    status, said = dumped.play("part", *given, checks=CHECKS)
    assert live(cluster)["metadata"]["uid"] == new["metadata"]["uid"], "what is done is found done"
    assert status != 0
    assert "dev is back, but: check 'SELECT COUNT(*) FROM users' in shop" in said


@pytest.fixture(scope="module")
def velero(api: Api) -> Iterator[dict[str, str]]:
    """Velero's kinds, a backup, and somebody who ends restores as ``phase`` says."""
    kube = api.kube()
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    for kind in ("Backup", "Restore"):
        names = {"kind": kind, "plural": f"{kind.lower()}s"}
        spec = {"group": "velero.io", "names": names, "scope": "Namespaced", "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}]}
        metadata = {"name": f"{names['plural']}.velero.io"}
        kube.apply({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}, "test")
    until = time.monotonic() + 60
    while not all(kube.serves(VELERO, kind) for kind in ("Backup", "Restore")):
        assert time.monotonic() < until
        time.sleep(0.2)
    for name in ("velero", "wiki"):
        kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "test")
    status = {"phase": "Completed", "startTimestamp": "2026-11-22T04:00:00Z", "completionTimestamp": "2026-11-22T04:01:00Z"}
    kube.apply({"apiVersion": VELERO, "kind": "Backup", "metadata": {"name": "nightly", "namespace": "velero"}, "spec": {}, "status": status}, "test")
    ends, over = {"phase": "Completed", "planted": AT}, threading.Event()

    def restored(thing: Object) -> None:
        for source, target in (at(thing, "spec", "namespaceMapping") or {}).items():
            kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": target}}, "velero")
            if source == "groundwork-backup":
                planted = {"name": "planted", "namespace": target}
                kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": planted, "data": {"at": AT}}, "velero")
                kube.apply({"apiVersion": "v1", "kind": "Secret", "metadata": planted, "stringData": {"at": ends["planted"]}}, "velero")
        kube.patch(Reference(VELERO, "Restore", name_of(thing), "velero"), {"status": dict(ends)}, "velero")

    def work() -> None:
        while not over.wait(0.2):
            with contextlib.suppress(KubeError):
                for thing in kube.objects(VELERO, "Restore", "velero"):
                    if not at(thing, "status", "phase"):
                        restored(thing)
                for space in kube.objects("v1", "Namespace"):
                    if at(space, "metadata", "deletionTimestamp"):
                        kube.ask("PUT", f"/api/v1/namespaces/{name_of(space)}/finalize", {}, {**space, "spec": {"finalizers": []}})

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield ends
    over.set()
    thread.join()


def restores(site: Site) -> list[Object]:
    return sorted((thing["spec"] for thing in site.api.kube().objects(VELERO, "Restore", "velero")), key=str)


def test_a_drill_of_namespaces_looks_for_what_was_planted(site: Site, velero: dict[str, str]) -> None:
    """The test plays Velero, which brings back what ``planted`` says into the Secret."""
    row = {**ROW, "kind": "objects", "rto": None, "rpo": None, "prove_every": 86400, "expects": None}
    (site.folder / "part.yml").write_text(PART + f"    - include_tasks: {ROOT}/playbooks/tasks/drill_objects.yml\n")
    (site.folder / "copies").mkdir()
    for planted, words in ((AT, ""), ("1795000001", "the planted ConfigMap and Secret are not back")):
        velero["planted"] = planted
        status, said = site.play("part", "-e", json.dumps({"groundwork_backup_rows": [row]}))
        assert status == 0, said[-3000:]
        newest = max((site.folder / "copies").glob("drill-objects-*.json"), key=lambda path: path.stat().st_mtime)
        problems = json.loads(newest.read_text())["problems"]
        assert bool(problems) == bool(words)
        assert words in "".join(problems)
        assert site.get("v1", "Namespace", "groundwork-drill") is None
        assert restores(site) == []


def test_a_namespace_comes_back_beside_its_source_or_over_it_by_name(site: Site, velero: dict[str, str]) -> None:
    beside, over = ("-e", "namespace=wiki", "-e", "to=wiki-look"), ("-e", "namespace=wiki", "-e", "overwrite=true")
    status, said = site.play("restore_namespace", *beside, "--check")
    assert (status, "would be restored from nightly" in said, restores(site)) == (0, True, []), said[-3000:]
    status, said = site.play("restore_namespace", *over, "-e", "to=wiki", "-e", "backup=nightl")
    assert status != 0
    for words in ("3 problem(s), nothing was touched", "-e confirm=dev/wiki", "either -e to=NAME", "did you mean 'nightly'"):
        assert words in said
    assert restores(site) == []
    status, said = site.play("restore_namespace", *beside)
    assert (status, "into wiki-look; the source was not touched" in said) == (0, True), said[-3000:]
    assert [spec["namespaceMapping"] for spec in restores(site)] == [{"wiki": "wiki-look"}]
    status, said = site.play("restore_namespace", *over, "-e", "confirm=dev/wiki")
    assert (status, "over the source" in said) == (0, True), said[-3000:]
    assert sorted(spec.get("existingResourcePolicy", "") for spec in restores(site)) == ["", "update"]
    velero |= {"phase": "PartiallyFailed", "errors": "2"}
    status, said = site.play("restore_namespace", "-e", "namespace=wiki", "-e", "to=wiki-again")
    assert status != 0
    assert "ended as PartiallyFailed, with 2 errors" in said
