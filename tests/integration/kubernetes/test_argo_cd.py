# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bootstrap of Argo CD against a real API server, with the test in the part of Argo CD and of the controllers.

Who owns which field is decided by Kubernetes here. Pods do not run: workloads get the status that a controller would give them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._argocd import decide as d
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.bootstrap import Bootstrap, Result, Wanted
from ansible_collections.groundwork.platform.plugins.module_utils._argocd.objects import repository_secret
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference

from tests.support.apiserver import Api, api_server

Object = dict[str, Any]
CLUSTER_WIDE = ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Namespace")
LABELS = {"app.kubernetes.io/name": "x"}


def crd() -> Object:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    spec = {
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"plural": "applications", "kind": "Application"},
        "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
    }
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "applications.argoproj.io"}, "spec": spec}


def workload(kind: str, name: str, version: str = "v3.5.3") -> Object:
    container = {"name": "a", "image": f"quay.io/argoproj/argocd:{version}", "ports": [{"containerPort": 8080}]}
    spec: Object = {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def application(name: str) -> Object:
    metadata, spec = {"name": name, "namespace": "argocd"}, {"project": "default", "destination": {}}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}


DOCUMENTS: tuple[Object, ...] = (
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}},
    crd(),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {"a": "b"}},
    workload("Deployment", "argocd-server"),
    workload("Deployment", "argocd-repo-server"),
    workload("Deployment", "argocd-redis"),
    workload("StatefulSet", "argocd-application-controller"),
)
KEY = repository_secret("git@git.example.org:ops/clusters.git", "made-up")
WANTED = Wanted("v3.5.3", DOCUMENTS, (KEY,), application("platform"), ("argocd",), wait=60)
HEALTHY = {"status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}}


class World:
    """What happens in a cluster while somebody waits: each time the bootstrap sleeps, controllers and Argo CD do one round."""

    def __init__(self, kube: Kube, wanted: Wanted = WANTED) -> None:
        self.kube = kube
        self.wanted = wanted

    def turn(self, _seconds: float) -> None:
        for document in self.wanted.documents:
            if document["apiVersion"] == "apps/v1" and self.get(document):
                live = self.get(document) or {}
                count = live["spec"]["replicas"]
                status = {"observedGeneration": live["metadata"]["generation"], "replicas": count, "updatedReplicas": count, "readyReplicas": count}
                self.kube.patch(self._where(document), {"status": status}, "controller", subresource="status")
        root = Reference("argoproj.io/v1alpha1", "Application", "platform", "argocd")
        if self.kube.get(root):
            for document in self.wanted.documents:
                self.kube.apply(self.placed(document), d.ARGO_CD, force=True)
            self.kube.apply(application("argocd"), d.ARGO_CD, force=True)
            for name in ("platform", "argocd"):
                self.kube.patch(Reference("argoproj.io/v1alpha1", "Application", name, "argocd"), HEALTHY, "argocd-application-controller")

    def run(self, is_check: bool = False) -> Result:
        return Bootstrap(self.kube, is_check, sleep=self.turn).run(self.wanted)

    def managers(self, document: Object) -> set[str]:
        fields = (self.get(document) or {})["metadata"]["managedFields"]
        return {entry["manager"] for entry in fields if entry["operation"] == "Apply"}

    def get(self, document: Object) -> Object | None:
        return self.kube.get(self._where(document))

    def _where(self, document: Object) -> Reference:
        return Reference(document["apiVersion"], document["kind"], document["metadata"]["name"], "" if document["kind"] in CLUSTER_WIDE else "argocd")

    def placed(self, document: Object) -> Object:
        return document if document["kind"] in CLUSTER_WIDE else {**document, "metadata": {**document["metadata"], "namespace": "argocd"}}


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """A cluster of its own: the others' tests leave a namespace of Argo CD behind."""
    with api_server(tmp_path) as running:
        yield running


def test_the_whole_way(api: Api) -> None:
    """Tried, installed, left alone, tried again, and an object that is lost comes back: in one cluster, as a site would see it."""
    world = World(api.kube())
    checked = world.run(is_check=True)
    assert checked.action == d.INSTALL
    assert world.kube.get(Reference("v1", "Namespace", "argocd")) is None

    done = world.run()
    assert done.action == d.INSTALL
    assert len(done.released) == len(DOCUMENTS)
    assert {name for document in DOCUMENTS for name in world.managers(document)} == {d.ARGO_CD}
    server = world.kube.get(Reference("apps/v1", "Deployment", "argocd-server", "argocd")) or {}
    assert server["spec"]["template"]["spec"]["containers"][0]["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert world.managers({**KEY}) == {"groundwork"}

    for is_check in (False, True):
        again = world.run(is_check)
        assert (again.action, again.changed, again.released) == (d.KEEP, [], [])

    world.kube.delete(Reference("apps/v1", "StatefulSet", "argocd-application-controller", "argocd"))
    repaired = world.run()
    assert repaired.action == d.REPAIR
    assert world.managers(DOCUMENTS[-1]) == {d.ARGO_CD}
    assert world.run().changed == []
