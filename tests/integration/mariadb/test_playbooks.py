# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml and restores by playbook against a real API server; the tests play mariadb-operator and Velero."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
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
from tests.support.background import repeated
from tests.support.mariadb_double import Operator
from tests.support.velero_double import AT, Velero

#: Each of them plays several playbooks: a minute and more.
pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[3]
ROW = {"kind": "mariadb", "what": "MariaDB", "tool": "mariadb-operator", "runs_on": "operator", "at": "30 2 * * *", "bucket": "b", "interval": 86400}
USER = {"apiVersion": GROUP, "kind": "User", "metadata": {"name": "shop"}, "spec": {"name": "shop", "mariaDbRef": {"name": "shop"}, "host": "%"}}


class Site:
    """An environment of which only the API server is there."""

    def __init__(self, folder: Path, api: Api, namespace: str) -> None:
        self.folder, self.api, self.namespace = folder, api, namespace

    def play(self, playbook: str, *arguments: str, checks: list[Object] | None = None, kill_at: str = "") -> tuple[int, str]:
        """Status and words of one of our playbooks, or of one in the folder of the test; killed half a second after a task has begun."""
        cluster = {"name": "shop", "namespace": self.namespace, "spec": SPEC, "contents": [self.user], "backup": {"storage": {}}, "checks": checks or []}
        rows = [{**ROW, "rto": None, "rpo": None, "prove_every": 86400, "expects": ["shop"]}]
        access = {"kubeconfig_path": str(self.api.kubeconfig), "kubeconfig_context": self.api.context, "k3s_snapshot_dir": str(self.folder / "copies")}
        own = {"groundwork_environment": "dev", "mariadb_clusters": [cluster], "postgresql_clusters": [], "ansible_become": True}
        backups = {"groundwork_backup_rows": rows, "groundwork_backup_places": {}}
        hosts = {"k3s_server": {"hosts": {"k8s-dev-21": {"ansible_host": "192.0.2.1"}}, "vars": {**access, **own, **backups}}}
        inventory = self.folder / "hosts.json"
        inventory.write_text(json.dumps(hosts))
        argv = [str(Path(sys.executable).with_name("ansible-playbook")), str(self.path(playbook)), "-i", str(inventory), *arguments]
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=self.folder, start_new_session=True)
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            if kill_at and line.startswith(f"TASK [{kill_at}]"):
                time.sleep(0.5)
                os.killpg(process.pid, signal.SIGKILL)
        return process.wait(), " ".join("".join(lines).split())

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


#: There is no bucket here: drill_seen is what a look into one would have found.
SEEN = {"drill_seen": {"backups": {"mariadb": {"sources": {"shop": {"at": int(AT)}}}}}}
GIVEN = ("-e", "confirm=dev", "-e", json.dumps(SEEN | {"recover_bundle": "/x/one.escrow.age", "recover_key": "", "recover_repeated": False}))
#: What the preflight finds out; the folder and the clock are of an earlier attempt.
BEGIN = """
    - include_role: {name: groundwork.platform.k3s, tasks_from: folder, public: true}
    - set_fact: {recover_began: "{{ lookup('file', clock) if clock is file else now(utc=true).timestamp() }}"}
      vars: {clock: "{{ k3s_snapshot_dir }}/recovery-began"}
"""
PARTS = ("begin", "planted", "mariadb", "end")


def claims_end(api: Api, namespace: str) -> contextlib.AbstractContextManager[None]:
    """Kubernetes's own controller, which lets a claim go that no pod uses."""

    def work() -> None:
        for claim in api.kube().objects("v1", "PersistentVolumeClaim", namespace):
            if at(claim, "metadata", "deletionTimestamp"):
                reference = Reference("v1", "PersistentVolumeClaim", name_of(claim), namespace)
                api.kube().patch(reference, {"metadata": {"finalizers": None}}, "test")

    return repeated(work, 0.2, KubeError)


def test_a_lost_mariadb_is_recovered_under_its_name_and_reported(dumped: Site, cluster: Cluster, api: Api) -> None:
    """The parts of recover_environment.yml that need no hosts. Argo CD had the cluster, and the mark of an earlier recovery came back with etcd."""
    old = live(cluster)
    marks = {"argocd.argoproj.io/tracking-id": "shop:k8s.mariadb.com/MariaDB:x/shop", restore.RESTORED: "2026-01-01T00:00:00Z", restore.SOURCE: "shop"}
    api.kube().patch(cluster.session.reference(), {"metadata": {"annotations": marks}}, "test")
    kube, planted = api.kube(), {"name": "planted", "namespace": "groundwork-backup"}
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "groundwork-backup"}}, "test")
    kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": planted, "data": {"at": AT}}, "test", force=True)
    kube.apply({"apiVersion": "v1", "kind": "Secret", "metadata": planted, "stringData": {"at": AT}}, "test", force=True)
    tasks = "".join(f"    - include_tasks: {ROOT}/playbooks/tasks/recover_{part}.yml\n" for part in PARTS)
    (dumped.folder / "part.yml").write_text(PART + BEGIN + tasks)
    (dumped.folder / "copies").mkdir()
    time.sleep(2)
    began = time.time()
    clock = dumped.folder / "copies" / "recovery-began"
    clock.write_text(str(began))
    with claims_end(api, dumped.namespace):
        status, said = dumped.play("part", *GIVEN)
    assert status == 0, said[-3000:]
    assert live(cluster)["metadata"]["uid"] != old["metadata"]["uid"]
    assert not clock.exists()
    whole = json.loads((dumped.folder / "copies" / f"recovery-{int(began)}.json").read_text())
    assert [(part["kind"], part["source"]) for part in whole["parts"]] == [("etcd", "one.escrow.age"), ("mariadb", "shop")]
    assert next(part["rpo_seconds"] for part in whole["parts"]) == max(0, int(began) - int(AT))
    assert "Everything took" in (dumped.folder / "copies" / f"recovery-{int(began)}.md").read_text()
    new = live(cluster)
    clock.write_text(str(began))
    status, said = dumped.play("part", *GIVEN, checks=CHECKS)
    assert live(cluster)["metadata"]["uid"] == new["metadata"]["uid"], "what is done is found done"
    assert status != 0
    assert "dev is back, but: check 'SELECT COUNT(*) FROM users' in shop" in said


def test_drills_and_recoveries_that_are_interrupted_end_well_when_they_are_repeated(dumped: Site, cluster: Cluster, api: Api) -> None:
    for point in ("Prove the dump", "Hold it against the matrix", "Write the page", "Tell the cluster what was proven"):
        status, said = dumped.play("drill", "--tags", "mariadb", kill_at=point)
        assert status < 0, f"it ended before {point}: {said[-2000:]}"
    status, said = dumped.play("drill", "--tags", "mariadb")
    assert status == 0, said[-3000:]
    assert dumped.get(GROUP, "MariaDB", "shop-trial") is None
    tasks = "".join(f"    - include_tasks: {ROOT}/playbooks/tasks/recover_{part}.yml\n" for part in ("begin", "mariadb", "end"))
    (dumped.folder / "part.yml").write_text(PART + BEGIN + tasks)
    time.sleep(2)
    clocks = set()
    with claims_end(api, dumped.namespace):
        for point in ("Look for claims that it left", "Remove them", "Restore it from its newest dump", "See how it came back", "Stop the clock"):
            status, said = dumped.play("part", *GIVEN, kill_at=point)
            assert status < 0, f"it ended before {point}: {said[-2000:]}"
            clocks.add((dumped.folder / "copies" / "recovery-began").read_text())
        assert len(clocks) == 1, "the clock runs from the first attempt"
        status, said = dumped.play("part", *GIVEN)
    assert (status, len(list((dumped.folder / "copies").glob("recovery-*.json")))) == (0, 1), said[-3000:]
    assert at(live(cluster), "metadata", "annotations", restore.RESTORED)


@pytest.fixture(scope="module")
def velero(api: Api) -> Iterator[Velero]:
    with Velero(api.kube()) as running:
        yield running


def test_a_drill_of_namespaces_looks_for_what_was_planted(site: Site, velero: Velero) -> None:
    """The test plays Velero, which brings back what ``planted`` says into the Secret."""
    row = {**ROW, "kind": "objects", "rto": None, "rpo": None, "prove_every": 86400, "expects": None}
    (site.folder / "part.yml").write_text(PART + f"    - include_tasks: {ROOT}/playbooks/tasks/drill_objects.yml\n")
    (site.folder / "copies").mkdir()
    for planted, words in ((AT, ""), ("1795000001", "the planted ConfigMap and Secret are not back")):
        velero.planted = planted
        status, said = site.play("part", "-e", json.dumps({"groundwork_backup_rows": [row]}))
        assert status == 0, said[-3000:]
        newest = max((site.folder / "copies").glob("drill-objects-*.json"), key=lambda path: path.stat().st_mtime)
        problems = json.loads(newest.read_text())["problems"]
        assert bool(problems) == bool(words)
        assert words in "".join(problems)
        assert site.get("v1", "Namespace", "groundwork-drill") is None
        assert velero.restores() == []


def test_a_namespace_comes_back_beside_its_source_or_over_it_by_name(site: Site, velero: Velero) -> None:
    site.api.kube().apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "wiki"}}, "test")
    beside, over = ("-e", "source=wiki", "-e", "to=wiki-look"), ("-e", "source=wiki", "-e", "overwrite=true")
    status, said = site.play("restore_namespace", *beside, "--check")
    assert (status, "would be restored from nightly" in said, velero.restores()) == (0, True, []), said[-3000:]
    status, said = site.play("restore_namespace")
    assert (status != 0, "2 problem(s), nothing was touched" in said, "give -e source=NAMESPACE" in said) == (True, True, True), said[-3000:]
    status, said = site.play("restore_namespace", *over, "-e", "to=wiki", "-e", "backup=nightl")
    assert status != 0
    for words in ("3 problem(s), nothing was touched", "-e confirm=dev/wiki", "either -e to=NAME", "did you mean 'nightly'"):
        assert words in said
    assert velero.restores() == []
    status, said = site.play("restore_namespace", *beside)
    assert (status, "into wiki-look; the source was not touched" in said) == (0, True), said[-3000:]
    assert [spec["namespaceMapping"] for spec in velero.restores()] == [{"wiki": "wiki-look"}]
    status, said = site.play("restore_namespace", *over, "-e", "confirm=dev/wiki")
    assert (status, "over the source" in said) == (0, True), said[-3000:]
    assert sorted(spec.get("existingResourcePolicy", "") for spec in velero.restores()) == ["", "update"]
    velero.status = {"phase": "PartiallyFailed", "errors": "2"}
    status, said = site.play("restore_namespace", "-e", "source=wiki", "-e", "to=wiki-again")
    assert status != 0
    assert "ended as PartiallyFailed, with 2 errors" in said


def jobs_end(api: Api, namespace: str, words: str = "") -> contextlib.AbstractContextManager[None]:
    """Jobs of a namespace end well, or with the last words of a pod; the namespace has to admit their pods."""
    kube, now = api.kube(), "2026-11-22T05:00:00Z"
    well = {"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions("SuccessCriteriaMet", "Complete")}
    badly = {"startTime": now, "failed": 1, "conditions": conditions("FailureTarget", "Failed")}
    ended = {"name": "restore", "image": "x", "imageID": "x", "ready": False, "restartCount": 0}
    state = {"terminated": {"exitCode": 1, "message": words, "startedAt": now, "finishedAt": now}}

    def end(job: Object) -> None:
        name = name_of(job)
        metadata = {"name": name, "namespace": namespace, "labels": {"job-name": name}}
        kube.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": at(job, "spec", "template", "spec")}, "test")
        if words:
            kube.patch(Reference("v1", "Pod", name, namespace), {"status": {"containerStatuses": [{**ended, "state": state}]}}, "test", "status")
        kube.patch(Reference("batch/v1", "Job", name, namespace), {"status": badly if words else well}, "test", "status")

    def work() -> None:
        for job in kube.objects("batch/v1", "Job", namespace):
            if not at(job, "status", "conditions"):
                end(job)

    return repeated(work, 0.2, KubeError)


def conditions(*kinds: str) -> list[Object]:
    return [{"type": kind, "status": "True", "lastTransitionTime": "2026-11-22T05:00:00Z", "reason": "Test"} for kind in kinds]


def test_a_drill_of_a_dump_believes_the_job(site: Site, api: Api, velero: Velero) -> None:
    """The job's script is run in tests/integration/s3/test_dump_trial.py; here is who waits for it, and what it leaves."""
    place = {"endpoint": "s3.example.org", "region": "eu-1", "access_key": "a", "secret_key": "secret-of-s3", "ca_file": None}
    spec = {"imageName": "postgres:17.6", "storage": {"size": "1Gi"}}
    given = {
        "groundwork_backup_rows": [{**ROW, "kind": "postgres-dump", "rto": None, "rpo": None, "prove_every": 86400, "expects": ["shop/orders"]}],
        "groundwork_backup_places": {"first": place},
        "groundwork_backup_dump_image": "python:3.13",
        "postgresql_clusters": [{"name": "shop", "namespace": "databases", "spec": spec, "beside": [], "checks": []}],
        "drill_seen": {"backups": {"postgres-dump": {"problem": "", "sources": {"shop/orders": {"at": int(AT), "key": "dev/dumps/shop/orders/1.dump"}}}}},
    }
    (site.folder / "part.yml").write_text(PART + f"    - include_tasks: {ROOT}/playbooks/tasks/drill_dump.yml\n      loop: [shop/orders]\n")
    (site.folder / "copies").mkdir()
    empty = {**given, "drill_seen": {"backups": {"postgres-dump": {"problem": "", "sources": {}}}}}
    answers = ((given, "", ""), (given, "answered 0, expected at least 1", "the restore failed: answered 0"), (empty, "", "the bucket has no dump of it"))
    file = site.folder / "variables.json"
    for variables, words, problem in answers:
        file.write_text(json.dumps(variables))
        with jobs_end(api, "groundwork-drill-dump", words):
            status, said = site.play("part", "-e", f"@{file}", "-vvv", "--diff")
        assert status == 0, said[-3000:]
        assert "secret-of-s3" not in said
        newest = max((site.folder / "copies").glob("drill-postgres-dump-*.json"), key=lambda path: path.stat().st_mtime)
        report = json.loads(newest.read_text())
        assert (report["source"], bool(report["problems"])) == ("shop/orders", bool(problem))
        assert problem in "".join(report["problems"])
        assert site.get("v1", "Namespace", "groundwork-drill-dump") is None
    assert velero.restores() == []
