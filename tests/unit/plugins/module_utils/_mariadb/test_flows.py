# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a wish to what is written: nothing before everything is known, nothing by force, nothing left behind."""

from __future__ import annotations

import datetime
import itertools
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import present, steer
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.shell import summary
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

from tests.unit.plugins.module_utils._mariadb.clusters import SPEC, mariadb
from tests.unit.plugins.module_utils._mariadb.fake import Cluster, session
from tests.unit.plugins.module_utils._mariadb.worlds import ARGO, HOUR, brought, crashed, nightly, refused, running


def test_a_definition_is_brought_once_and_then_holds() -> None:
    cluster = Cluster()
    first = brought(cluster)
    assert first.changed
    assert (summary(first.after)["primary"], summary(first.after)["ready_members"]) == ("shop-0", 3)
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
    assert summary(outcome.after)["ready_members"] == 5
    after = cluster.objects_["MariaDB", "shop"]
    assert (after["spec"], after["status"]["replicas"]) == ({**SPEC, "replicas": 5}, 5)


def test_an_upgrade_wants_a_backup_from_just_before() -> None:
    cluster = running()
    assert "there is none" in refused(lambda: steer.upgraded(session(cluster), "mariadb:11.8.4", HOUR, Effect.SWITCHOVER))
    nightly(cluster, datetime.datetime.now(datetime.UTC).isoformat())
    assert steer.upgraded(session(cluster), "mariadb:11.8.4", HOUR, Effect.SWITCHOVER).changed
    assert cluster.objects_["MariaDB", "shop"]["spec"]["image"] == "mariadb:11.8.4"


def test_a_crash_that_the_operator_cannot_end_is_told_with_what_is_known_of_each_member() -> None:
    cluster = crashed()
    said = refused(lambda: steer.recovered(session(cluster), "", ""))
    assert "shop-0: 9, shop-1: unknown, shop-2: unknown" in said
    assert "bootstrap_member" in said
    assert cluster.wrote == []


def test_a_host_that_is_silent_hides_nothing_of_what_is_known_of_the_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person has to choose by it whom to begin with."""
    cluster = crashed()
    get = cluster.get
    monkeypatch.setattr(cluster, "get", lambda wanted: {"spec": {"renewTime": "before"}} if wanted.kind == "Lease" else get(wanted))
    said = refused(lambda: steer.recovered(session(cluster), "", ""))
    assert "shop-0: 9, shop-1: unknown, shop-2: unknown; nothing was heard of node-0" in said
    assert "bootstrap_member" in said


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


def test_what_the_api_still_says_after_a_loss_of_power_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything looks well until the hosts report; then nothing is, until the members are back."""
    cluster, told = running(), list[str]()
    looks = itertools.count()
    well = cluster.objects_["MariaDB", "shop"]["status"]
    get = cluster.get

    def reported(wanted: Reference) -> Any:
        if wanted.kind != "Lease":
            return get(wanted)
        look = next(looks)
        cluster.objects_["MariaDB", "shop"]["status"] = mariadb(states={"GaleraReady": "False", "Ready": "False"})["status"] if 9 <= look < 18 else well
        return {"spec": {"renewTime": "before" if look < 9 else f"now {look}"}}

    monkeypatch.setattr(cluster, "get", reported)
    within = session(cluster)
    within.tell = told.append
    assert steer.recovered(within, "", "").changed
    assert "nothing was heard of node-0, node-1, node-2" in told[0]


def test_a_cluster_that_is_deleted_keeps_its_volumes() -> None:
    """And leaves nothing that Kubernetes would never collect."""
    cluster = running(uid="u1")
    for name, uid in (("mine", "u1"), ("other", "u2")):
        cluster.put({"kind": "ClusterRoleBinding", "metadata": {"name": name, "ownerReferences": [{"uid": uid}]}})
    outcome = steer.absent(session(cluster), "shop/shop", 0 * HOUR)
    assert outcome.more == {"kept_volumes": ["pv-0", "pv-1", "pv-2"]}
    assert cluster.wrote == [*(f"patch PersistentVolume pv-{number}" for number in range(3)), "delete MariaDB shop", "delete ClusterRoleBinding mine"]
    assert not steer.absent(session(cluster), "shop/shop", 0 * HOUR).changed


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
