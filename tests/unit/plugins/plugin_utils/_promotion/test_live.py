# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pods, edited objects, databases and Prometheus say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.live import (
    PROVEN,
    alerts_of,
    drift_of,
    mariadb_databases,
    postgres_databases,
    stuck,
)

AT = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
RESOURCE = {"kind": "Deployment", "name": "web", "status": "OutOfSync"}


def container(reason: str | None, image: str = "web:1") -> dict[str, Any]:
    return {"name": "web", "image": image, "restartCount": 4, "state": {"waiting": {"reason": reason}} if reason else {"running": {}}}


def test_images_that_cannot_be_had() -> None:
    pods: list[dict[str, Any]] = [
        {"status": {"containerStatuses": [container(None), container("ContainerCreating", "web:2"), container("ErrImagePull", "web:3")]}},
        {"status": {"initContainerStatuses": [container("ImagePullBackOff", "web:4")], "containerStatuses": [container("PodInitializing", "web:5")]}},
        {"status": {"containerStatuses": [container("ImagePullBackOff", "web:3")]}},
        {"status": {}},
    ]
    assert stuck(pods, None) == ("the image web:3 (ImagePullBackOff) cannot be had", "the image web:4 (ImagePullBackOff) cannot be had")


@pytest.mark.parametrize(
    ("made", "since", "counts"),
    [
        ("2026-11-21T12:00:00Z", AT, True),
        ("2026-11-21T12:00:01Z", AT, True),
        ("2026-11-21T11:59:55Z", AT, True),
        ("2026-11-21T11:59:54Z", AT, False),
        ("2026-11-21T11:59:54Z", None, True),
        (None, AT, True),
    ],
)
@pytest.mark.parametrize("section", ["containerStatuses", "initContainerStatuses"])
def test_a_container_that_crashes_counts_if_its_pod_is_of_what_came(made: str | None, since: datetime.datetime | None, counts: bool, section: str) -> None:
    crashed = container("CrashLoopBackOff") | {"lastState": {"terminated": {"exitCode": 78}}}
    pod = {"metadata": {"name": "web-1", "creationTimestamp": made}, "status": {section: [crashed]}}
    said = "the container web-1/web ends again and again (exit code 78, 4 restarts)"
    assert stuck([pod], since) == ((said,) if counts else ())


def test_one_that_has_crashed_a_few_times_may_wait_for_something() -> None:
    early = container("CrashLoopBackOff") | {"restartCount": 3}
    assert stuck([{"metadata": {"name": "web-1"}, "status": {"containerStatuses": [early]}}], AT) == ()


def test_a_container_that_ended_and_is_starting_again_is_not_stuck() -> None:
    running = container(None) | {"lastState": {"terminated": {"exitCode": 1}}}
    assert stuck([{"metadata": {"name": "web-1"}, "status": {"containerStatuses": [running]}}], AT) == ()


def edited(*entries: tuple[str, str, dict[str, Any]], kind: str = "Deployment") -> dict[str, Any]:
    fields = [{"manager": manager, "time": time, "fieldsV1": fields} for manager, time, fields in entries]
    return {"kind": kind, "metadata": {"name": "web", "managedFields": fields}, "spec": {"replicas": 9, "template": {"spec": {"containers": [{"name": "a"}]}}}}


ARGO: tuple[str, str, dict[str, Any]] = ("argocd-controller", "2026-01-02T00:00:00Z", {"f:spec": {"f:replicas": {}}})


@pytest.mark.parametrize(
    ("live", "said"),
    [
        (None, "it is not there"),
        (edited(ARGO), "it waits for its sync"),
        (edited(ARGO, ("kubectl-edit", "2026-01-01T00:00:00Z", {"f:spec": {"f:replicas": {}}})), "it waits for its sync"),
        (edited(ARGO, ("kubectl-edit", "2026-01-03T00:00:00Z", {"f:spec": {"f:replicas": {}}})), "spec.replicas: 9    (kubectl-edit, 2026-01-03T00:00:00Z)"),
        (
            edited(ARGO, ("Lens", "2026-01-03T00:00:00Z", {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"a"}': {"f:image": {}}}}}}})),
            'spec.template.spec.containers: [{"name": "a"}]    (Lens, 2026-01-03T00:00:00Z)',
        ),
    ],
)
def test_whose_hand_it_was(live: dict[str, Any] | None, said: str) -> None:
    drift = drift_of(RESOURCE, live)
    assert drift.thing == "Deployment/web"
    assert said in drift.patch


def test_what_is_not_in_git() -> None:
    assert drift_of({**RESOURCE, "requiresPruning": True}, edited(ARGO)).patch == "it is not in Git"


def test_values_of_a_secret_are_not_shown() -> None:
    live = edited(ARGO, ("kubectl-edit", "2026-01-03T00:00:00Z", {"f:data": {"f:password": {}}}), kind="Secret") | {"data": {"password": "cGxhbnRlZA=="}}
    patch = drift_of(RESOURCE, live).patch
    assert "data.password" in patch
    assert "cGxhbnRlZA" not in patch


def cnpg(phase: str = "Cluster in healthy state", archiving: str = "True", **annotations: str) -> dict[str, Any]:
    status = {"phase": phase, "conditions": [{"type": "ContinuousArchiving", "status": archiving}]}
    return {"metadata": {"name": "db", "namespace": "shop", "annotations": annotations}, "status": status}


def base_backup(time: str, phase: str = "completed", of: str = "db", namespace: str = "shop") -> dict[str, Any]:
    return {"metadata": {"name": time, "namespace": namespace}, "spec": {"cluster": {"name": of}}, "status": {"phase": phase, "stoppedAt": time}}


def test_a_postgres_cluster_and_its_newest_complete_backup() -> None:
    backups = [
        base_backup("2026-11-21T10:00:00Z"),
        base_backup("2026-11-21T12:00:00Z"),
        base_backup("2026-11-21T11:00:00Z"),
        base_backup("2026-11-21T13:00:00Z", phase="failed"),
        base_backup("2026-11-21T14:00:00Z", of="other"),
        base_backup("2026-11-21T15:00:00Z", namespace="other"),
    ]
    found = postgres_databases([cnpg(**{PROVEN: "2026-11-21T12:00:00+00:00 / unknown"})], backups)
    assert [(one.name, one.healthy, one.archiving, one.backed_up_at, one.verified_at) for one in found] == [("shop/db", True, True, AT, AT)]
    bare = postgres_databases([cnpg(**{PROVEN: "2026-11-21T12:00:00+00:00"})], backups)[0]
    assert (bare.verified_at, bare.void) == (None, "that of 2026-11-21T12:00:00+00:00 does not say which archive it was")


@pytest.mark.parametrize(("change", "healthy", "archiving"), [({"phase": "Failing over"}, False, True), ({"archiving": "False"}, True, False)])
def test_a_postgres_cluster_that_is_not_well(change: dict[str, str], healthy: bool, archiving: bool) -> None:
    found = postgres_databases([cnpg(**change)], [])[0]
    assert (found.healthy, found.archiving, found.backed_up_at, found.verified_at) == (healthy, archiving, None, None)


def test_a_mariadb() -> None:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    done = {"conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": "2026-11-21T12:00:00Z"}]}
    running = {"conditions": [{"type": "Complete", "status": "False", "lastTransitionTime": "2026-11-21T13:00:00Z"}]}
    metadata = {"name": "db", "namespace": "shop"}
    backups = [{"metadata": {**metadata, "name": "b"}, "spec": {"mariaDbRef": {"name": "db"}}, "status": status} for status in (done, running)]
    found = mariadb_databases([{"metadata": metadata, "status": ready}], backups)[0]
    assert (found.name, found.healthy, found.backed_up_at, found.kind) == ("shop/db", True, AT, "mariadb")
    assert not mariadb_databases([{"metadata": metadata, "status": {}}], [])[0].healthy


def test_alerts_with_the_time_they_last_fired() -> None:
    answer = {"data": {"result": [{"metric": {"alertname": "TargetDown"}, "value": [0, str(AT.timestamp())]}]}}
    assert [(alert.name, alert.severity, alert.fired_at) for alert in alerts_of(answer)] == [("TargetDown", "critical", AT)]
    assert alerts_of({"data": {"result": []}}) == []
    assert alerts_of(None) == []
