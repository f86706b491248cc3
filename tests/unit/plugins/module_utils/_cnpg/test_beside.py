# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is beside a cluster, what people may see, and what the API server's refusals mean."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import companion, info, objects, refusals, scratch, sql, upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import Setting, classify
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import PROVEN
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import refusals as refusals_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.shown import HIDDEN, definition, shown, shown_at
from hypothesis import given
from hypothesis import strategies as st

GOOD_STORE: Object = {"configuration": {"destinationPath": "s3://backups/dev/shop"}, "retentionPolicy": "30d"}


@pytest.mark.parametrize(
    ("kind", "spec", "place"),
    [
        ("ObjectStore", GOOD_STORE, None),
        ("ObjectStore", {"configuration": {"destinationPath": "backups/dev"}}, "spec.configuration.destinationPath"),
        ("ObjectStore", {**GOOD_STORE, "retentionPolicy": "30 days"}, "spec.retentionPolicy"),
        ("ObjectStore", {"configuration": {**GOOD_STORE["configuration"], "serverName": "x"}}, "spec.configuration.serverName"),
        ("ObjectStore", {"configuration": {**GOOD_STORE["configuration"], "endpointURL": "http://s3"}}, "spec.configuration.endpointURL"),
        ("ObjectStore", {"configuration": {**GOOD_STORE["configuration"], "endpointURL": "https://s3"}}, None),
        ("ScheduledBackup", {"schedule": "0 0 2 * * *"}, None),
        ("ScheduledBackup", {"schedule": "@daily"}, None),
        ("ScheduledBackup", {"schedule": "0 3 * * *"}, "schedule"),
        ("ScheduledBackup", {"schedule": "3 o'clock"}, "schedule"),
        ("DatabaseRole", {"name": "shop"}, None),
        ("DatabaseRole", {"name": "postgres"}, "spec.name"),
        ("DatabaseRole", {"name": "pg_shop"}, "spec.name"),
        ("DatabaseRole", {"name": "shop", "superuser": True}, "spec.superuser"),
        ("DatabaseRole", {"name": "shop", "ensure": "absent"}, "spec.ensure"),
        ("DatabaseRole", {"name": "shop", "passwordSecret": {"name": "x"}, "disablePassword": True}, "spec.passwordSecret"),
        ("Database", {"name": "template1"}, "spec.name"),
        ("Database", {"name": "shop"}, None),
    ],
)
def test_definitions(kind: str, spec: Object, place: str | None) -> None:
    """Each fault with its place; the near miss without one."""
    assert [problem.place for problem in companion.faults(kind, spec)] == ([place] if place else [])


def test_five_fields_are_told_what_they_would_mean() -> None:
    """And what to write."""
    (problem,) = companion.schedule_faults("0 3 * * *")
    assert "seconds first" in problem.reason
    assert "'0 0 3 * * *'" in problem.remedy


@given(st.text(alphabet="0123456789*/, ", max_size=20))
def test_only_six_fields_are_a_schedule(text: str) -> None:
    """Whatever else is in them, which the operator judges."""
    assert (list(companion.schedule_faults(text)) == []) == (len(text.split()) == 6)


@pytest.mark.parametrize(
    ("kind", "status", "elapsed", "state"),
    [
        ("Database", {}, 1.0, "wait"),
        ("Database", {"observedGeneration": 1, "applied": True}, 1.0, "wait"),
        ("Database", {"observedGeneration": 2, "applied": True}, 1.0, "ready"),
        # As 1.30 tells a failure: without a generation.
        ("Database", {"applied": False, "message": "no role"}, 60.0, "wait"),
        ("Database", {"applied": False, "message": "no role"}, 80.0, "failed"),
        ("Database", {"applied": False}, 60.0, "wait"),
        ("Database", {"observedGeneration": 2, "applied": False, "message": "no role"}, 80.0, "failed"),
        ("DatabaseRole", {"observedGeneration": 2, "applied": True}, 1.0, "ready"),
        ("ObjectStore", {}, 1.0, "ready"),
    ],
)
def test_whether_an_object_has_arrived(kind: str, status: Object, elapsed: float, state: str) -> None:
    """A status of an older generation says nothing."""
    live = {"metadata": {"generation": 2}, "spec": {"instances": 2}, "status": status}
    assert companion.judge(kind, live, elapsed).state == state


RUNS: Object = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    ("status", "deployment", "elapsed", "state"),
    [
        # Pods that were made, and cannot start.
        ({"instances": 2}, None, 1.0, "wait"),
        ({"instances": 2}, {**RUNS, "availableReplicas": 0}, 1.0, "wait"),
        ({"instances": 2}, {**RUNS, "availableReplicas": 1}, 1.0, "wait"),
        # Older than what was changed, or old pods that still serve.
        ({"instances": 2}, {**RUNS, "observedGeneration": 2}, 1.0, "wait"),
        ({"instances": 3}, {**RUNS, "replicas": 3, "updatedReplicas": 1}, 1.0, "wait"),
        ({"instances": 2, "phase": "active"}, RUNS, 1.0, "ready"),
        ({"instances": 2}, RUNS, 1.0, "ready"),
        ({"phase": "inactive", "phaseReason": "no cluster shop"}, None, 600.0, "wait"),
        ({"phase": "failed", "phaseReason": "no image"}, None, 1.0, "wait"),
        ({"phase": "failed", "phaseReason": "no image"}, None, 600.0, "failed"),
    ],
)
def test_a_pooler_has_arrived_when_its_pods_serve(status: Object, deployment: Object | None, elapsed: float, state: str) -> None:
    """Its own number says how many were made."""
    live = {"metadata": {"generation": 2}, "spec": {"instances": 2}, "status": status}
    pods = companion.Pods({"metadata": {"generation": 3}, "status": deployment} if deployment else {})
    found = companion.judge("Pooler", live, elapsed, pods)
    assert found.state == state
    assert str(status.get("phaseReason") or "") in found.message


@pytest.mark.parametrize(
    ("generation", "before", "elapsed", "state"),
    [
        # The Deployment as it was: well, and not what was asked for.
        (3, 3, 0.0, "wait"),
        (3, 3, 9.0, "wait"),
        # Settings of PgBouncer change no Deployment.
        (3, 3, 11.0, "ready"),
        (4, 3, 0.0, "ready"),
        # The first one, and nothing was changed.
        (1, None, 0.0, "ready"),
    ],
)
def test_old_pods_of_a_pooler_that_has_changed_are_not_its_new_ones(generation: int, before: int | None, elapsed: float, state: str) -> None:
    """The first look comes before the operator's."""
    deployment = {"metadata": {"generation": generation}, "status": {**RUNS, "observedGeneration": generation}}
    live = {"metadata": {"generation": 2}, "spec": {"instances": 2}, "status": {"phase": "active"}}
    assert companion.judge("Pooler", live, elapsed, companion.Pods(deployment, before)).state == state


@pytest.mark.parametrize(
    ("kind", "spec", "confirm", "count"),
    [
        ("Database", {"databaseReclaimPolicy": "retain"}, "", 0),
        ("Database", {"databaseReclaimPolicy": "delete"}, "", 1),
        ("Database", {"databaseReclaimPolicy": "delete"}, "n/x", 0),
        ("DatabaseRole", {"databaseRoleReclaimPolicy": "delete"}, "x", 1),
        ("ObjectStore", {}, "", 1),
        ("ObjectStore", {}, "n/x", 0),
        ("Pooler", {}, "", 0),
    ],
)
def test_removals_that_take_data_along_need_a_word(kind: str, spec: Object, confirm: str, count: int) -> None:
    """Typed, namespace and name."""
    live = {"metadata": {"name": "x", "namespace": "n"}, "spec": spec}
    assert len(list(companion.removal_problems(kind, live, confirm))) == count


@pytest.mark.parametrize(
    ("spec", "paths"),
    [
        ({"ensure": "absent"}, ["spec.ensure"]),
        ({"ensure": "present", "schemas": [{"name": "s", "ensure": "absent"}]}, ["spec.schemas[s].ensure"]),
        ({"extensions": [{"name": "a", "ensure": "present"}, {"name": "b", "ensure": "absent"}]}, ["spec.extensions[b].ensure"]),
        ({"fdws": [{"name": "f", "ensure": "absent"}], "servers": [{"name": "g", "ensure": "absent"}]}, ["spec.fdws[f].ensure", "spec.servers[g].ensure"]),
        ({"name": "absent", "extensions": [{"name": "absent"}]}, []),
    ],
)
def test_what_would_be_dropped_by_a_definition_needs_a_word(spec: Object, paths: list[str]) -> None:
    """The operator drops it, whatever the reclaim policy says."""
    document = {"metadata": {"name": "x", "namespace": "n"}, "spec": spec}
    assert list(companion.absences(spec)) == paths
    refused = [problem for confirm in ("", "x") for problem in companion.loss_problems("Database", None, document, confirm)]
    assert len(refused) == (2 if paths else 0)
    assert all(path in problem.reason for problem in refused for path in paths)
    assert list(companion.loss_problems("Database", None, document, "n/x")) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"retentionPolicy": "30d"}, {"retentionPolicy": "1d"}, "from 30d to 1d"),
        ({"retentionPolicy": "1m"}, {"retentionPolicy": "30d"}, "from 1m to 30d"),
        ({"retentionPolicy": "2w"}, {"retentionPolicy": "13d"}, "from 2w to 13d"),
        ({}, {"retentionPolicy": "30d"}, "from for ever to 30d"),
        ({"retentionPolicy": "4w"}, {"retentionPolicy": "30d"}, ""),
        ({"retentionPolicy": "30d"}, {"retentionPolicy": "1m"}, ""),
        ({"retentionPolicy": "30d"}, {}, ""),
        ({"configuration": {"destinationPath": "s3://a/x"}}, {"configuration": {"destinationPath": "s3://b/x"}}, "destinationPath"),
        ({"configuration": {"destinationPath": "s3://a/x"}}, {"configuration": {"destinationPath": "s3://a/x/"}}, ""),
        ({"configuration": {"endpointURL": "https://a"}}, {"configuration": {"endpointURL": "https://b"}}, "endpointURL"),
        ({"configuration": {"data": {"compression": "gzip"}}}, {"configuration": {"data": {"compression": "snappy"}}}, ""),
    ],
)
def test_what_a_change_of_a_store_takes_from_its_archive_needs_a_word(old: Object, new: Object, words: str) -> None:
    """The plugin deletes what is older than the window, and finds nothing that lies elsewhere."""
    document = {"metadata": {"name": "x", "namespace": "n"}, "spec": new}
    found = list(companion.loss_problems("ObjectStore", {**document, "spec": old}, document, ""))
    assert [words in problem.reason for problem in found] == ([True] if words else [])
    assert list(companion.loss_problems("ObjectStore", {**document, "spec": old}, document, "n/x")) == []
    assert list(companion.loss_problems("ObjectStore", None, document, "")) == []


def test_a_store_of_options() -> None:
    """Its account by name, its checksums for servers that are not AWS; an own spec is laid over it."""
    options: dict[str, t.Any] = {"destination": "s3://backups/x", "endpoint": "https://s3", "credentials": "c", "ca_secret": "c", "retention": "30d"}
    found = objects.object_store_spec({**options, "compatible": True, "spec": {"configuration": {"wal": {"maxParallel": 4}}}})
    assert found["configuration"]["s3Credentials"]["secretAccessKey"] == {"name": "c", "key": "SECRET_ACCESS_KEY"}
    assert found["configuration"]["wal"] == {"compression": "gzip", "maxParallel": 4}
    assert found["configuration"]["endpointCA"] == {"name": "c", "key": "ca.crt"}
    assert {item["value"] for item in found["instanceSidecarConfiguration"]["env"]} == {"when_required"}
    assert list(companion.faults("ObjectStore", found)) == []
    assert scratch.needed_by_store({"spec": found}) == [("Secret", "c", "ObjectStore")]
    assert scratch.needed_by_store({"spec": {}}) == []


@pytest.mark.parametrize(
    ("given_as", "schedule", "rendered"),
    [
        ("cron6", "0 0 2 * * *", "0 0 2 * * *"),
        ("cron5", "0 2 * * *", "0 0 2 * * *"),
        ("cron5", "0 0 2 * * *", "0 0 2 * * *"),
        ("cron6", "0 2 * * *", "0 2 * * *"),
    ],
)
def test_a_schedule_of_options(given_as: str, schedule: str, rendered: str) -> None:
    """Five fields become six only when somebody says that five are meant."""
    options = {"cluster": "shop", "target": "primary", "immediate": True, "suspend": False}
    assert objects.scheduled_backup_spec({**options, "schedule": schedule, "schedule_format": given_as})["schedule"] == rendered


@pytest.mark.parametrize(
    "value",
    [
        {"env": [{"name": "X", "value": "s3cret"}]},
        {"connectionParameters": {"password": "s3cret"}},
        {"postInitSQL": ["CREATE ROLE x PASSWORD 's3cret'"]},
        {"uri": "postgresql://x:s3cret@host/db"},
        {"secretKey": "s3cret"},
    ],
)
def test_what_could_be_a_secret_is_hidden(value: Object) -> None:
    """Wherever it stands."""
    assert "s3cret" not in str(shown(value))
    assert HIDDEN in str(shown(value))


def test_a_refusal_hides_it_too() -> None:
    """A field that is ignored is named with its values, as far as people may see them."""
    before, after = ({"bootstrap": {"initdb": {"postInitSQL": [f"CREATE ROLE x PASSWORD '{word}'"]}}} for word in ("s3cret", "s4cret"))
    (problem,) = refusals_of(classify(before, after, Setting(1, "restart")), Effect.DOWNTIME)
    assert "CREATE ROLE x" in problem.reason
    assert "cret'" not in problem.reason
    assert shown_at("env[X].value", "s3cret") == HIDDEN
    assert shown_at("storage.size", "1Gi") == "1Gi"


def test_what_kubectl_noted_is_hidden_as_a_whole() -> None:
    """A text of JSON, in which no variable would be found."""
    noted = {"kubectl.kubernetes.io/last-applied-configuration": '{"spec":{"env":[{"name":"X","value":"s3cret"}]}}', "mine": "stays"}
    found = definition({"metadata": {"name": "a", "annotations": noted}, "spec": {}})
    assert "s3cret" not in str(found)
    assert found["metadata"]["annotations"] == {"kubectl.kubernetes.io/last-applied-configuration": HIDDEN, "mine": "stays"}


def test_names_of_secrets_are_not_hidden() -> None:
    """A person has to see which one it is."""
    spec = {"superuserSecret": {"name": "x"}, "passwordSecret": {"name": "y"}, "parameters": {"password_encryption": "scram-sha-256"}}
    assert definition({"metadata": {"name": "a", "uid": "1", "managedFields": []}, "spec": {"superuserSecret": {"name": "x"}}, "status": {}}) == {
        "metadata": {"name": "a"},
        "spec": {"superuserSecret": {"name": "x"}},
    }
    assert shown(spec)["passwordSecret"] == {"name": "y"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KubeError("x", "kind", 404, "NotServed"), "install cloudnative-pg"),
        (KubeError("x", 'Apply failed with 1 conflict: conflict with "kubectl"', 409, "Conflict"), "never taken over by force"),
        (KubeError("x", "failed calling webhook: no endpoints", 500, "InternalError"), "bring the operator up"),
        (KubeError("x", "admission webhook denied the request: can't shrink", 403, "Forbidden"), "correct the definition"),
        (KubeError("x", "spec.instances: Invalid value", 422, "Invalid"), "correct the definition"),
        (KubeError("x", "user cannot patch", 403, "Forbidden"), "another context"),
        (KubeError("x", "the object has been modified", 409, "Conflict"), "run again"),
        (KubeError("x", "not found", 404, "NotFound"), "name and namespace"),
        (KubeError("x", "does not answer"), "once the API server answers"),
    ],
)
def test_refusals_of_the_api_server_are_told_apart(error: KubeError, words: str) -> None:
    """Its own words, and the next step."""
    found = refusals.explained(error)
    assert words in found.remedy
    assert found.place == "x"


@pytest.mark.parametrize(
    ("check", "answer", "words"),
    [
        (sql.Check("d", "SELECT 1"), "anything", ""),
        (sql.Check("d", "SELECT 1", expect="1"), "1\n", ""),
        (sql.Check("d", "SELECT 1", expect="1"), "2", "expected '1'"),
        (sql.Check("d", "SELECT 1", minimum=5), "5", ""),
        (sql.Check("d", "SELECT 1", minimum=5), "4", "at least 5"),
        (sql.Check("d", "SELECT 1", minimum=5), "many", "no number"),
    ],
)
def test_answers_of_a_restored_database(check: sql.Check, answer: str, words: str) -> None:
    """Exactly, or at least."""
    found = sql.fault(check, answer)
    assert (found is None) == (words == "")
    assert found is None or words in found.reason


NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
OLD, NEW = "r/postgresql:17.6-standard-trixie", "r/postgresql:18.1-standard-trixie"


def running(proven: str = "2026-11-22T09:00:00+00:00 s/shop 17", server: str = "shop") -> Object:
    """A cluster with an archive and a proof."""
    plugin = {"name": PLUGIN, "parameters": {"barmanObjectName": "s", "serverName": server}}
    return {"metadata": {"name": "shop", "annotations": {PROVEN: proven}}, "spec": {"imageName": OLD, "plugins": [plugin], "postgresql": {"parameters": {}}}}


@pytest.mark.parametrize(
    ("cluster", "old", "new", "server", "words"),
    [
        (running(), OLD, NEW, "shop-pg18", []),
        (running(""), OLD, NEW, "shop-pg18", ["no backup was restored"]),
        (running("2026-11-01T09:00:00Z s/shop 17"), OLD, NEW, "shop-pg18", ["no backup was restored"]),
        (running("2026-11-22T09:00:00Z"), OLD, NEW, "shop-pg18", ["does not say which archive"]),
        (running("2026-11-22T09:00:00Z s/shop 16"), OLD, NEW, "shop-pg18", ["no backup was restored"]),
        (running(), OLD, NEW, "", ["one archive"]),
        (running(), OLD, NEW, "shop", ["one archive"]),
        (running(), OLD, "r/postgresql:18.1-standard-bookworm", "x", ["collations"]),
        (running(), OLD, "r/postgresql:latest", "x", ["major version"]),
        (
            {**running(), "spec": {**running()["spec"], "postgresql": {"parameters": {"max_slot_wal_keep_size": "1GB"}}}},
            "r/postgresql:17.5-standard-trixie",
            NEW,
            "x",
            ["17.0 to 17.5"],
        ),
    ],
)
def test_a_major_upgrade_needs_a_proof_and_an_archive_of_its_own(cluster: Object, old: str, new: str, server: str, words: list[str]) -> None:
    """Before anything is stopped."""
    found = list(upgrade.major_problems(cluster, old, new, server, NOW, datetime.timedelta(hours=24)))
    assert [word in problem.reason for word, problem in zip(words, found, strict=True)] == [True] * len(words)


def test_what_clusters_lack() -> None:
    """From unprotected to proven."""
    archiving = {"type": "ContinuousArchiving", "status": "True"}
    whole = running()
    whole["metadata"]["namespace"] = "n"
    whole["status"] = {"phase": "Cluster in healthy state", "conditions": [archiving]}
    times = {"firstRecoverabilityPoint": "2026-11-22T08:00:00Z"}
    store = {"status": {"serverRecoveryWindow": {"shop": times}}}
    assert info.told(whole, store)["lacks"] == []
    assert "nobody has restored" in info.told({**whole, "metadata": {**whole["metadata"], "annotations": {}}}, store)["lacks"][0]
    old = {**whole, "metadata": {**whole["metadata"], "annotations": {PROVEN: "2026-11-22T09:00:00Z"}}}
    assert "that of 2026-11-22T09:00:00+00:00 does not say which archive it was" in info.told(old, store)["lacks"][0]
    assert info.told(old, store)["proven_at"] is None
    assert "no base backup" in info.told(whole, None)["lacks"][0]
    assert "unprotected" in info.told({**whole, "spec": {}}, None)["lacks"][0]
    failing = {**whole, "status": {**whole["status"], "conditions": [{**archiving, "status": "False", "message": "NoSuchBucket"}]}}
    assert "bucket does not exist" in info.told(failing, store)["lacks"][0]
