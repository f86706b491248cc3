# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a wish to what is written: nothing before everything is known, nothing by force, nothing left behind."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import Effect, Refused
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import present, protect, restore, steer
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.checks import Check
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.listing import clusters
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session

from tests.unit.plugins.module_utils._mariadb.clusters import SPEC, mariadb
from tests.unit.plugins.module_utils._mariadb.fake import FAILED, Cluster, session

S3 = {"bucket": "b", "endpoint": "s3.example.org", "prefix": "prod/shop", "tls": {"enabled": True}}
HOUR = datetime.timedelta(hours=1)


def brought(cluster: Cluster, own: dict[str, Any] | None = None, most: Effect = Effect.SWITCHOVER, check_mode: bool = False) -> Any:
    within = session(cluster, check_mode=check_mode)
    return present.present(within, present.document(within, overlaid(SPEC, own or {})), most)


def running(own: dict[str, Any] | None = None, **metadata: Any) -> Cluster:
    """A cluster that an earlier run has brought."""
    cluster = Cluster()
    brought(cluster, own)
    thing = cluster.objects_["MariaDB", "shop"]
    thing["metadata"] = {**thing["metadata"], "resourceVersion": "7", **metadata}
    cluster.wrote.clear()
    return cluster


def nightly(cluster: Cluster, when: str = "2026-11-22T02:30:00Z") -> Cluster:
    spec = {"mariaDbRef": {"name": "shop"}, "schedule": {"cron": "30 2 * * *"}, "compression": "gzip", "storage": {"s3": S3}}
    cluster.put({"kind": "Backup", "metadata": {"name": "nightly", "namespace": "shop"}, "spec": spec})
    cluster.put({"kind": "CronJob", "metadata": {"name": "nightly", "namespace": "shop"}, "status": {"lastSuccessfulTime": when}})
    return cluster


def refused(doing: Any) -> str:
    with pytest.raises(Refused) as caught:
        doing()
    return str(caught.value)


def test_a_definition_is_brought_once_and_then_holds() -> None:
    cluster = Cluster()
    assert brought(cluster).changed
    assert cluster.wrote == ["apply MariaDB shop"]
    assert not brought(cluster).changed
    assert cluster.wrote == ["apply MariaDB shop"]


def test_a_new_series_leaves_something_to_do_and_says_it() -> None:
    cluster = running()
    within = session(cluster)
    present.present(within, present.document(within, overlaid(SPEC, {"image": "mariadb:12.3.1"})), Effect.SWITCHOVER)
    assert "mariadb-upgrade" in "".join(within.warnings)


def test_check_mode_writes_nothing_and_tells_every_change() -> None:
    cluster = running()
    cluster.put({"kind": "StorageClass", "metadata": {"name": "fast"}, "allowVolumeExpansion": True})
    outcome = brought(cluster, {"image": "mariadb:11.8.4", "storage": {"size": "20Gi"}}, check_mode=True)
    assert outcome.changed
    assert {change.path: change.effect for change in outcome.changes} == {"image": Effect.SWITCHOVER, "storage.size": Effect.ONLINE}
    assert cluster.wrote == []


@pytest.mark.parametrize(
    ("own", "most", "said"),
    [
        ({"image": "mariadb:11.8.4"}, Effect.RESTART, "means switchover"),
        ({"storage": {"size": "1Gi"}}, Effect.DOWNTIME, "forbidden: volumes do not shrink"),
        ({"podDisruptionBudget": {"maxUnavailable": 1}}, Effect.DOWNTIME, "a running cluster ignores it"),
        ({"replicas": 4}, Effect.DOWNTIME, "no majority"),
        ({"replicas": 5, "image": "mariadb"}, Effect.DOWNTIME, "no exact version"),
    ],
)
def test_what_may_not_be_is_refused_before_anything_is_written(own: dict[str, Any], most: Effect, said: str) -> None:
    cluster = running()
    assert said in refused(lambda: brought(cluster, own, most))
    assert cluster.wrote == []


ARGO = {"annotations": {"argocd.argoproj.io/tracking-id": "nextcloud:k8s.mariadb.com/MariaDB:shop/shop"}}


def test_what_git_owns_is_changed_in_git_and_steered_here() -> None:
    cluster = running(**ARGO)
    for doing in (
        lambda: brought(cluster, {"myCnf": "x=1"}),
        lambda: steer.scaled(session(cluster), 5),
        lambda: steer.upgraded(session(cluster), "mariadb:11.8.4", 0 * HOUR, Effect.DOWNTIME),
        lambda: steer.absent(session(cluster), "shop/shop", 0 * HOUR),
    ):
        assert "Application nextcloud" in refused(doing)
    assert cluster.wrote == []

    def operator(thing: Any) -> None:
        thing["status"]["currentPrimaryPodIndex"] = thing["spec"]["galera"]["primary"]["podIndex"]

    cluster.on_patch = operator
    assert steer.switched_over(session(cluster), None).more == {"primary": "shop-1"}
    assert cluster.wrote == ["patch MariaDB shop"]


def test_a_switchover_that_has_been_made_is_not_made_again() -> None:
    cluster = running()
    assert not steer.switched_over(session(cluster), 0).changed
    assert cluster.wrote == []


def test_scaling_lays_the_number_over_what_was_last_applied() -> None:
    cluster = running()
    outcome = steer.scaled(session(cluster), 5)
    assert outcome.changed
    after = cluster.objects_["MariaDB", "shop"]
    assert (after["spec"], after["status"]["replicas"]) == ({**SPEC, "replicas": 5}, 5)


def test_an_upgrade_wants_a_backup_from_just_before() -> None:
    cluster = running()
    assert "there is none" in refused(lambda: steer.upgraded(session(cluster), "mariadb:11.8.4", HOUR, Effect.SWITCHOVER))
    nightly(cluster, datetime.datetime.now(datetime.UTC).isoformat())
    assert steer.upgraded(session(cluster), "mariadb:11.8.4", HOUR, Effect.SWITCHOVER).changed
    assert cluster.objects_["MariaDB", "shop"]["spec"]["image"] == "mariadb:11.8.4"


def crashed() -> Cluster:
    cluster = running()
    down = mariadb(states={"GaleraReady": "False", "Ready": "False"}, galeraRecovery={"recovered": {"shop-0": {"uuid": "u", "seqno": 9}}})
    cluster.objects_["MariaDB", "shop"]["status"] = down["status"]
    return cluster


def test_a_crash_that_the_operator_cannot_end_is_told_with_what_is_known_of_each_member() -> None:
    cluster = crashed()
    said = refused(lambda: steer.recovered(session(cluster), "", ""))
    assert "shop-0: 9, shop-1: unknown, shop-2: unknown" in said
    assert "bootstrap_member" in said
    assert cluster.wrote == []


def test_a_forced_bootstrap_is_ordered_waited_for_and_taken_back() -> None:
    cluster = crashed()
    orders: list[Any] = []

    def operator(thing: Any) -> None:
        orders.append(thing["spec"]["galera"]["recovery"]["forceClusterBootstrapInPod"])
        if orders[-1]:
            thing["status"] = {**mariadb()["status"], "galeraRecovery": {"bootstrap": {"pod": orders[-1]}}}

    cluster.on_patch = operator
    assert "write confirm: shop-0" in refused(lambda: steer.recovered(session(cluster), "shop-0", ""))
    assert orders == []
    outcome = steer.recovered(session(cluster), "shop-0", "shop-0")
    assert orders == ["shop-0", None]
    assert outcome.more["bootstrapped_from"] == "shop-0"


def test_an_order_that_an_interrupted_run_left_is_taken_back() -> None:
    cluster = running({"galera": {"recovery": {"enabled": True}}})
    cluster.objects_["MariaDB", "shop"]["spec"]["galera"]["recovery"]["forceClusterBootstrapInPod"] = "shop-0"
    assert steer.recovered(session(cluster), "", "").changed
    assert cluster.objects_["MariaDB", "shop"]["spec"]["galera"]["recovery"]["forceClusterBootstrapInPod"] is None
    assert not steer.recovered(session(running()), "", "").changed


def test_a_cluster_that_is_deleted_keeps_its_volumes() -> None:
    cluster = running()
    outcome = steer.absent(session(cluster), "shop/shop", 0 * HOUR)
    assert outcome.more == {"kept_volumes": ["pv-0", "pv-1", "pv-2"]}
    assert cluster.wrote == [*(f"patch PersistentVolume pv-{number}" for number in range(3)), "delete MariaDB shop"]
    assert not steer.absent(session(cluster), "shop/shop", 0 * HOUR).changed


def left_of(cluster: Cluster, name: str) -> list[str]:
    return [f"{kind} {what}" for kind, what in cluster.objects_ if what.startswith(name) and kind in ("MariaDB", "Restore", "SqlJob")]


def test_a_backup_is_proven_by_restoring_it_and_asking() -> None:
    cluster = nightly(running())
    outcome = restore.verified(session(cluster), "", [Check("d", "SELECT COUNT(*) FROM t", minimum=1)])
    assert (outcome.more["backup"], outcome.more["checks"]) == ("nightly", 1)
    assert outcome.more["backup_age_seconds"] is not None
    assert cluster.objects_["MariaDB", "shop"]["metadata"]["annotations"][steer.PROVEN]
    assert left_of(cluster, "shop-trial") == []
    assert not [name for kind, name in cluster.objects_ if kind == "PersistentVolumeClaim" and "trial" in name]
    made = [line for line in cluster.wrote if line.startswith("create")]
    assert made == ["create MariaDB shop-trial", "create Restore shop-trial-restore", "create SqlJob shop-trial-check-0"]


@pytest.mark.parametrize("kind", ["Restore", "SqlJob"])
def test_a_backup_that_cannot_be_restored_is_caught_although_the_operator_says_complete(kind: str) -> None:
    cluster = nightly(running())
    cluster.ends[kind] = FAILED
    said = refused(lambda: restore.verified(session(cluster), "", [Check("d", "SELECT 1", expect="1")]))
    assert "ERROR 1064" in said
    assert left_of(cluster, "shop-trial") == []
    assert steer.PROVEN not in cluster.objects_["MariaDB", "shop"]["metadata"].get("annotations", {})


def test_a_trial_does_not_touch_what_is_not_its_own_and_sweeps_what_an_interrupted_one_left() -> None:
    cluster = nightly(running())
    cluster.put({"kind": "MariaDB", "metadata": {"name": "shop-trial"}, "spec": {}})
    assert "no scratch server of ours" in refused(lambda: restore.verified(session(cluster), "", []))
    assert cluster.wrote == []
    cluster.objects_["MariaDB", "shop-trial"]["metadata"]["labels"] = {restore.SCRATCH: "true"}
    cluster.put({"kind": "Restore", "metadata": {"name": "old"}, "spec": {"mariaDbRef": {"name": "shop-trial"}}})
    assert restore.verified(session(cluster), "", []).changed
    assert ("Restore", "old") not in cluster.objects_
    assert "the cluster is unprotected" in refused(lambda: restore.verified(session(running()), "", []))


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
    assert not restored(cluster).changed
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
    assert "there is no such backup" in refused(lambda: restore.verified(session(cluster), "other", []))


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


def test_waiting_tells_what_for_and_ends() -> None:
    cluster = crashed()
    told: list[str] = []
    within = session(cluster)
    within.tell = told.append
    said = refused(lambda: _settled(within))
    assert "after 60 s still: Galera is not ready" in said
    assert len(told) == 1


def _settled(within: Session) -> None:
    present.settle(within, Outcome(True, None, within.existing()))


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
