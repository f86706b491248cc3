# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server without nodes, and who plays Velero in it. Playbooks run as a user runs them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of

from tests.support.api_site import Site
from tests.support.apiserver import Api, api_server
from tests.support.background import repeated
from tests.support.velero_double import Velero

NOW = "2026-11-22T05:00:00Z"


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Of Kubernetes's own kinds alone."""
    with api_server(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture(scope="session")
def velero(api: Api) -> Iterator[Velero]:
    """It also ends namespaces, so that everybody needs it who looks whether one is gone."""
    with Velero(api.kube()) as running:
        yield running


@pytest.fixture
def site(tmp_path: Path, api: Api, velero: Velero) -> Site:
    """Velero is at work there."""
    assert velero.restores() == []
    return Site(tmp_path, api, "default")


def killed_at(site: Site, points: tuple[str, ...], *playbook: str) -> Iterator[str]:
    """Begin a run for each task and end it there by SIGKILL; yields after each, for a look at what it has left."""
    for point in points:
        stopped = site.play(*playbook, kill_at=point)
        assert stopped.status < 0, f"the run ended before {point!r}: {stopped.tail}"
        yield point


def conditions(*kinds: str) -> list[Object]:
    return [{"type": kind, "status": "True", "lastTransitionTime": NOW, "reason": "Test"} for kind in kinds]


def jobs_end(api: Api, namespace: str, words: str = "", well: str = "") -> contextlib.AbstractContextManager[None]:
    """Jobs of a namespace end well, or with the last words of a pod, but those whose names end with ``well``; the namespace has to admit their pods."""
    kube = api.kube()
    fine = {"startTime": NOW, "completionTime": NOW, "succeeded": 1, "conditions": conditions("SuccessCriteriaMet", "Complete")}
    badly = {"startTime": NOW, "failed": 1, "conditions": conditions("FailureTarget", "Failed")}
    ended = {"name": "restore", "image": "x", "imageID": "x", "ready": False, "restartCount": 0}
    state = {"terminated": {"exitCode": 1, "message": words, "startedAt": NOW, "finishedAt": NOW}}

    def end(job: Object) -> None:
        name = name_of(job)
        metadata = {"name": name, "namespace": namespace, "labels": {"job-name": name}}
        kube.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": at(job, "spec", "template", "spec")}, "test")
        failed = words and not (well and name.endswith(well))
        if failed:
            kube.patch(Reference("v1", "Pod", name, namespace), {"status": {"containerStatuses": [{**ended, "state": state}]}}, "test", "status")
        kube.patch(Reference("batch/v1", "Job", name, namespace), {"status": badly if failed else fine}, "test", "status")

    def work() -> None:
        for job in kube.objects("batch/v1", "Job", namespace):
            if not at(job, "status", "conditions"):
                end(job)

    return repeated(work, 0.2, KubeError)
