# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of recover_environment.yml that need no hosts: a MariaDB that came back with etcd, without its volumes, is made anew from its dump."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import restore
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at

from tests.integration.mariadb.conftest import CHECKS, Cluster, claims_end, clusters, live
from tests.support.api_site import Site
from tests.support.apiserver import Api
from tests.support.velero_double import AT

#: Each of them plays several playbooks: a minute and more.
pytestmark = pytest.mark.long
#: There is no bucket here: drill_seen is what a look into one would have found.
SEEN = {"drill_seen": {"backups": {"mariadb": {"sources": {"shop": {"at": int(AT)}}}}}}
GIVEN = ("part", "-e", "confirm=dev", "-e", json.dumps(SEEN | {"recover_bundle": "/x/one.escrow.age", "recover_key": "", "recover_repeated": False}))
#: What the preflight finds out; the folder and the clock are of an earlier attempt.
BEGIN = """
    - include_role: {name: groundwork.platform.k3s, tasks_from: folder, public: true}
    - set_fact: {recover_began: "{{ lookup('file', clock) if clock is file else now(utc=true).timestamp() }}"}
      vars: {clock: "{{ k3s_snapshot_dir }}/recovery-began"}
"""
MARIADB = {"recover_mariadb": "{{ mariadb_clusters[0] }}"}
#: All before the clock is stopped: from then on a recovery is over, and the next one is another.
POINTS = ("Look for claims that it left", "Remove them", "Restore it from its newest dump", "See how it came back", "Write the report")


def test_a_lost_mariadb_is_recovered_under_its_name_and_reported(dumped: Site, cluster: Cluster, api: Api) -> None:
    """Argo CD had the cluster, and the mark of an earlier recovery came back with etcd."""
    old = live(cluster)
    marks = {"argocd.argoproj.io/tracking-id": "shop:k8s.mariadb.com/MariaDB:x/shop", restore.RESTORED: "2026-01-01T00:00:00Z", restore.SOURCE: "shop"}
    api.kube().patch(cluster.session.reference(), {"metadata": {"annotations": marks}}, "test")
    kube, planted = api.kube(), {"name": "planted", "namespace": "groundwork-backup"}
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "groundwork-backup"}}, "test")
    kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": planted, "data": {"at": AT}}, "test", force=True)
    kube.apply({"apiVersion": "v1", "kind": "Secret", "metadata": planted, "stringData": {"at": AT}}, "test", force=True)
    dumped.part("recover_begin", "recover_planted", "recover_mariadb", "recover_end", begin=BEGIN, **MARIADB)
    time.sleep(2)  # times of Kubernetes have whole seconds
    began = time.time()
    clock = dumped.copies / "recovery-began"
    clock.write_text(str(began))
    with claims_end(api, dumped.namespace):
        done = dumped.play(*GIVEN)
    assert done.status == 0, done.tail
    assert live(cluster)["metadata"]["uid"] != old["metadata"]["uid"]
    assert not clock.exists()
    whole = json.loads((dumped.copies / f"recovery-{int(began)}.json").read_text())
    assert [(part["kind"], part["source"]) for part in whole["parts"]] == [("etcd", "one.escrow.age"), ("mariadb", "shop")]
    assert next(part["rpo_seconds"] for part in whole["parts"]) == max(0, int(began) - int(AT))
    assert "Everything took" in (dumped.copies / f"recovery-{int(began)}.md").read_text()
    new = live(cluster)
    clock.write_text(str(began))
    done = dumped.play(*GIVEN, more=clusters(dumped.namespace, CHECKS))
    assert live(cluster)["metadata"]["uid"] == new["metadata"]["uid"], "what is done is found done"
    assert done.status != 0
    assert "dev is back, but: check 'SELECT COUNT(*) FROM users' in shop" in done.said


def test_a_recovery_that_is_interrupted_goes_on_when_it_is_repeated(dumped: Site, cluster: Cluster, api: Api) -> None:
    dumped.part("recover_begin", "recover_mariadb", "recover_end", begin=BEGIN, **MARIADB)
    time.sleep(2)
    clocks = set()
    with claims_end(api, dumped.namespace):
        for point in POINTS:
            stopped = dumped.play(*GIVEN, kill_at=point, kill_after=0.5)
            assert stopped.status < 0, f"it ended before {point}: {stopped.tail}"
            clocks.add((dumped.copies / "recovery-began").read_text())
        assert len(clocks) == 1, "the clock runs from the first attempt"
        done = dumped.play(*GIVEN)
    assert (done.status, len(list(dumped.copies.glob("recovery-*.json")))) == (0, 1), done.tail
    assert at(live(cluster), "metadata", "annotations", restore.RESTORED)


def test_what_is_left_without_a_cluster_is_no_part_of_the_new_one(dumped: Site, cluster: Cluster, api: Api) -> None:
    """Claims that are younger than the recovery, as of an empty cluster that was made and removed meanwhile; a Restore that ended and came with etcd."""
    kube = api.kube()
    claim, restored = (
        Reference("v1", "PersistentVolumeClaim", "storage-shop-0", dumped.namespace),
        Reference(GROUP, "Restore", "shop-restore", dumped.namespace),
    )
    disk = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}, "persistentVolumeReclaimPolicy": "Delete"}
    kube.apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": dumped.namespace}, "spec": disk}, "test")
    kube.patch(claim, {"spec": {"volumeName": dumped.namespace}}, "test")
    spec = {"mariaDbRef": {"name": "shop"}, "backupRef": {"name": "shop"}}
    kube.create({"apiVersion": GROUP, "kind": "Restore", "metadata": {"name": restored.name, "namespace": dumped.namespace}, "spec": spec}, "test")
    old = at(kube.get(claim), "metadata", "uid")
    kube.delete(cluster.session.reference())
    (dumped.copies / "recovery-began").write_text("0")
    dumped.part("recover_begin", "recover_mariadb", "recover_end", begin=BEGIN, **MARIADB)
    with claims_end(api, dumped.namespace):
        done = dumped.play(*GIVEN)
    assert done.status == 0, done.tail
    assert at(live(cluster), "metadata", "annotations", restore.RESTORED)
    assert at(kube.get(claim), "metadata", "uid") not in (None, old)
    assert kube.get(restored) is None
    assert at(kube.get(Reference("v1", "PersistentVolume", dumped.namespace)), "spec", "persistentVolumeReclaimPolicy") == "Retain"
