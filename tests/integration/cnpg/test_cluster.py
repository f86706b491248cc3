# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""cnpg_cluster against a real API server: what is applied, what is refused, what is waited for, and how much it costs."""

from __future__ import annotations

import copy
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.effects import FIELDS
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, MANAGER, PLUGIN, STORE_GROUP, Effect, Object, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference

from tests.integration.cnpg.conftest import IMAGE, SPEC, Cluster, run
from tests.support.apiserver import Api
from tests.support.cnpg_double import Operator


def live(cluster: Cluster) -> Object:
    """As the API server has it."""
    return cluster.session.existing()


def with_spec(**changes: t.Any) -> Object:
    """The definition with fields changed."""
    return {**copy.deepcopy(SPEC), **changes}


def test_every_field_of_the_crd_has_a_row_in_the_table(crds: list[Object]) -> None:
    """And every row is a field: a new release of the operator cannot add one unnoticed."""
    crd = next(crd for crd in crds if crd["spec"]["names"]["kind"] == "Cluster")
    fields = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    rows = {path.partition(".")[0] for path in FIELDS} - {"metadata"}
    assert rows == set(fields)


def test_created_waited_for_and_then_left_alone(cluster: Cluster) -> None:
    """The second run changes nothing."""
    first = cluster.do(spec=SPEC)
    assert first.changed
    assert first.verdict.state == "ready"
    assert at(live(cluster), "status", "readyInstances") == 3
    assert not cluster.do(spec=SPEC).changed


def test_check_mode_classifies_and_writes_nothing(cluster: Cluster) -> None:
    """Server dry run: nothing of it is kept."""
    cluster.do(spec=SPEC)
    before = live(cluster)["spec"]
    found = cluster.do(spec=with_spec(imageName=f"{IMAGE}1", description="x"), check=True)
    assert found.changed
    assert {change.path: change.effect for change in found.changes} == {"description": Effect.ONLINE, "imageName": Effect.RESTART}
    assert live(cluster)["spec"] == before


def test_check_mode_of_a_new_cluster_makes_none(cluster: Cluster) -> None:
    """Neither it nor anything else."""
    assert cluster.do(spec=SPEC, check=True).changed
    assert cluster.session.cluster() is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"storage": {"size": "512Mi"}}, "volumes do not shrink"),
        ({"storage": {"size": "1Gi", "storageClass": "other"}}, "a running cluster ignores it"),
        ({"bootstrap": {"initdb": {"database": "other", "owner": "other"}}}, "a running cluster ignores it"),
        ({"instances": 2}, "use state scaled"),
        ({"imageName": "registry.example.org/postgresql:16.4"}, "restore into a new cluster"),
        ({"postgresUID": 27}, "belong to this number"),
        ({"imageName": "registry.example.org/postgresql:18.1"}, "disruption: downtime"),
        ({"nonsense": True}, "nonsense"),
    ],
)
def test_refused_before_anything_is_touched(cluster: Cluster, change: Object, words: str) -> None:
    """Shrinking, immutable fields, a downgrade, what would silently do nothing, and what hurts more than is allowed."""
    cluster.do(spec=with_spec(storage={"size": "1Gi", "storageClass": "fast"}))
    before = live(cluster)["metadata"]["generation"]
    wanted = with_spec(**{"storage": {"size": "1Gi", "storageClass": "fast"}, **change})
    with pytest.raises(Refused) as caught:
        cluster.do(spec=wanted)
    assert words in str(caught.value)
    assert live(cluster)["metadata"]["generation"] == before


def test_everything_that_is_wrong_is_said_at_once(cluster: Cluster) -> None:
    """Two forbidden fields and an ignored one."""
    cluster.do(spec=with_spec(storage={"size": "1Gi", "storageClass": "fast"}))
    with pytest.raises(Refused) as caught:
        cluster.do(spec=with_spec(storage={"size": "1Mi", "storageClass": "slow"}, postgresGID=27))
    assert len(caught.value.problems) == 3


def test_somebody_elses_field_is_a_conflict_that_names_its_manager(cluster: Cluster, api: Api) -> None:
    """It is never taken by force."""
    cluster.do(spec=SPEC)
    reference = cluster.session.reference()
    api.kube().patch(reference, {"spec": {"logLevel": "debug"}}, "kubectl-edit")
    with pytest.raises(Refused, match="kubectl-edit"):
        cluster.do(spec=with_spec(logLevel="info"))
    assert live(cluster)["spec"]["logLevel"] == "debug"


def test_argo_cds_cluster_is_refused_and_can_be_rendered(cluster: Cluster, api: Api, tmp_path: Path) -> None:
    """The patch is written into the tree, nothing into the cluster; a second time nothing at all."""
    cluster.do(spec=SPEC)
    mark = {"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "plugin-barman-cloud:postgresql.cnpg.io/Cluster:x/shop"}}}
    api.kube().patch(cluster.session.reference(), mark, "argocd-controller")
    with pytest.raises(Refused, match="belongs to Application plugin-barman-cloud"):
        cluster.do(spec=with_spec(description="x"))
    file = tmp_path / "patches" / "shop.yaml"
    assert cluster.do(spec=with_spec(description="x"), gitops="render", gitops_path=str(file)).changed
    assert "description: x" in file.read_text("utf-8")
    assert "description" not in live(cluster)["spec"]
    assert not cluster.do(spec=with_spec(description="x"), gitops="render", gitops_path=str(file)).changed
    with pytest.raises(Refused, match="volumes do not shrink"):
        cluster.do(spec=with_spec(storage={"size": "1Mi"}), gitops="render", gitops_path=str(file))
    with pytest.raises(Refused, match="not where the tree has patches"):
        cluster.do(spec=with_spec(description="x"), gitops="render", gitops_path=str(tmp_path / "shop.yaml"))


def test_a_webhook_that_does_not_answer_is_told_apart(cluster: Cluster, api: Api, namespace: str) -> None:
    """The operator is down: nothing was changed, and it has to come up."""
    kube = api.kube()
    service = {"namespace": namespace, "name": "none", "path": "/"}
    rule = {"apiGroups": ["postgresql.cnpg.io"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["clusters"]}
    hook = {
        "name": "hook.example.org",
        "clientConfig": {"service": service},
        "rules": [rule],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 1,
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
    }
    name = f"hook-{namespace}"
    kube.apply(
        {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [hook]}, "test"
    )
    try:
        cluster.session.until("the webhook to be asked", lambda: _fails(cluster), 0.5)
        with pytest.raises(Refused, match="bring the operator up"):
            cluster.do(spec=SPEC)
    finally:
        kube.delete(Reference("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", name))
    assert cluster.session.cluster() is None


def _fails(cluster: Cluster) -> bool:
    try:
        cluster.do(spec=SPEC, check=True)
    except Refused:
        return True
    return False


@pytest.mark.parametrize("phase", ["Invalid cluster definition", "Cluster is unrecoverable and needs manual intervention"])
def test_a_failure_ends_the_wait_with_the_operators_words(cluster: Cluster, operator: Operator, phase: str) -> None:
    """Long before the time is up."""
    operator.phase, operator.reason = phase, "because of this"
    cluster.session.patience = Patience(timeout=600)
    with pytest.raises(Refused, match=f"{phase}: because of this"):
        cluster.do(spec=SPEC)


def test_a_supervised_update_says_what_a_person_has_to_do(cluster: Cluster, operator: Operator) -> None:
    """It is no failure."""
    cluster.do(spec=SPEC)
    operator.phase = "Waiting for user action"
    found = cluster.do(spec=with_spec(imageName=f"{IMAGE}1"))
    assert (found.verdict.state, found.verdict.remedy) == ("human", "state switched_over completes it")


def test_scaling_needs_a_word_and_keeps_the_rest_of_the_definition(cluster: Cluster) -> None:
    """3, 2, 3; what was applied before stays applied by us."""
    cluster.do(spec=with_spec(description="kept"))
    with pytest.raises(Refused, match="confirm_pvc_delete"):
        cluster.do("scaled", instances=2)
    assert cluster.do("scaled", instances=2, confirm_pvc_delete=True).changed
    assert live(cluster)["spec"]["description"] == "kept"
    assert cluster.do("scaled", instances=3).changed
    assert not cluster.do("scaled", instances=3).changed
    assert not cluster.do(spec=with_spec(description="kept")).changed


def test_a_switchover_goes_through_the_status_and_only_once(cluster: Cluster) -> None:
    """By name it is idempotent."""
    cluster.do(spec=SPEC)
    assert cluster.do("switched_over", primary="shop-2", check=True).changed
    assert at(live(cluster), "status", "currentPrimary") == "shop-1"
    assert cluster.do("switched_over", primary="shop-2").changed
    assert at(live(cluster), "status", "currentPrimary") == "shop-2"
    assert not cluster.do("switched_over", primary="shop-2").changed
    with pytest.raises(Refused, match="no such instance"):
        cluster.do("switched_over", primary="shop-9")


def test_fences_hibernation_and_restarts(cluster: Cluster) -> None:
    """Each is carried out, then does nothing, and does not disturb the next apply."""
    cluster.do(spec=SPEC)
    with pytest.raises(Refused, match="allow_primary"):
        cluster.do("fenced", members=["shop-1"])
    assert cluster.do("fenced", members=["shop-2"]).changed
    assert not cluster.do("fenced", members=["shop-2"]).changed
    assert cluster.do("unfenced").changed
    assert not cluster.do("unfenced").changed
    assert cluster.do("hibernated").changed
    assert not cluster.do("hibernated").changed
    assert cluster.session.look().pods == ()
    assert cluster.do("running").changed
    assert not cluster.do("running").changed
    assert cluster.do("restarted", since="2026-11-22T10:00:00Z").changed
    assert not cluster.do("restarted", since="2026-11-22T10:00:00Z").changed
    assert not cluster.do(spec=SPEC).changed


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
    """Wrong bucket, wrong account, somebody else's archive; complete without a window, complete without WAL."""
    monkeypatch.setattr("ansible_collections.groundwork.platform.plugins.module_utils._cnpg.protect.SETTLING", 1.0)
    store(api, namespace)
    cluster.do(spec=ARCHIVED)
    for name, value in fault.items():
        setattr(operator, name, value)
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
        ({"source_server": "none"}, "no complete base backup"),
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
    plugin = {**ARCHIVED["plugins"][0], "parameters": {"barmanObjectName": "store", "serverName": "shop"}}
    with pytest.raises(Refused, match="cluster shop writes to server name shop"):
        other.do(spec=with_spec(plugins=[plugin]))
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
    assert cluster.do("migrated", object_store="store").changed
    spec = live(cluster)["spec"]
    assert "barmanObjectStore" not in (spec.get("backup") or {})
    assert spec["plugins"][0]["parameters"] == {"barmanObjectName": "store", "serverName": "old"}
    assert not cluster.do("migrated", object_store="store").changed


def test_the_module_itself_is_cheap_and_hides_what_could_be_secret(cluster: Cluster, api: Api, namespace: str) -> None:
    """A run that changes nothing: at most 12 requests, 150 MB; a value of the environment is not in its diff."""
    spec = with_spec(env=[{"name": "X", "value": "s3cr3t-value"}])
    cluster.do(spec=spec)
    options = {"name": "shop", "namespace": namespace, "spec": spec}
    unchanged = run(api, options)
    assert unchanged["changed"] is False
    assert unchanged["memory_kb"] <= 150 * 1024
    changed = run(api, {**options, "spec": with_spec(env=[{"name": "X", "value": "an0ther-value"}])}, check=True, diff=True)
    assert changed["changed"] is True
    assert "env[X].value" in str(changed["changes"])
    assert "s3cr3t-value" not in str({**changed, "invocation": ""})
    assert "an0ther-value" not in str({**changed, "invocation": ""})
    counting = api.kube()
    sender = Counting(counting)
    cluster.session.api = counting
    assert not cluster.do(spec=spec).changed
    assert len(sender.requests) <= 12, sender.requests
    entries = live(cluster)["metadata"]["managedFields"]
    assert {entry["manager"] for entry in entries if entry["operation"] == "Apply"} == {MANAGER}


class Counting:
    """Counts what a client sends."""

    def __init__(self, kube: t.Any) -> None:
        self.requests: list[str] = []
        self._ask = kube.ask
        kube.ask = self

    def __call__(self, method: str, path: str, *arguments: t.Any, **options: t.Any) -> t.Any:
        self.requests.append(f"{method} {path}")
        return self._ask(method, path, *arguments, **options)
