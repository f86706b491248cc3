# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target's cluster is a real API server: Applications, annotations and the fields of managers are Kubernetes's own. Argo CD is a double."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.cluster import ARGO, REFRESH

from tests.integration.promotion.company import Company, closed, found, moved
from tests.support.apiserver import api_server

ARGO_MANAGER = "argocd-controller"
#: As Argo CD's own: without a status subresource. Its schema is not needed here.
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "applications.argoproj.io"},
    "spec": {
        "group": "argoproj.io",
        "names": {"kind": "Application", "listKind": "ApplicationList", "plural": "applications", "singular": "application"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@pytest.fixture(scope="module")
def kube(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    with api_server(tmp_path_factory.mktemp("api")) as running:
        kube = running.kube()
        for name in ("argocd", "metallb-system"):
            kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "test")
        kube.apply(CRD, "test")
        until = time.monotonic() + 300
        while not kube.serves(ARGO, "Application"):
            assert time.monotonic() < until
            time.sleep(0.3)
        yield kube


@pytest.fixture
def company(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, kube: Kube) -> Company:
    template = tmp_path_factory.mktemp("company")
    found(template)
    moved(template, tmp_path)
    company = Company(tmp_path)
    company.kubes["stage"] = kube
    company.argos["stage"]._write = lambda document: kube.apply(document, ARGO_MANAGER, force=True)
    company.argos["stage"].look(company.now)
    return company


def test_live_and_taken_back(company: Company, kube: Kube) -> None:
    company.improve()
    company.argos["stage"].lag = 2
    outcome = company.promote("stage")
    assert outcome.state == "live", outcome
    application = kube.get(Reference(ARGO, "Application", "metallb", "argocd"))
    assert application is not None
    asked = application["metadata"]["annotations"]
    assert asked[REFRESH] == "normal"
    assert "argocd.argoproj.io/sync-wave" in asked  # what was there stays
    before = company.locked("stage")

    company.improve(2)
    release = company.release("dev")
    company.argos["stage"].health = lambda _component, running, _seconds: "Degraded" if running == release else "Healthy"
    outcome = company.promote("stage")
    assert outcome.state == "reverted", outcome
    assert company.locked("stage") == before


def test_whose_hand_it_was(company: Company, kube: Kube) -> None:
    company.improve()
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "excludel2", "namespace": "metallb-system"}, "data": {"mode": "git"}}
    kube.apply(settings, ARGO_MANAGER, force=True)
    time.sleep(1.1)  # managers' times are whole seconds
    kube.patch(Reference("v1", "ConfigMap", "excludel2", "metallb-system"), {"data": {"mode": "by hand"}}, "kubectl-edit")
    resource = {"group": "", "version": "v1", "kind": "ConfigMap", "name": "excludel2", "namespace": "metallb-system", "status": "OutOfSync"}
    kube.patch(Reference(ARGO, "Application", "metallb", "argocd"), {"status": {"resources": [resource]}}, ARGO_MANAGER)
    company.argos["stage"].dead = True
    outcome = company.promote("stage")
    assert list(closed(outcome)) == ["G6"]
    assert 'ConfigMap/excludel2 was changed by hand:\n  data.mode: "by hand"    (kubectl-edit, ' in closed(outcome)["G6"]
