# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, restores and deletion against a real API server."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, MANAGER, PLUGIN, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Object, Refused, at

from tests.integration.cnpg.conftest import SPEC, Cluster, live, with_spec
from tests.support.apiserver import Api
from tests.support.cnpg_double import Operator


def store(api: Api, namespace: str, name: str = "store") -> Object:
    """Where backups go, without a server behind it."""
    body = {"configuration": {"destinationPath": "s3://backups/x"}}
    return api.kube().apply({"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": {"name": name, "namespace": namespace}, "spec": body}, "test").after


ARCHIVED = with_spec(plugins=[{"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}])


def test_a_backup_counts_when_the_archive_shows_it(cluster: Cluster, api: Api, namespace: str) -> None:
    """One that is young enough will do; unprotected clusters are told apart."""
    cluster.do(spec=SPEC)
    with pytest.raises(Refused, match="unprotected"):
        cluster.do("backed_up")
    store(api, namespace)
    cluster.do(spec=ARCHIVED)
    done = cluster.do("backed_up", backup_name="one")
    assert done.changed
    assert done.more["first_recoverability_point"] == "2026-11-22T08:00:00+00:00"
    assert not cluster.do("backed_up", backup_name="one").changed
    assert not cluster.do("backed_up", max_age=1_000_000).changed


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"backup_phase": "failed", "backup_error": "Expected empty archive"}, "serverName of its own"),
        ({"backup_phase": "failed", "backup_error": "NoSuchBucket"}, "bucket does not exist"),
        ({"backup_phase": "failed", "backup_error": "InvalidAccessKeyId"}, "account is wrong"),
        ({"moves_window": False}, "no time to go back to"),
        ({"archiving": "False"}, "WAL is not archived"),
    ],
)
def test_backups_that_are_none(
    cluster: Cluster, api: Api, namespace: str, operator: Operator, fault: Object, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong bucket, wrong account, somebody else's archive; complete without a window, complete without WAL.

    The words of failures are the in-tree Barman's; with the plugin they stand in its log, which no API server without nodes has (unit tests, twin).
    """
    monkeypatch.setattr("ansible_collections.groundwork.platform.plugins.module_utils._cnpg.protect.SETTLING", 1.0)
    store(api, namespace)
    cluster.do(spec=ARCHIVED)
    for name, value in fault.items():
        setattr(operator, name, value)
    operator.looked()
    with pytest.raises(Refused, match=words):
        cluster.do("backed_up")


def test_a_restore_goes_into_a_new_cluster_with_an_archive_of_its_own(cluster: Cluster, api: Api, namespace: str) -> None:
    """Never over one that exists, never outside of the window, never into the source's archive."""
    store(api, namespace)
    cluster.do(spec=ARCHIVED)
    cluster.do("backed_up")
    source = live(cluster)["metadata"]["generation"]
    wanted: dict[str, t.Any] = {"spec": SPEC, "object_store": "store", "source_server": "shop", "target_time": "2026-11-22T08:30:00Z"}
    new = Cluster(api, namespace, "again")
    for change, words in (
        ({"target_time": "2026-11-22T07:30:00Z"}, "before the first point"),
        ({"target_time": "2026-11-22T08:30:00"}, "no time zone"),
        ({"target_time": "2999-01-01T00:00:00Z"}, "in the future"),
        ({"server_name": "shop"}, "write into the archive"),
        ({"object_store": "none"}, "no ObjectStore none"),
    ):
        with pytest.raises(Refused, match=words):
            new.do("restored", **{**wanted, **change})
    with pytest.raises(Refused, match="never overwrites"):
        cluster.do("restored", **wanted)
    assert new.session.cluster() is None
    assert new.do("restored", **wanted).changed
    spec = live(new)["spec"]
    assert spec["bootstrap"]["recovery"]["recoveryTarget"] == {"targetTime": "2026-11-22T08:30:00Z"}
    assert at(spec["plugins"][0], "parameters", "serverName") == "again"
    assert any("bootstrap.recovery is still there" in warning for warning in new.session.warnings)
    assert not new.do("restored", **wanted).changed
    assert live(cluster)["metadata"]["generation"] == source


def test_a_quorum_and_an_archive_are_not_put_at_risk(cluster: Cluster, api: Api, namespace: str) -> None:
    """Writes that would block with the next loss; two clusters that write to one server name."""
    store(api, namespace)
    required = {"synchronous": {"method": "any", "number": 1, "dataDurability": "required"}}
    cluster.do(spec={**ARCHIVED, "postgresql": required})
    with pytest.raises(Refused, match="would block every write"):
        cluster.do("scaled", instances=2, confirm_pvc_delete=True)
    other = Cluster(api, namespace, "other")
    with pytest.raises(Refused, match="cluster shop writes to server name shop"):
        other.do(spec=with_spec(plugins=plugin(serverName="shop")))
    assert other.session.cluster() is None


def test_deleting_needs_a_name_and_a_proof_and_keeps_the_volumes(cluster: Cluster, api: Api, namespace: str) -> None:
    """Reclaim policy Retain, first."""
    cluster.do(spec=with_spec(instances=1))
    with pytest.raises(Refused, match="write confirm"):
        cluster.do("absent", proven_within=0)
    with pytest.raises(Refused, match="none was ever proven"):
        cluster.do("absent", confirm=f"{namespace}/shop")
    done = cluster.do("absent", confirm=f"{namespace}/shop", proven_within=0)
    assert done.more["kept_volumes"] == [f"pv-{namespace}-shop-1"]
    volume = api.kube().get(Reference("v1", "PersistentVolume", f"pv-{namespace}-shop-1"))
    assert at(volume, "spec", "persistentVolumeReclaimPolicy") == "Retain"
    assert cluster.session.cluster() is None
    assert not cluster.do("absent").changed


def test_from_the_in_tree_barman_to_the_plugin_in_one_change(cluster: Cluster, api: Api, namespace: str) -> None:
    """A definition that still has it is refused; the migration takes it out."""
    old = {"barmanObjectStore": {"destinationPath": "s3://backups/x", "serverName": "old"}}
    with pytest.raises(Refused, match=r"1\.31"):
        cluster.do(spec=with_spec(backup=old))
    api.kube().apply({"apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": "shop", "namespace": namespace}, "spec": with_spec(backup=old)}, "somebody")
    with pytest.raises(Refused, match="no ObjectStore store"):
        cluster.do("migrated", object_store="store")
    store(api, namespace)
    tried = cluster.do("migrated", object_store="store", check=True)
    assert tried.changed
    assert {change.path.partition("[")[0] for change in tried.changes} >= {"plugins", "backup.barmanObjectStore.destinationPath"}
    assert "barmanObjectStore" in live(cluster)["spec"]["backup"]
    with pytest.raises(Refused, match="means restart"):
        cluster.do("migrated", object_store="store", disruption="online")
    assert cluster.do("migrated", object_store="store").changed
    spec = live(cluster)["spec"]
    assert "barmanObjectStore" not in (spec.get("backup") or {})
    assert spec["plugins"][0]["parameters"] == {"barmanObjectName": "store", "serverName": "old"}
    assert not cluster.do("migrated", object_store="store").changed


def plugin(**parameters: str) -> list[Object]:
    """The plugin, as a definition has it."""
    return [{"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store", **parameters}}]


@pytest.mark.parametrize("maker", [MANAGER, "somebody"])
def test_after_the_migration_the_definition_has_the_plugin(cluster: Cluster, api: Api, namespace: str, maker: str) -> None:
    """Whoever made the cluster: the same definition is no conflict, another one a change, an upgrade takes another server name with it."""
    old = {"barmanObjectStore": {"destinationPath": "s3://backups/x"}, "retentionPolicy": "7d"}
    api.kube().apply({"apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": "shop", "namespace": namespace}, "spec": with_spec(backup=old)}, maker)
    store(api, namespace)
    cluster.do("migrated", object_store="store")
    owners = [entry["manager"] for entry in live(cluster)["metadata"]["managedFields"] if "f:plugins" in (at(entry, "fieldsV1", "f:spec") or {})]
    assert owners == [MANAGER]
    assert cluster.do(spec=with_spec(plugins=plugin(serverName="shop"), description="of the shop")).changed
    assert cluster.do(spec=with_spec(plugins=plugin(serverName="other"))).changed
    assert at(live(cluster)["spec"]["plugins"][0], "parameters", "serverName") == "other"
    if maker == MANAGER:
        assert cluster.do("upgraded", image="registry.example.org/postgresql:17.7").changed
        assert cluster.do("scaled", instances=4).changed
        assert at(live(cluster)["spec"]["plugins"][0], "parameters", "serverName") == "other"


def test_a_migration_that_broke_off_after_its_change_is_ended_by_a_rerun(cluster: Cluster, api: Api, namespace: str) -> None:
    """As one of an older release was, which left the plugins to the manager of single operations."""
    store(api, namespace)
    cluster.do(spec=SPEC)
    api.kube().patch(cluster.session.reference(), {"spec": {"plugins": plugin()}}, OPERATOR)
    with pytest.raises(Refused, match="conflict with"):
        cluster.do(spec=with_spec(plugins=plugin(serverName="other")))
    assert not cluster.do("migrated", object_store="store").changed
    assert cluster.do(spec=with_spec(plugins=plugin(serverName="other"))).changed


def test_a_server_name_that_is_taken_is_refused_wherever_the_archive_changes(cluster: Cluster, api: Api, namespace: str) -> None:
    """The cluster that had it may be gone, and another ObjectStore may lead to the same path."""
    store(api, namespace)
    store(api, namespace, "again")
    window = {"firstRecoverabilityPoint": "2026-11-22T08:00:00Z", "lastSuccessfulBackupTime": "2026-11-22T08:00:00Z"}
    reference = Reference(STORE_GROUP, "ObjectStore", "store", namespace)
    api.kube().patch(reference, {"status": {"serverRecoveryWindow": {"gone": window, "shop": window}}}, "test", "status")
    for name in ("store", "again"):
        taken = plugin(barmanObjectName=name)
        with pytest.raises(Refused, match=r"holds backups of a server shop.*shop-2"):
            cluster.do(spec=with_spec(plugins=taken))
        with pytest.raises(Refused, match="holds backups of a server shop"):
            cluster.do(spec=with_spec(plugins=taken), check=True)
    assert cluster.session.cluster() is None
    assert cluster.do(spec=with_spec(plugins=plugin(serverName="new"))).changed
    with pytest.raises(Refused, match="holds backups of a server gone"):
        cluster.do(spec=with_spec(plugins=plugin(serverName="gone")))
    # its own place by another ObjectStore's name is no other place
    assert cluster.do(spec=with_spec(plugins=plugin(serverName="new", barmanObjectName="again"))).changed
    other = Cluster(api, namespace, "other")
    with pytest.raises(Refused, match="cluster shop writes to server name new"):
        other.do(spec=with_spec(plugins=plugin(serverName="new")))
