# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions against a real API server: what is applied, what is refused, what is waited for."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.effects import FIELDS
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Refused, at

from tests.integration.cnpg.conftest import IMAGE, SPEC, Cluster, live, with_spec
from tests.support.apiserver import Api
from tests.support.cnpg_double import Operator


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
    assert at(first.after, "status", "readyInstances") == 3
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
    """It is no failure. The phase comes a moment after the pods: what looks well has to stay so for longer than that."""
    cluster.do(spec=SPEC)
    cluster.session.patience = Patience(timeout=180, stable=5)
    operator.phase = "Waiting for user action"
    found = cluster.do(spec=with_spec(imageName=f"{IMAGE}1"))
    assert (found.verdict.state, found.verdict.remedy) == ("human", "state switched_over completes it")
