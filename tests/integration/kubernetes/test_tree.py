# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that rendering writes for the eNeG site, tried against the API server's own schemas, with unknown fields refused.

Kinds that come with components are not served here: they are listed, and count as not validated.
"""

from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import render
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix

from lab.twin import artefacts
from lab.twin.paths import CHECKOUT
from tests.support.apiserver import Api, api_server

Object = dict[str, Any]
OWNER = [{"path": "git.repository", "value": "git@git.example.org:eneg/clusters.git", "why": "test"}]
#: Of other people's kinds, with their own schemas.
OF_OTHERS = {"AppProject", "Application", "ClusterIssuer", "IPAddressPool", "L2Advertisement"}
#: Of other people's kinds; their schemas come with charts and vendors' files.
NOT_VALIDATED = {
    "APIServer",
    "BackupTarget",
    "Installation",
    "PrometheusRule",
    "RecurringJob",
}
NO_OBJECTS = ("values.yaml", "release.yaml", "kustomization.yaml", "promotion.lock.yaml")


def crds() -> Iterator[Object]:
    """Those of Argo CD, MetalLB and cert-manager that the tree has objects of, out of the files that the twin applies."""
    install = next((artefacts.build("argocd") / "manifests").rglob("install.yaml")).read_text()
    charts = [("metallb", "metallb/charts/crds/templates/crds.yaml"), ("cert-manager", "cert-manager/templates/crd-cert-manager.io_clusterissuers.yaml")]
    for name, member in charts:
        with tarfile.open(next((artefacts.build(name) / "charts").glob("*.tgz"))) as chart:
            packed = chart.extractfile(member)
            assert packed is not None
            # Lines of Helm are about labels, and about a webhook that is not asked for here.
            install += "\n---\n" + "\n".join(line for line in packed.read().decode().splitlines() if "{{" not in line)
    for document in yaml.safe_load_all(install):
        if document and document["kind"] == "CustomResourceDefinition" and document["spec"]["names"]["kind"] in OF_OTHERS:
            yield document


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """One of its own, so that it serves these kinds and no others."""
    with api_server(tmp_path_factory.mktemp("api")) as running:
        kube = running.kube()
        for crd in crds():
            kube.apply({key: value for key, value in crd.items() if key != "status"}, "test")
            group, version, kind = crd["spec"]["group"], crd["spec"]["versions"][0]["name"], crd["spec"]["names"]["kind"]
            until = time.monotonic() + 180
            while not kube.serves(f"{group}/{version}", kind):
                assert time.monotonic() < until, kind
                time.sleep(0.2)
        yield running


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Object]]:
    overlay = tmp_path_factory.mktemp("site") / "overlay.yml"
    overlay.write_text(json.dumps(OWNER))
    tree = render(Inputs(load_matrix(CHECKOUT / "inventories" / "matrix.yml", [overlay]), Catalogue(), {}))
    found = {path: text for path, text in tree.files.items() if path.startswith("kubernetes/") and path.endswith(".yaml")}
    listed = [(path, document) for path, text in found.items() if Path(path).name not in NO_OBJECTS for document in yaml.safe_load_all(text) if document]
    return [(path, document) for path, document in listed if not path.startswith("kubernetes/base/")]


def test_the_api_server_accepts_every_object_that_it_knows(api: Api, objects: list[tuple[str, Object]]) -> None:
    kube = api.kube()
    for _path, document in objects:
        if document["kind"] == "Namespace":
            kube.apply(document, "tree", force=True)
    kinds: dict[str, int] = {}
    for path, document in objects:
        if kube.serves(document["apiVersion"], document["kind"]):
            given = {**document, "metadata": {"namespace": "default", **document["metadata"]}} if "namespace" not in document["metadata"] else document
            namespaced = kube.is_namespaced(document["apiVersion"], document["kind"])
            assert kube.apply(given if namespaced else document, "tree", force=True, dry_run=True).after, path
            kinds[document["kind"]] = kinds.get(document["kind"], 0) + 1
    assert {"Namespace", "NetworkPolicy", *OF_OTHERS} <= set(kinds), kinds


def test_what_is_not_validated_is_known(api: Api, objects: list[tuple[str, Object]]) -> None:
    kube = api.kube()
    found = {document["kind"] for _path, document in objects if not kube.serves(document["apiVersion"], document["kind"])}
    assert found == NOT_VALIDATED
