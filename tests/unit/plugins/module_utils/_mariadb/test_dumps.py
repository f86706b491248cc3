# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps, proofs and restores: believed by their reason, never over something that is there, and without debris."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import model, proof, protect, restore, steer
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.checks import Check
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.listing import clusters

from tests.unit.plugins.module_utils._mariadb.clusters import SPEC
from tests.unit.plugins.module_utils._mariadb.fake import FAILED, Cluster, Object, session
from tests.unit.plugins.module_utils._mariadb.worlds import ARGO, HOUR, S3, crashed, nightly, refused, running


def test_everything_that_a_proof_makes_is_marked_and_nothing_else_is_removed() -> None:
    """The claims of a cluster that somebody called so are not ours, whether or not it is there: they stay, and no proof takes them for its own."""
    cluster = nightly(running())
    cluster.put({"kind": "PersistentVolumeClaim", "metadata": {"name": "storage-shop-trial-0", "of": "shop-trial"}})
    assert "PersistentVolumeClaim storage-shop-trial-0 is in the way" in refused(lambda: proof.verified(session(cluster), "", []))
    assert ("PersistentVolumeClaim", "storage-shop-trial-0") in cluster.objects_
    del cluster.objects_["PersistentVolumeClaim", "storage-shop-trial-0"]
    cluster.wrote.clear()
    proof.verified(session(cluster), "", [])
    assert {document["metadata"]["labels"][model.SCRATCH] for document in cluster.made} == {"true"}
    assert "delete PersistentVolumeClaim storage-shop-trial-0" in cluster.wrote


def left_of(cluster: Cluster, name: str) -> list[str]:
    return [f"{kind} {what}" for kind, what in cluster.objects_ if what.startswith(name) and kind in ("MariaDB", "Restore", "SqlJob")]


def test_a_backup_is_proven_by_restoring_it_and_asking() -> None:
    cluster = nightly(running())
    outcome = proof.verified(session(cluster), "", [Check("d", "SELECT COUNT(*) FROM t", minimum=1)])
    assert (outcome.more["backup"], outcome.more["checks"]) == ("nightly", 1)
    assert outcome.more["backup_age_seconds"] is not None
    assert cluster.objects_["MariaDB", "shop"]["metadata"]["annotations"][steer.PROVEN]
    assert left_of(cluster, "shop-trial") == []
    assert not [name for kind, name in cluster.objects_ if kind == "PersistentVolumeClaim" and "trial" in name]
    made = [line for line in cluster.wrote if line.startswith("create")]
    assert made == ["create MariaDB shop-trial", "create Restore shop-trial-restore", "create SqlJob shop-trial-check-0"]


def test_a_scratch_server_is_one_of_the_same_version_that_can_be_made_where_the_cluster_can() -> None:
    spec: Object = {
        **SPEC,
        "imagePullSecrets": [{"name": "pull"}],
        "myCnf": "x=1",
        "storage": {"size": "10Gi", "storageClassName": "fast", "pvcRetentionPolicy": {}},
    }
    found = proof.scratch_spec(spec)
    assert (found["replicas"], found["image"], found["imagePullSecrets"]) == (1, SPEC["image"], [{"name": "pull"}])
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}, "storageClassName": "fast"}
    marked = {**claim, "metadata": {"labels": {model.SCRATCH: "true"}}}
    assert found["storage"] == {"size": "10Gi", "storageClassName": "fast", "volumeClaimTemplate": marked}, "as the operator would fill it in, and marked"
    assert found["myCnf"] == "x=1", "such as lower_case_table_names and max_allowed_packet"
    assert not {"galera", "affinity"} & set(found)


@pytest.mark.parametrize("kind", ["Restore", "SqlJob"])
def test_a_backup_that_cannot_be_restored_is_caught_although_the_operator_says_complete(kind: str) -> None:
    cluster = nightly(running())
    cluster.ends[kind] = FAILED
    said = refused(lambda: proof.verified(session(cluster), "", [Check("d", "SELECT 1", expect="1")]))
    assert "ERROR 1064" in said
    assert left_of(cluster, "shop-trial") == []
    assert steer.PROVEN not in cluster.objects_["MariaDB", "shop"]["metadata"].get("annotations", {})


def test_a_trial_does_not_touch_what_is_not_its_own_and_sweeps_what_an_interrupted_one_left() -> None:
    cluster = nightly(running())
    left: list[Object] = [
        {"kind": "MariaDB", "metadata": {"name": "shop-trial"}, "spec": {}},
        {"kind": "Restore", "metadata": {"name": "old"}, "spec": {"mariaDbRef": {"name": "shop-trial"}}},
        {"kind": "SqlJob", "metadata": {"name": "old"}, "spec": {"mariaDbRef": {"name": "shop-trial"}}},
        {"kind": "PersistentVolumeClaim", "metadata": {"name": "storage-shop-trial-0", "of": "shop-trial"}},
    ]
    for thing in left:
        cluster.put(thing)
    for check_mode in (True, False):
        said = refused(partial(proof.verified, session(cluster, check_mode=check_mode), "", []))
        assert "SqlJob old, Restore old, MariaDB shop-trial, PersistentVolumeClaim storage-shop-trial-0 is in the way and no scratch of ours" in said
    assert cluster.wrote == []
    for thing in left:
        thing["metadata"]["labels"] = {model.SCRATCH: "true"}
    assert proof.verified(session(cluster), "", []).changed
    assert not {(thing["kind"], thing["metadata"]["name"]) for thing in left} & set(cluster.objects_)
    assert "the cluster is unprotected" in refused(lambda: proof.verified(session(running()), "", []))


def test_an_empty_dump_is_no_proof_where_nobody_asks() -> None:
    cluster = nightly(running())
    assert proof.verified(session(cluster), "", []).more["checks"] == 1
    (asked,) = [document["spec"] for document in cluster.made if document["kind"] == "SqlJob"]
    assert "information_schema.tables" in asked["sql"]
    assert "found + 0 < 1" in asked["sql"]
    assert "database" not in asked


def test_a_proof_in_one_server_says_what_galera_would_not_take() -> None:
    cluster = nightly(running())
    within = session(cluster)
    proof.verified(within, "", [])
    assert "a Galera cluster may not take it back" in " ".join(within.warnings)
    cluster.objects_["Backup", "nightly"]["spec"]["args"] = ["--ignore-database=mysql"]
    within = session(cluster)
    proof.verified(within, "", [])
    assert within.warnings == []


def test_a_backup_of_another_cluster_proves_nothing() -> None:
    cluster = nightly(running())
    cluster.objects_["Backup", "nightly"]["spec"]["mariaDbRef"]["name"] = "books"
    assert "it is one of books" in refused(lambda: proof.verified(session(cluster), "nightly", []))
    assert cluster.wrote == []


def restored(cluster: Cluster, name: str = "shop2", target: str = "", check_mode: bool = False) -> Any:
    return restore.restored(session(cluster, name, check_mode), SPEC, restore.Origin("nightly", None, target))


def test_a_restore_makes_a_new_cluster_and_never_an_old_one() -> None:
    cluster = nightly(running())
    assert "a restore goes into a new one" in refused(lambda: restored(cluster, "shop"))
    assert "has no zone" in refused(lambda: restored(cluster, target="2026-11-22T02:30:00"))
    assert restored(cluster, check_mode=True).changed
    assert cluster.wrote == []
    assert restored(cluster).more == {"restored_from": "nightly"}
    assert "bootstrapFrom" not in cluster.objects_["MariaDB", "shop2"]["spec"], "it would hide a restore that failed"
    cluster.wrote.clear()
    del cluster.objects_["Backup", "nightly"]
    assert not restored(cluster).changed
    assert cluster.wrote == []
    assert "there is no such backup" in refused(lambda: restored(cluster, "shop3"))
    assert cluster.wrote == [], "it is asked before anything is made"


@pytest.mark.parametrize(
    "thing",
    [
        {"kind": "PersistentVolumeClaim", "metadata": {"name": "storage-shop2-0", "of": "shop2"}},
        {"kind": "Restore", "metadata": {"name": "shop2-restore"}, "status": {"conditions": [{"type": "Complete", "reason": "JobComplete", "status": "True"}]}},
    ],
    ids=["claim", "restore"],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_restore_takes_nothing_that_an_earlier_cluster_of_its_name_has_left(thing: Object, check_mode: bool) -> None:
    """Neither tables that the dump lacks, nor the end of a restore into something else."""
    cluster = nightly(running())
    cluster.put(thing)
    said = refused(lambda: restored(cluster, check_mode=check_mode))
    assert "an earlier cluster of this name has left" in said
    assert f"kubectl --namespace shop delete {'persistentvolumeclaims' if thing['kind'] != 'Restore' else 'restores.k8s.mariadb.com'}/" in said
    assert cluster.wrote == []
    del cluster.objects_[thing["kind"], thing["metadata"]["name"]]
    assert restored(cluster).changed


@pytest.mark.parametrize("write", ["apply", "create", "delete", "patch"])
def test_a_restore_that_was_killed_behind_any_write_goes_on_with_what_is_its_own(write: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cluster has the mark of its source from the first write on, so claims and the Restore beside it are its own."""

    class Killed(BaseException):
        pass

    cluster = nightly(running())
    does = getattr(cluster, write)

    def killed(*given: Any, dry_run: bool = False, **named: Any) -> Any:
        done = does(*given, dry_run=dry_run, **named)
        if dry_run:
            return done
        raise Killed

    monkeypatch.setattr(cluster, write, killed)
    with pytest.raises(Killed):
        restored(cluster)
    monkeypatch.undo()
    assert ("PersistentVolumeClaim", "storage-shop2-0") in cluster.objects_
    assert restored(cluster).changed == (write != "patch")
    assert cluster.objects_["MariaDB", "shop2"]["metadata"]["annotations"][restore.RESTORED]


def test_no_restore_is_called_as_a_scratch_server_is() -> None:
    cluster = nightly(running())
    assert "the name of a scratch server" in refused(lambda: restored(cluster, "shop-trial"))
    assert cluster.wrote == []


def test_a_restore_takes_the_place_of_its_backup_so_that_a_running_or_failed_next_one_does_not_hinder_it() -> None:
    cluster = nightly(running())
    cluster.objects_["Backup", "nightly"]["spec"]["stagingStorage"] = {"persistentVolumeClaim": {}}
    restored(cluster, target="2026-11-22T02:30:00Z")
    wanted = [document["spec"] for document in cluster.made if document["kind"] == "Restore"]
    assert [(spec["s3"], spec["stagingStorage"], spec["targetRecoveryTime"]) for spec in wanted] == [
        (S3, {"persistentVolumeClaim": {}}, "2026-11-22T02:30:00Z")
    ]
    assert "backupRef" not in wanted[0]
    assert "there is no such backup" in refused(lambda: proof.verified(session(cluster), "other", []))


@pytest.mark.parametrize(
    ("prefix", "folder", "words"),
    [
        ("dev/shop", "dev", None),
        ("/dev/shop/", "dev/", None),
        ("dev", "dev", None),
        ("dev/shop", "dev/shop", None),
        ("prod/shop", "dev", "it reads b/prod/shop, which is not in dev"),
        ("devil/shop", "dev", "which is not in dev"),
        ("prod/dev/shop", "dev", "which is not in dev"),
        ("", "dev", "which is not in dev"),
        ("dev/shop", "dev/shop2", "which is not in dev/shop2"),
        ("dev/shop", "", "nobody says which folder"),
        ("dev/shop", "/", "nobody says which folder"),
    ],
)
def test_data_of_another_environment_is_refused_because_nothing_masks_it(prefix: str, folder: str, words: str | None) -> None:
    """Whether the place is named, or stands in a Backup; of a Backup, whose folder nobody named, nothing can be said."""
    place = {**S3, "bucket": "b", "prefix": prefix}
    named, of_backup = nightly(running()), nightly(running())
    of_backup.objects_["Backup", "nightly"]["spec"]["storage"]["s3"] = place
    for cluster, origin in ((named, restore.Origin("", place, "", folder)), (of_backup, restore.Origin("nightly", None, "", folder))):
        if words is None or (origin.backup and not folder.strip("/")):
            assert restore.restored(session(cluster, "shop2"), SPEC, origin).changed
            continue
        assert words in refused(partial(restore.restored, session(cluster, "shop2"), SPEC, origin))
        assert cluster.wrote == []


def test_an_interrupted_restore_goes_on_and_a_failed_one_says_so_each_time() -> None:
    cluster = nightly(running())
    cluster.ends["Restore"] = FAILED
    for _run in range(2):
        assert "ERROR 1064" in refused(lambda: restored(cluster))
    assert restore.RESTORED not in cluster.objects_["MariaDB", "shop2"]["metadata"]["annotations"]
    del cluster.objects_["Restore", "shop2-restore"]
    cluster.ends.clear()
    assert restored(cluster).changed
    assert cluster.objects_["MariaDB", "shop2"]["metadata"]["annotations"][restore.RESTORED]


def test_a_dump_goes_where_the_scheduled_ones_go_and_counts_by_its_reason() -> None:
    cluster = nightly(running())
    outcome = protect.taken(session(cluster), "now", None, 0 * HOUR)
    assert outcome.more == {"backup": "now", "finished_at": "2026-11-22T03:00:00+00:00"}
    spec = cluster.objects_["Backup", "now"]["spec"]
    assert (spec["storage"], "schedule" in spec) == ({"s3": S3}, False)
    cluster.ends["Backup"] = FAILED
    assert "ERROR 1064" in refused(lambda: protect.taken(session(cluster), "bad", None, 0 * HOUR))


def test_a_young_dump_is_enough_and_none_is_taken_without_a_place() -> None:
    cluster = nightly(running(), datetime.datetime.now(datetime.UTC).isoformat())
    assert not protect.taken(session(cluster), "", None, HOUR).changed
    assert cluster.wrote == []
    assert "no scheduled backup" in refused(lambda: protect.taken(session(running()), "", None, 0 * HOUR))
    assert "in the open" in refused(lambda: protect.taken(session(running()), "", {"storage": {"s3": {**S3, "tls": {}}}}, 0 * HOUR))


def test_a_schedule_is_applied_and_removed_but_not_where_git_has_it() -> None:
    cluster = running()
    spec = {"schedule": {"cron": "30 2 * * *"}, "storage": {"s3": S3}}
    assert protect.scheduled(session(cluster), "nightly", spec).changed
    assert cluster.objects_["Backup", "nightly"]["spec"]["mariaDbRef"] == {"name": "shop"}
    assert "nobody says when" in refused(lambda: protect.scheduled(session(cluster), "nightly", {"storage": {"s3": S3}}))
    cluster.objects_["Backup", "nightly"]["metadata"].update(ARGO)
    assert "Application" in refused(lambda: protect.scheduled(session(cluster), "nightly", spec))
    assert "Application" in refused(lambda: protect.forgotten(session(cluster), "nightly"))
    cluster.objects_["Backup", "nightly"]["metadata"].pop("annotations")
    assert protect.forgotten(session(cluster), "nightly").changed
    assert not protect.forgotten(session(cluster), "nightly").changed


def test_everything_that_is_wrong_with_a_cluster_is_listed() -> None:
    cluster = nightly(crashed())
    cluster.objects_["MariaDB", "shop"]["spec"]["suspend"] = True
    cluster.objects_["Backup", "nightly"]["status"] = {"conditions": [{"type": "Complete", "status": "True", "reason": "JobFailed", "message": "Failed"}]}
    found = clusters(cluster, "shop")
    assert [entry["name"] for entry in found] == ["shop"]
    said = "\n".join(found[0]["problems"])
    for part in ("not ready", "not to look at it", "no backup was ever restored", "Backup nightly failed"):
        assert part in said
    assert found[0]["sequences"] == {"shop-0": 9, "shop-1": -1, "shop-2": -1}
    assert clusters(cluster, "shop", "other") == []
    assert found[0]["hosts"]["primary"] == "shop-primary.shop.svc"
