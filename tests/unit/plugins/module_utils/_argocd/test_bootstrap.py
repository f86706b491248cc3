# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._argocd import decide as d
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.bootstrap import Bootstrap, NotYet, Result, Wanted
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError

from tests.support.cluster import Cluster, Object, managers

ARGO = "argoproj.io/v1alpha1"
KINDS = {
    "v1": ["Namespace", "ConfigMap", "Secret"],
    "apps/v1": ["Deployment", "StatefulSet"],
    "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
}
HEALTHY = {"sync": {"status": "Synced", "revision": "abc"}, "health": {"status": "Healthy"}}


def made(api: str, kind: str, name: str, namespace: str = "", **rest: Any) -> Object:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **({"namespace": namespace} if namespace else {})}, **rest}


def workload(kind: str, name: str, image: str = "quay.io/argoproj/argocd:v3.5.3") -> Object:
    return made("apps/v1", kind, name, spec={"replicas": 1, "template": {"spec": {"containers": [{"image": image}]}}})


CRD = made(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "applications.argoproj.io",
    spec={"group": "argoproj.io", "names": {"kind": "Application"}, "versions": [{"name": "v1alpha1"}]},
)
DOCUMENTS: tuple[Object, ...] = (
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd", "labels": {"a": "b"}}},
    CRD,
    made("v1", "ConfigMap", "argocd-cm", data={"a": "b"}),
    workload("Deployment", "argocd-server"),
    workload("Deployment", "argocd-repo-server"),
    workload("Deployment", "argocd-redis"),
    workload("StatefulSet", "argocd-application-controller"),
)
KEY = made("v1", "Secret", "repository-tree", "argocd", data={"sshPrivateKey": "a2V5"})
ROOT = made(ARGO, "Application", "platform", "argocd", spec={"project": "default"})
WANTED = Wanted("v3.5.3", DOCUMENTS, (KEY,), ROOT, ("argocd", "metallb"), wait=10)


def live(cluster: Cluster, document: Object) -> None:
    """What controllers and Argo CD do: kinds are served, workloads roll out, the first Application applies all of it again."""
    if document["kind"] == "CustomResourceDefinition":
        document["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
        cluster.kinds.setdefault(ARGO, ["Application"])
    elif document["apiVersion"] == "apps/v1":
        document["status"] = {"updatedReplicas": 1, "readyReplicas": 1}
    elif document["metadata"]["name"] == "platform":
        document["status"] = HEALTHY
        if not any(found["metadata"]["name"] == "argocd" and found["kind"] == "Application" for found in cluster.objects):
            cluster.objects.append(made(ARGO, "Application", "argocd", "argocd", status=HEALTHY))
        for found in cluster.objects:
            if d.BOOTSTRAP in managers(found) and d.ARGO_CD not in managers(found):
                found["metadata"]["managedFields"].append({"manager": d.ARGO_CD, "operation": "Apply"})


def empty() -> Cluster:
    return Cluster([], {key: list(kinds) for key, kinds in KINDS.items()}, after_apply=live)


def run(cluster: Cluster, is_check: bool = False, wanted: Wanted = WANTED) -> Result:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    return Bootstrap(cluster.kube(), is_check, lambda: now[0], sleep).run(wanted)


def owners(cluster: Cluster) -> dict[str, list[str]]:
    return {found["metadata"]["name"]: managers(found) for found in cluster.objects if found["kind"] != "Application"}


def test_an_empty_cluster_is_handed_over_in_one_run_and_nothing_has_two_owners() -> None:
    cluster = empty()
    result = run(cluster)
    assert result.action == d.INSTALL
    assert cluster.applied.index("argocd") < cluster.applied.index("applications.argoproj.io") < cluster.applied.index("repository-tree")
    assert cluster.applied.index("repository-tree") < cluster.applied.index("argocd-server") < cluster.applied.index("platform")
    assert len(result.released) == len(DOCUMENTS)
    expected = {document["metadata"]["name"]: [d.ARGO_CD] for document in DOCUMENTS}
    assert owners(cluster) == {**expected, "repository-tree": ["groundwork"]}


def test_a_second_run_changes_nothing() -> None:
    cluster = empty()
    run(cluster)
    before = owners(cluster)
    result = run(cluster)
    assert (result.action, result.changed, result.released) == (d.KEEP, [], [])
    assert owners(cluster) == before


def test_a_check_keeps_nothing() -> None:
    cluster = empty()
    result = run(cluster, is_check=True)
    assert result.action == d.INSTALL
    assert len(result.changed) == len(DOCUMENTS) + 2
    assert cluster.objects == []
    run(cluster)
    before = owners(cluster)
    assert run(cluster, is_check=True).changed == []
    assert owners(cluster) == before


@pytest.mark.parametrize("at", range(1, len(DOCUMENTS) + 3))
def test_a_run_that_is_killed_after_any_object_is_simply_repeated(at: int) -> None:
    cluster = empty()
    count = [0]

    def killed(cluster: Cluster, document: Object) -> None:
        live(cluster, document)
        count[0] += 1
        if count[0] == at:
            raise KeyboardInterrupt

    cluster.after_apply = killed
    with pytest.raises(KeyboardInterrupt):
        run(cluster)
    cluster.after_apply = live
    run(cluster)
    assert all(d.BOOTSTRAP not in names for names in owners(cluster).values())
    assert run(cluster).changed == []


def test_an_older_one_is_adopted() -> None:
    cluster = empty()
    cluster.objects = [made("v1", "Namespace", "argocd"), *({**document} for document in DOCUMENTS if document["apiVersion"] == "apps/v1")]
    for document in cluster.objects[1:]:
        document["metadata"] = {**document["metadata"], "namespace": "argocd", "managedFields": [{"manager": "kubectl", "operation": "Apply"}]}
    old = workload("Deployment", "argocd-server", "quay.io/argoproj/argocd:v3.3.0")
    cluster.objects = [{**found, "spec": old["spec"]} if found["metadata"]["name"] == "argocd-server" else found for found in cluster.objects]
    result = run(cluster)
    assert (result.action, result.version_before) == (d.ADOPT, "v3.3.0")
    server = next(found for found in cluster.objects if found["metadata"]["name"] == "argocd-server")
    assert d.version_of(server) == "v3.5.3"


def test_a_refusal_touches_nothing() -> None:
    cluster = empty()
    cluster.objects = [made("apps/v1", "Deployment", "argocd-server", "gitops", spec={})]
    result = run(cluster)
    assert result.action == d.REFUSE
    assert "namespace gitops" in result.warnings[0]
    assert cluster.applied == []


def test_what_argo_cd_has_not_applied_stays_ours() -> None:
    cluster = empty()
    run(cluster)
    own = next(found for found in cluster.objects if found["metadata"]["name"] == "argocd-cm")
    own["metadata"]["managedFields"] = [{"manager": d.BOOTSTRAP, "operation": "Apply"}]
    cluster.after_apply = None
    result = run(cluster)
    assert (result.action, result.released) == (d.RELEASE, [])
    assert owners(cluster)["argocd-cm"] == [d.BOOTSTRAP]


def test_a_part_that_is_gone_comes_back() -> None:
    cluster = empty()
    run(cluster)
    cluster.objects = [found for found in cluster.objects if found["kind"] != "StatefulSet"]
    assert run(cluster).action == d.REPAIR
    assert "argocd-application-controller" in owners(cluster)


def test_the_time_ends() -> None:
    cluster = empty()

    def sick(cluster: Cluster, document: Object) -> None:
        live(cluster, document)
        if document["metadata"]["name"] == "platform":
            document["status"] = {"sync": {"status": "OutOfSync"}, "health": {"status": "Missing"}}

    cluster.after_apply = sick
    with pytest.raises(NotYet, match="Application platform OutOfSync, Missing, after 10 s"):
        run(cluster)


def waiting(cluster: Cluster, below: Object) -> None:
    """The first Application waits for another one."""

    def slow(cluster: Cluster, document: Object) -> None:
        live(cluster, document)
        if document["metadata"]["name"] == "platform":
            document["status"] = {"sync": {"status": "OutOfSync"}, "health": {"status": "Progressing"}}
            cluster.objects.append(made(ARGO, "Application", "metallb", "argocd", status=below))

    cluster.after_apply = slow


def test_argo_cd_is_asked_to_look_again_at_what_is_not_settled_only() -> None:
    cluster = empty()
    waiting(cluster, {"sync": {"status": "Synced"}, "health": {"status": "Progressing"}})
    with pytest.raises(NotYet):
        run(cluster, wanted=dataclasses.replace(WANTED, wait=45))
    assert cluster.patched == ["platform", "metallb"], "once each, as Argo CD has not looked yet"
    asked = [found for found in cluster.objects if "argocd.argoproj.io/refresh" in (found["metadata"].get("annotations") or {})]
    assert [found["metadata"]["name"] for found in asked] == cluster.patched
    assert all(found["metadata"]["annotations"] == {"argocd.argoproj.io/refresh": "normal"} for found in asked)


def test_who_is_waited_for_is_named_when_the_time_ends() -> None:
    cluster = empty()
    errors = [{"type": "ComparisonError", "message": "no such chart"}]
    waiting(cluster, {"sync": {"status": "Unknown"}, "health": {"status": "Healthy"}, "conditions": errors})
    with pytest.raises(NotYet, match="after 10 s; Application metallb Unknown, Healthy; ComparisonError: no such chart"):
        run(cluster)


def test_an_api_server_that_says_no_is_heard() -> None:
    cluster = empty()
    cluster.refuse["ConfigMap"] = (403, "Forbidden", "you may not")
    with pytest.raises(KubeError, match="you may not"):
        run(cluster)


def test_keys_are_not_shown() -> None:
    assert "a2V5" not in repr(WANTED)
