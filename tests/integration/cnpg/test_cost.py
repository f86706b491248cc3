# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run costs, and what it shows."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import MANAGER

from tests.integration.cnpg.conftest import Cluster, live, run, with_spec
from tests.support.apiserver import Api


def test_the_module_itself_is_cheap_and_hides_what_could_be_secret(cluster: Cluster, api: Api, namespace: str) -> None:
    """A run that changes nothing: at most 12 requests, 150 MB; a value of the environment is not in its diff."""
    spec = with_spec(env=[{"name": "X", "value": "s3cr3t-value"}])
    options = {"name": "shop", "namespace": namespace, "spec": spec}
    made = run(api, {**options, "stable_for": 1})
    assert (made["changed"], made["cluster"]["primary"], made["cluster"]["ready_instances"]) == (True, "shop-1", 3), "as it is after the wait"
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
