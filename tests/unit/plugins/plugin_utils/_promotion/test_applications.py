# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications as Argo CD writes them: which release they run, and what is wrong with them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.applications import begun, moment, revision_of, seen, syncing_to

URL = "git@git.example.org:ops/clusters.git"
SHA = "a" * 40
OLD, NEW = "0123456789abcdef", "fedcba9876543210"
CHART = {"repoURL": "https://charts.example.org", "chart": "traefik", "targetRevision": "1.2.3"}
TREE = {"repoURL": URL, "targetRevision": "main", "ref": "tree"}


def values(release: str) -> dict[str, Any]:
    return {
        **CHART,
        "helm": {"valueFiles": [f"$tree/kubernetes/releases/traefik/{release}/values.yaml", "$tree/kubernetes/environments/dev/traefik/values.yaml"]},
    }


def application(sync: dict[str, Any], **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "traefik"}, "status": {"sync": {"status": "Synced", **sync}, "health": {"status": "Healthy"}, **status}}


PLAIN = {"comparedTo": {"source": {"repoURL": URL, "path": "x"}}, "revision": SHA}


def test_the_commit_is_that_of_our_repository() -> None:
    assert revision_of(application(PLAIN), URL) == SHA
    assert revision_of(application({"comparedTo": {"sources": [values(NEW), TREE]}, "revisions": ["1.2.3", SHA]}), URL) == SHA
    assert revision_of(application({"comparedTo": {"source": {"repoURL": "elsewhere"}}, "revision": SHA}), URL) is None
    assert revision_of({"metadata": {"name": "traefik"}}, URL) is None


def test_where_a_tree_does_not_build_there_is_no_commit() -> None:
    """Argo CD 3.5.3 writes the name of the branch then, or with several sources nothing."""
    assert revision_of(application({"comparedTo": {"source": {"repoURL": URL, "path": "x"}}, "revision": "main"}), URL) is None
    assert revision_of(application({"comparedTo": {"sources": [values(NEW), TREE]}, "revisions": []}), URL) is None


@pytest.mark.parametrize(
    ("phase", "message", "confirm"),
    [
        ("Running", "waiting for pruning confirmation of argoproj.io/Application/loki and 1 more resources", True),
        ("Running", "waiting for healthy state of argoproj.io/Application/loki", False),
        ("Terminating", "waiting for pruning confirmation of argoproj.io/Application/loki", False),
    ],
)
def test_a_sync_that_waits_for_a_confirmation(phase: str, message: str, confirm: bool) -> None:
    result = {"source": {"repoURL": URL}, "revision": "b" * 40}
    document = application(PLAIN, operationState={"phase": phase, "message": message, "syncResult": result})
    assert seen(document, URL, {}).confirm == (message if confirm else "")
    assert syncing_to(document, URL) == "b" * 40


@pytest.mark.parametrize(("named", "expected"), [(NEW, NEW), (OLD, None)])
def test_a_chart_of_before_with_a_tree_of_after_is_neither(named: str, expected: str | None) -> None:
    document = application({"comparedTo": {"sources": [values(named), TREE]}, "revisions": ["1.2.3", SHA]})
    assert seen(document, URL, {"traefik": NEW}).release == expected


def test_without_a_chart_the_lock_says_it() -> None:
    assert seen(application(PLAIN), URL, {"traefik": NEW}).release == NEW
    assert seen(application(PLAIN), URL, {}).release is None


@pytest.mark.parametrize(
    ("status", "errors"),
    [
        ({}, ()),
        ({"conditions": [{"type": "ComparisonError", "message": "no such path"}]}, ("ComparisonError: no such path",)),
        ({"conditions": [{"type": "SharedResourceWarning", "message": "twice"}]}, ()),
        ({"operationState": {"phase": "Failed", "message": "boom", "syncResult": {"source": {"repoURL": URL}, "revision": SHA}}}, ("the sync failed: boom",)),
        ({"operationState": {"phase": "Failed", "message": "boom", "syncResult": {"source": {"repoURL": URL}, "revision": "b" * 40}}}, ()),
        ({"operationState": {"phase": "Error", "message": "boom"}}, ("the sync failed: boom",)),
        ({"operationState": {"phase": "Succeeded", "message": "fine"}}, ()),
    ],
)
def test_what_argo_cd_gave_up_on(status: dict[str, Any], errors: tuple[str, ...]) -> None:
    assert seen(application(PLAIN, **status), URL, {}).errors == errors


@pytest.mark.parametrize(("phase", "running"), [("Running", True), ("Terminating", True), ("Succeeded", False)])
def test_an_operation_is_under_way(phase: str, running: bool) -> None:
    assert seen(application(PLAIN, operationState={"phase": phase}), URL, {}).running is running
    assert seen({**application(PLAIN), "operation": {"sync": {}}}, URL, {}).running is True


def test_objects_that_are_not_as_they_should_be() -> None:
    resources = [
        {"kind": "Deployment", "name": "a", "status": "Synced", "health": {"status": "Healthy"}},
        {"kind": "Deployment", "name": "b", "status": "OutOfSync", "health": {"status": "Degraded", "message": "no pods"}},
        {"kind": "ConfigMap", "name": "c", "status": "OutOfSync"},
    ]
    assert seen(application(PLAIN, resources=resources), URL, {}).troubles == ("Deployment/b is OutOfSync and Degraded: no pods", "ConfigMap/c is OutOfSync")


@pytest.mark.parametrize(
    ("resources", "leaving"),
    [
        ([], False),
        ([{"kind": "Service", "name": "a", "status": "OutOfSync", "requiresPruning": True}], True),
        ([{"kind": "Service", "name": "a", "status": "OutOfSync", "requiresPruning": True}, {"kind": "Service", "name": "b", "status": "OutOfSync"}], False),
        ([{"kind": "Service", "name": "b", "status": "Synced"}], False),
    ],
)
def test_out_of_sync_because_of_what_leaves(resources: list[dict[str, Any]], leaving: bool) -> None:
    found = seen(application(PLAIN, resources=resources), URL, {})
    assert found.leaving is leaving
    assert not [trouble for trouble in found.troubles if "Service/a" in trouble]


def test_an_application_that_was_never_looked_at() -> None:
    found = seen({"metadata": {"name": "traefik"}}, URL, {})
    assert (found.sync, found.health, found.release, found.reconciled_at, found.deployed_at) == ("Unknown", "Unknown", None, None, None)


@pytest.mark.parametrize(
    ("text", "expected"), [("2026-11-21T12:00:00Z", datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)), (None, None), ("soon", None)]
)
def test_times(text: str | None, expected: datetime.datetime | None) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        (["2026-11-21T12:00:00Z"], "2026-11-21T12:00:00Z"),
        (["2026-11-21T12:05:00Z", "2026-11-21T12:00:00Z"], "2026-11-21T12:00:00Z"),
        (["2026-11-21T12:00:00Z", None], None),
        ([None, "2026-11-21T12:00:00Z"], None),
        ([None], None),
    ],
)
def test_since_when_pods_of_a_namespace_are_new(started: list[str | None], expected: str | None) -> None:
    documents = [{"spec": {"destination": {"namespace": "monitoring"}}, "status": {"operationState": {"startedAt": at}}} for at in started]
    assert begun(documents) == {"monitoring": moment(expected)}
