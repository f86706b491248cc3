# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Argo CD 3.3.0 that people have installed and worked with is adopted: the vendor's real files of both releases, and a real API server.

Pods do not run, so that Argo CD's own migration of what it stores is not shown.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._argocd import decide as d
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.modules.argo_cd_bootstrap import wanted_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.bootstrap import installation

from lab.twin import artefacts
from tests.integration.kubernetes.test_argo_cd import World
from tests.support.apiserver import api_server
from tests.unit.plugins.plugin_utils._gitops.sites import FIRST

Object = dict[str, Any]
BEFORE = "v3.3.0"
#: Of the Go module, as go.sum would have it.
SUM = "h1:9UlruTd5cC/MyvorTXgAIblfZTy63MF5FYvvoAaUvwU="
ARGO = "argoproj.io/v1alpha1"


def thing(api_version: str, kind: str, name: str, **content: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **content.pop("metadata", {})}, **content}


#: What people wrote into objects of the vendor, and beside them.
OWN = (
    thing("v1", "ConfigMap", "argocd-cm", data={"url": "https://argocd.example.org", "accounts.ci": "apiKey"}),
    thing("v1", "ConfigMap", "argocd-rbac-cm", data={"policy.csv": "g, ops, role:admin"}),
    thing("v1", "ConfigMap", "argocd-cmd-params-cm", data={"server.insecure": "true"}),
    thing("v1", "Secret", "argocd-secret", data={"admin.password": "bWFkZSB1cA=="}),
    thing("v1", "Secret", "repo-apps", metadata={"labels": {"argocd.argoproj.io/secret-type": "repository"}}, data={"url": "bWFkZSB1cA=="}),
    thing("apps/v1", "Deployment", "argocd-server", metadata={"labels": {"team": "ops"}}, spec={"replicas": 2}),
    thing(ARGO, "AppProject", "team", spec={"sourceRepos": ["*"], "destinations": [{"namespace": "web", "server": "*"}]}),
    thing(ARGO, "Application", "web", spec={"project": "team", "destination": {"namespace": "web"}, "source": {"repoURL": "https://x.example.org"}}),
)


def vendor() -> list[Object]:
    """install.yaml of the release before, out of its Go module."""
    command = [os.environ.get("GO", "go"), "mod", "download", "-json", f"github.com/argoproj/argo-cd/v3@{BEFORE}"]
    found = json.loads(subprocess.run(command, cwd="/", capture_output=True, text=True, check=True).stdout)
    assert found["Sum"] == SUM
    return [document for document in yaml.load_all(Path(found["Dir"], "manifests/install.yaml").read_text(), Loader=yaml.CSafeLoader) if document]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    plan = installation(FIRST, "dev").to_data()
    manifest = next((artefacts.build("argocd") / "manifests").rglob(f"{plan['version']}/manifests/install.yaml"))
    given = {"repository": "git@git.example.org:ops/clusters.git", "deploy_key": "made-up", "age_key": "", "wait": 300}
    with api_server(tmp_path) as api:
        yield World(api.kube(), wanted_of({"installation": {**plan, "applications": ["argocd"]}, "manifests": [manifest], **given}))


def put(world: World, documents: Sequence[Object], manager: str) -> None:
    for document in documents:
        world.kube.apply(world.placed(document), manager, force=True)


def served(kube: Kube, *kinds: str) -> None:
    until = time.monotonic() + 180
    while not all(kube.serves(ARGO, kind) for kind in kinds):
        assert time.monotonic() < until
        time.sleep(0.2)


def holds(live: Any, wanted: Any) -> bool:
    """Whether everything that is wanted is there, whatever else is."""
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(key in live and holds(live[key], value) for key, value in wanted.items())
    return bool(live == wanted)


@pytest.mark.long
def test_nothing_of_people_is_lost_nothing_conflicts_and_a_second_run_changes_nothing(world: World) -> None:
    before = vendor()
    put(world, [thing("v1", "Namespace", "argocd"), *before], "kubectl")
    served(world.kube, "Application", "AppProject")
    put(world, OWN, "kubectl-edit")

    checked = world.run(is_check=True)
    assert (checked.action, checked.version_before, checked.warnings) == (d.ADOPT, BEFORE, [])
    server = thing("apps/v1", "Deployment", "argocd-server")
    assert d.version_of(world.get(server) or {}) == BEFORE

    done = world.run()
    assert (done.action, done.version_before, done.warnings) == (d.ADOPT, BEFORE, [])
    assert set(done.changed) <= set(checked.changed)
    assert d.version_of(world.get(server) or {}) == world.wanted.version
    lost = [document["metadata"]["name"] for document in OWN if not holds(world.get(document), document)]
    assert lost == []
    assert [document["metadata"]["name"] for document in before if world.get(document) is None] == []
    assert {name for document in world.wanted.documents for name in world.managers(document)} <= {d.ARGO_CD, "kubectl", "kubectl-edit"}
    assert all(holds(world.get(document), {key: value for key, value in document.items() if key == "data"}) for document in world.wanted.documents)

    for is_check in (False, True):
        again = world.run(is_check)
        assert (again.action, again.changed, again.released) == (d.KEEP, [], [])
