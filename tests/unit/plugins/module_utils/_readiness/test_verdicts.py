# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._readiness import proofs, verdicts
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import (
    ABSENT,
    FAILED,
    READY,
    UNPROVEN,
    WAITING,
    Component,
    Row,
    Verdict,
    component_of,
    table,
)
from hypothesis import given
from hypothesis import strategies as st

Object = dict[str, Any]


def app(sync: str, health: str, **status: Any) -> Object:
    return {"status": {"sync": {"status": sync, "revision": "0123456789abcdef"}, "health": {"status": health}, **status}}


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (None, ABSENT, "waits for promotion"),
        (app("Synced", "Healthy"), READY, "0123456789"),
        (app("OutOfSync", "Healthy"), WAITING, "OutOfSync, Healthy"),
        (app("Synced", "Progressing"), WAITING, "Progressing"),
        (app("Synced", "Degraded"), FAILED, "Degraded"),
        ({"status": {}}, WAITING, "not compared yet"),
        (app("Unknown", "Healthy", conditions=[{"type": "ComparisonError", "message": "no such chart"}]), FAILED, "no such chart"),
        (app("OutOfSync", "Missing", operationState={"phase": "Failed", "message": "one object is invalid"}), FAILED, "one object is invalid"),
        (app("Synced", "Healthy", operationState={"phase": "Failed"}), READY, "Synced"),
    ],
)
def test_application(found: Object | None, state: str, words: str) -> None:
    verdict = verdicts.application(found, "metallb")
    assert (verdict.state, words in verdict.text) == (state, True), verdict


ESTABLISHED = {"status": {"conditions": [{"type": "Established", "status": "True"}]}}


@pytest.mark.parametrize(
    ("found", "served", "state"),
    [(None, False, WAITING), ({"status": {}}, True, WAITING), (ESTABLISHED, False, WAITING), (ESTABLISHED, True, READY)],
    ids=["none", "not established", "established and not served", "served"],
)
def test_a_crd_is_ready_when_it_is_established_and_served(found: Object | None, served: bool, state: str) -> None:
    assert verdicts.crd("a.example.org", found, served).state == state


def deployment(replicas: int, updated: int, ready: int, seen: int = 2) -> Object:
    status = {"observedGeneration": seen, "updatedReplicas": updated, "readyReplicas": ready}
    return {"kind": "Deployment", "metadata": {"generation": 2}, "spec": {"replicas": replicas}, "status": status}


def daemonset(wanted: int, updated: int, ready: int) -> Object:
    status = {"observedGeneration": 1, "desiredNumberScheduled": wanted, "updatedNumberScheduled": updated, "numberReady": ready}
    return {"kind": "DaemonSet", "metadata": {"generation": 1}, "spec": {}, "status": status}


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (None, WAITING, "does not exist"),
        (deployment(2, 2, 2), READY, "2 ready"),
        (deployment(2, 2, 2, seen=1), WAITING, "has not seen"),
        (deployment(2, 1, 2), WAITING, "1 of 2"),
        (deployment(2, 2, 0), WAITING, "0 of 2"),
        (deployment(0, 0, 0), READY, "0 ready"),
        (daemonset(3, 3, 3), READY, "3 ready"),
        (daemonset(3, 3, 2), WAITING, "2 of 3"),
        (daemonset(0, 0, 0), WAITING, "no node"),
    ],
)
def test_workload(found: Object | None, state: str, words: str) -> None:
    verdict = verdicts.workload("Deployment/x", found)
    assert (verdict.state, words in verdict.text) == (state, True), verdict


def hook(namespace: str = "n", bundle: str = "Q0E=", service: str = "s") -> Object:
    client: Object = {"service": {"namespace": namespace, "name": service}, **({"caBundle": bundle} if bundle else {})}
    return {"webhooks": [{"name": "h.example.org", "clientConfig": client}]}


def test_webhooks_need_a_bundle_and_an_endpoint_and_others_do_not_count() -> None:
    assert verdicts.webhooks("n", [hook("other"), {"webhooks": None}], {"s"}) is None
    for hooks, answering, words in (([hook(bundle="")], {"s"}, "no CA bundle"), ([hook()], {"x"}, "no ready endpoint")):
        verdict = verdicts.webhooks("n", hooks, answering)
        assert verdict
        assert (verdict.state, words in verdict.text) == (WAITING, True)
    ready = verdicts.webhooks("n", [hook()], {"s"})
    assert ready
    assert ready.state == READY


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (None, READY),
        (KubeError("x", "exists", 409, "AlreadyExists"), READY),
        (KubeError("x", "not served", 404, "NotServed"), WAITING),
        (KubeError("x", 'failed calling webhook "h": connection refused', 500, "InternalError"), WAITING),
        (KubeError("x", "away"), WAITING),
        (KubeError("x", 'admission webhook "h" denied the request', 403, "Forbidden"), FAILED),
        (KubeError("x", "spec.a: unknown field", 400, "BadRequest"), FAILED),
    ],
)
def test_a_dry_run_waits_for_a_webhook_and_takes_no_for_an_answer(error: KubeError | None, state: str) -> None:
    assert verdicts.dry_run("Certificate", error).state == state


def service(*addresses: str) -> Object:
    return {"metadata": {"name": "traefik"}, "status": {"loadBalancer": {"ingress": [{"ip": address} for address in addresses]}}}


@pytest.mark.parametrize(
    ("services", "target", "wanted", "state"),
    [
        ([], "Service/traefik", "192.0.2.1", WAITING),
        ([], "", "", UNPROVEN),
        ([service()], "Service/traefik", "192.0.2.1", WAITING),
        ([service("192.0.2.2")], "Service/traefik", "192.0.2.1", FAILED),
        ([service("192.0.2.1")], "Service/traefik", "192.0.2.1", READY),
        ([service("192.0.2.1"), service()], "", "", WAITING),
        ([service("192.0.2.1"), service("192.0.2.2")], "", "", READY),
    ],
)
def test_an_address_is_the_configured_one(services: list[Object], target: str, wanted: str, state: str) -> None:
    assert verdicts.address(services, target, wanted).state == state


def conditioned(status: str, message: str = "") -> Object:
    return {"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": status, "message": message}]}}


def test_conditions_of_one_and_of_all() -> None:
    assert verdicts.condition([], "APIService/v1", "Available").state == WAITING
    assert verdicts.condition([], "Certificate", "Ready").state == UNPROVEN
    assert verdicts.condition([conditioned("True"), conditioned("False", "no order")], "Certificate", "Ready").text == "a: no order"
    assert verdicts.condition([conditioned("True")], "Certificate", "Ready").state == READY


def test_every_encrypted_secret_has_become_its_secrets() -> None:
    encrypted = [
        {"metadata": {"name": "a", "namespace": "n"}, "spec": {"secretTemplates": [{"name": "ENC"}, {"name": "ENC"}]}, "status": {"message": "no key"}}
    ]
    assert verdicts.secrets([], {}).state == UNPROVEN
    lacking = verdicts.secrets(encrypted, {("n", "a"): 1, ("m", "a"): 2})
    assert (lacking.state, lacking.text) == (WAITING, "n/a has become 1 of 2 Secrets (no key)")
    assert verdicts.secrets(encrypted, {("n", "a"): 2}).state == READY


def test_names_that_can_be_asked_for() -> None:
    ingresses = [{"spec": {"tls": [{"hosts": ["b.example.org", "*.example.org"]}]}}, {"spec": {"tls": [{"hosts": ["a.example.org"]}, {}]}}, {}]
    assert proofs.hosts_of(ingresses) == ["a.example.org", "b.example.org"]


@pytest.mark.parametrize(
    ("served", "trusted", "state"),
    [
        ([], True, UNPROVEN),
        ([proofs.Served("a", "Twin")], True, READY),
        ([proofs.Served("a", "Twin"), proofs.Served("b", "", "self-signed certificate")], True, FAILED),
        ([proofs.Served("b", "", "unable to get local issuer certificate")], False, UNPROVEN),
        ([proofs.Served("a", error="timed out", answered=False)], True, WAITING),
    ],
)
def test_chains(served: list[proofs.Served], trusted: bool, state: str) -> None:
    assert proofs.certificates(served, trusted).state == state


WATCHDOG = [{"labels": {"alertname": "Watchdog"}}]
METRICS = """\
# TYPE alertmanager_notifications_total counter
alertmanager_notifications_total{integration="email",receiver_name="ops"} %d
alertmanager_notifications_total{integration="msteamsv2",receiver_name="ops"} 0
alertmanager_notifications_failed_total{integration="email",receiver_name="ops",reason="other"} %d
"""


@pytest.mark.parametrize(
    ("active", "metrics", "state", "words"),
    [
        ([], METRICS % (5, 0), WAITING, "Watchdog"),
        (None, "", WAITING, "Watchdog"),
        (WATCHDOG, "", WAITING, "no receiver"),
        (WATCHDOG, METRICS % (5, 5), WAITING, "no receiver"),
        (WATCHDOG, METRICS % (5, 2), READY, "email accepted 3"),
    ],
)
def test_an_alert_counts_when_somebody_outside_accepted_it(active: Any, metrics: str, state: str, words: str) -> None:
    verdict = proofs.alerts(active, metrics)
    assert (verdict.state, words in verdict.text) == (state, True)


def test_a_volume_keeps_what_is_written() -> None:
    assert proofs.volume("Failed", "", elsewhere=True).state == FAILED
    assert "on another node" in proofs.volume("Succeeded", "Pending", elsewhere=True).text
    assert proofs.volume("Succeeded", "Succeeded", elsewhere=True).state == READY


@given(st.lists(st.sampled_from([READY, WAITING, FAILED, ABSENT, UNPROVEN]), min_size=1))
def test_a_component_is_what_its_worst_check_is(states: list[str]) -> None:
    row = Row(Component("a", "network", "a"), tuple(Verdict(str(index), state, "why") for index, state in enumerate(states)))
    assert row.state == min(states, key=[FAILED, WAITING, ABSENT, UNPROVEN, READY].index)
    lines = table([row])
    assert len(lines) == 1 + sum(state != READY for state in states)


def test_a_component_comes_from_the_variables_of_an_inventory() -> None:
    probe = {"kind": "address", "api_version": None, "target": "Service/traefik", "condition": None, "wanted": "192.0.2.1"}
    data = {"name": "t", "layer": "l", "namespace": "n", "crds": ["c"], "workloads": [], "dry_run": None, "probes": [probe], "proof": "p"}
    component = component_of(data)
    assert (component.crds, component.probes[0].target, component.probes[0].condition) == (("c",), "Service/traefik", "")
    assert table([]) == []
