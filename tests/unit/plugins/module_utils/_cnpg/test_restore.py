# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of a backup: a trial that is made, asked, measured and removed, whatever happens in between."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import recovery, restore, sql
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, PLUGIN, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import PROVEN, proof_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.scratch import MARK
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

from tests.unit.plugins.module_utils._cnpg.api_double import IMAGE, Api, Postgres, session_of

ANSWERS = {
    "pg_stat_archiver": "000000010000000000000009|2026-11-22T08:00:00.000000Z",
    "pg_database": "app",
    "pg_class": "12",
    "orders": "1000",
    "pg_walfile_name": "00000002000000000000000A",
}
CHECK = sql.Check("app", "SELECT count(*) FROM orders", minimum=1000)
TRIAL = Reference("v1", "Namespace", "trial")
NO_AGE = datetime.timedelta()


@pytest.fixture
def api() -> Api:
    """A cluster with an archive that has a window."""
    api = Api()
    secret = {"accessKeyId": {"name": "s3", "key": "a"}, "secretAccessKey": {"name": "s3", "key": "b"}}
    window = {"shop": {"firstRecoverabilityPoint": "2026-11-20T08:00:00Z", "lastSuccessfulBackupTime": "2026-11-21T08:00:00Z"}}
    store = {"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": {"name": "store", "namespace": "n"}}
    configuration = {"destinationPath": "s3://backups/x", "s3Credentials": secret}
    api.apply({**store, "spec": {"configuration": configuration, "retentionPolicy": "7d"}, "status": {"serverRecoveryWindow": window}}, "test")
    api.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s3", "namespace": "n"}, "data": {"a": "x"}}, "test")
    plugin = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}
    spec = {"instances": 3, "imageName": IMAGE, "storage": {"size": "1Gi"}, "plugins": [plugin]}
    api.apply({"apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": "shop", "namespace": "n"}, "spec": spec}, "test")
    return api


def prove(api: Api, postgres: Postgres, oldest: datetime.timedelta = NO_AGE) -> tuple[Outcome, Session]:
    """The whole of it."""
    session, _clock, _told = session_of(api, stable=10.0)
    return restore.verified(session, postgres, "trial", [CHECK], oldest), session


def source(api: Api) -> Object:
    """The cluster that is proven."""
    return api.things[Reference(GROUP, "Cluster", "shop", "n")]


def test_restored_asked_measured_and_removed(api: Api) -> None:
    """The time of the proof stands on the cluster; nothing else of it was touched."""
    before = source(api)["spec"]
    postgres = Postgres(ANSWERS)
    done, session = prove(api, postgres)
    report = done.more["report"]
    assert (report["tables"], report["checks"]) == ({"app": 12}, 1)
    assert report["rto_seconds"] >= 10
    assert report["rpo_seconds"] > 0
    assert session.warnings == []
    assert source(api)["metadata"]["annotations"][PROVEN].split()[1:] == ["store/shop", "17"]
    assert proof_of(source(api)).at
    assert source(api)["spec"] == before
    assert TRIAL not in api.things
    assert not [key for key in api.things if key.namespace == "trial"]
    assert {namespace for namespace, said in postgres.asked if "pg_amcheck" in said} == {"trial"}


def test_the_trial_reads_the_archive_and_writes_to_none(api: Api) -> None:
    """Looked at while it is there."""
    seen: list[Object] = []
    api.at_look = lambda cluster, _number: seen.append(cluster) if at(cluster, "metadata", "namespace") == "trial" else None
    prove(api, Postgres(ANSWERS))
    spec = seen[0]["spec"]
    assert "plugins" not in spec
    assert spec["instances"] == 1
    assert spec["externalClusters"][0]["plugin"]["parameters"] == {"barmanObjectName": "store", "serverName": "shop"}


OUTSIDE: Object = {
    "imagePullSecrets": [{"name": "registry"}],
    "env": [
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "env", "key": "a"}}},
        {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "b"}}},
        {"name": "C", "valueFrom": {"secretKeyRef": {"name": "perhaps", "key": "c", "optional": True}}},
        {"name": "D", "value": "d"},
    ],
    "envFrom": [{"secretRef": {"name": "all"}}, {"secretRef": {"name": "s3"}}, {"configMapRef": {"name": "settings"}}],
    "projectedVolumeTemplate": {"sources": [{"secret": {"name": "keytab"}}, {"downwardAPI": {}}]},
    "certificates": {"serverCASecret": "ca", "serverTLSSecret": "tls"},
    "superuserSecret": {"name": "root"},
    "enableSuperuserAccess": True,
    "serviceAccountName": "own",
    "monitoring": {"customQueriesSecret": [{"name": "queries", "key": "q"}]},
    "postgresql": {"parameters": {"work_mem": "8MB"}, "ldap": {"bindSearchAuth": {"bindPassword": {"name": "ldap", "key": "p"}}}},
    "replica": {"enabled": True, "source": "other"},
    "externalClusters": [{"name": "other", "password": {"name": "other", "key": "p"}}],
    "bootstrap": {"initdb": {"database": "app", "owner": "seller", "secret": {"name": "seller"}}},
}


def test_the_trial_has_what_its_pods_need_and_names_nothing_else_of_the_source(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hangs for a Secret of the other namespace proves nothing, ever."""
    source(api)["spec"].update(OUTSIDE)
    copies = [("Secret", "registry"), ("Secret", "env"), ("ConfigMap", "settings"), ("Secret", "all"), ("Secret", "keytab")]
    for kind, name in copies:
        api.apply({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "n"}, "type": "Opaque", "data": {"x": "y"}}, "test")
    seen: list[Object] = []

    def keep(cluster: Object, _number: int) -> None:
        if at(cluster, "metadata", "namespace") == "trial":
            seen.append(cluster)
            assert all(api.things[Reference("v1", kind, name, "trial")]["data"] == {"x": "y"} for kind, name in copies)

    api.at_look = keep
    made: list[str] = []
    create = api.create

    def told(document: Object, manager: str, dry_run: bool = False) -> Object:
        made.append(f"{document['kind']} {document['metadata']['name']}")
        return create(document, manager, dry_run)

    monkeypatch.setattr(api, "create", told)
    assert prove(api, Postgres(ANSWERS))[0].changed
    assert sorted(made) == sorted(set(made)), "a second one of a name is refused by the API server"
    spec = seen[0]["spec"]
    assert spec["bootstrap"]["recovery"] == {"source": "groundwork-source", "database": "app", "owner": "seller"}
    assert [item["name"] for item in spec["externalClusters"]] == ["groundwork-source"]
    assert spec["postgresql"] == {"parameters": {"work_mem": "8MB"}}
    assert not {"certificates", "superuserSecret", "enableSuperuserAccess", "serviceAccountName", "monitoring", "replica"} & set(spec)


@pytest.mark.parametrize(("kind", "kept"), [("ImageCatalog", False), ("ClusterImageCatalog", True)])
def test_a_catalogue_of_the_sources_namespace_is_replaced_by_the_image_that_runs(kind: str, kept: bool) -> None:
    """One of the whole cluster is there, too."""
    catalogue = {"apiGroup": "postgresql.cnpg.io", "kind": kind, "name": "c", "major": 17}
    cluster: Object = {"spec": {"instances": 3, "imageCatalogRef": catalogue}, "status": {"image": IMAGE}}
    spec = recovery.trial_spec(cluster, "store", "shop")
    assert (spec.get("imageCatalogRef"), spec.get("imageName")) == ((catalogue, None) if kept else (None, IMAGE))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"orders": "999"}, "at least 1000"),
        ({"pg_amcheck": 'heap table "app.public.orders": corrupt'}, "pg_amcheck"),
        ({"pg_walfile_name": "000000020000000000000008"}, "WAL is missing"),
        ({"orders": "!relation does not exist"}, "relation does not exist"),
    ],
)
def test_what_is_no_proof(api: Api, change: dict[str, str], words: str) -> None:
    """Nothing is written down, and nothing remains."""
    with pytest.raises(Refused, match=words):
        prove(api, Postgres({**change, **ANSWERS, **change}))
    assert PROVEN not in (source(api)["metadata"].get("annotations") or {})
    assert TRIAL not in api.things


def test_a_source_that_does_not_answer_is_restored_all_the_same(api: Api) -> None:
    """Without an RPO, which is said."""
    done, session = prove(api, Postgres({**ANSWERS, "pg_stat_archiver": "!could not connect"}))
    assert done.more["report"]["rpo_seconds"] is None
    assert "RPO is not measured" in session.warnings[0]


def test_what_an_interrupted_run_left_goes_first_and_what_is_not_ours_stays(api: Api) -> None:
    """Told apart by a label."""
    namespace: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "trial", "labels": {MARK: "n"}}}
    api.apply(namespace, "test")
    assert prove(api, Postgres(ANSWERS))[0].changed
    assert api.deleted.count(TRIAL) == 2
    api.things[TRIAL] = {**namespace, "metadata": {"name": "trial", "labels": {}}}
    with pytest.raises(Refused, match="not one that a trial"):
        prove(api, Postgres(ANSWERS))
    assert TRIAL in api.things


def test_a_proof_that_is_young_enough_will_do(api: Api) -> None:
    """Within its age; older ones are made anew."""
    prove(api, Postgres(ANSWERS))
    postgres = Postgres(ANSWERS)
    assert not prove(api, postgres, datetime.timedelta(hours=1))[0].changed
    assert postgres.asked == []


def test_without_waiting_there_is_no_proof(api: Api) -> None:
    """It is said before anything is made; a proof that is young enough needs no waiting."""
    session, _clock, _told = session_of(api, wait=False)
    with pytest.raises(Refused, match="nobody waits for"):
        restore.verified(session, Postgres(ANSWERS), "trial", [CHECK], NO_AGE)
    assert api.deleted == []
    prove(api, Postgres(ANSWERS))
    assert not restore.verified(session, Postgres(ANSWERS), "trial", [CHECK], datetime.timedelta(hours=1)).changed


def test_an_account_that_is_not_there_is_named(api: Api) -> None:
    """And the trial is removed."""
    del api.things[Reference("v1", "Secret", "s3", "n")]
    with pytest.raises(Refused, match="Secret n/s3"):
        prove(api, Postgres(ANSWERS))
    assert TRIAL not in api.things


def test_a_fault_of_a_store_without_backup(api: Api) -> None:
    """Nothing is made."""
    api.things[Reference(STORE_GROUP, "ObjectStore", "store", "n")]["status"] = {}
    with pytest.raises(Refused, match="no complete base backup"):
        prove(api, Postgres(ANSWERS))
    assert api.deleted == []


def test_an_archive_that_nobody_has_looked_into_yet_is_tried(api: Api) -> None:
    """As in an environment that was made anew; what is wrong with the time is said all the same."""
    api.things[Reference(STORE_GROUP, "ObjectStore", "store", "n")]["status"] = {}
    session, _clock, _told = session_of(api, name="shop-2", wait=False)
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}}
    with pytest.raises(Refused, match="no time zone"):
        restore.restored(session, spec, restore.Origin("store", "shop", {"target_time": "2026-11-20T09:00:00"}), "shop-2")
    assert restore.restored(session, spec, restore.Origin("store", "shop"), "shop-2").changed


def test_an_old_server_name_that_nobody_writes_to_any_more_is_tried(api: Api) -> None:
    """A site that was made anew archives under a new name; only that one has a window then. A living cluster's name without a backup is refused as ever."""
    store = api.things[Reference(STORE_GROUP, "ObjectStore", "store", "n")]
    store["status"] = {"serverRecoveryWindow": {"shop-new": store["status"]["serverRecoveryWindow"]["shop"]}}
    session, _clock, _told = session_of(api, name="shop-2", wait=False)
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}}
    past = {"target_time": "2026-11-19T08:00:00Z"}
    with pytest.raises(Refused, match="no complete base backup"):
        restore.restored(session, spec, restore.Origin("store", "shop", past), "shop-2")
    with pytest.raises(Refused, match="before the first point"):
        restore.restored(session, spec, restore.Origin("store", "shop-new", past), "shop-2")
    assert session.warnings == []
    source(api)["spec"]["plugins"][0]["parameters"]["serverName"] = "shop-new"
    assert restore.restored(session, spec, restore.Origin("store", "shop", past), "shop-2").changed
    assert "knows nothing of server shop" in session.warnings[0]


def test_labels_and_annotations_stand_on_the_restored_cluster_and_are_looked_at(api: Api) -> None:
    """Beside the one that says where it came from."""
    session, _clock, _told = session_of(api, name="shop-2", wait=False)
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}}
    unsafe = {"annotations": {"cnpg.io/validation": "disabled"}}
    with pytest.raises(Refused, match="validation"):
        restore.restored(session, spec, restore.Origin("store", "shop"), "shop-2", metadata=unsafe)
    given: Object = {"labels": {"team": "x"}, "annotations": {"mine": "y"}}
    done = restore.restored(session, spec, restore.Origin("store", "shop"), "shop-2", metadata=given)
    assert done.after
    assert done.after["metadata"]["labels"] == {"team": "x"}
    assert done.after["metadata"]["annotations"] == {"mine": "y", recovery.RESTORED: "store/shop newest"}


def test_a_proof_of_another_archive_is_none(api: Api) -> None:
    """After a new server name the first backup under it has to be proven, however young the old proof is."""
    prove(api, Postgres(ANSWERS))
    source(api)["spec"]["plugins"][0]["parameters"]["serverName"] = "shop-2"
    store = api.things[Reference(STORE_GROUP, "ObjectStore", "store", "n")]
    store["status"]["serverRecoveryWindow"]["shop-2"] = store["status"]["serverRecoveryWindow"]["shop"]
    assert prove(api, Postgres(ANSWERS), datetime.timedelta(hours=1))[0].changed
