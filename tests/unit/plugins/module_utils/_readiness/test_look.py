# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.look import Looker, Site
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import ABSENT, FAILED, READY, UNPROVEN, WAITING, Component, Probe
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.proofs import NAMESPACE, Served

from tests.support.cluster import Cluster, Object

ARGO = "argoproj.io/v1alpha1"
ADMISSION = "admissionregistration.k8s.io/v1"
KINDS = {
    "v1": ["Service", "Secret", "Namespace", "Pod", "PersistentVolumeClaim", "Node"],
    "apps/v1": ["Deployment"],
    "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
    "discovery.k8s.io/v1": ["EndpointSlice"],
    "networking.k8s.io/v1": ["Ingress"],
    ADMISSION: ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"],
    ARGO: ["Application"],
    "example.org/v1": ["Pool", "SopsSecret"],
}
POOL = {"apiVersion": "example.org/v1", "kind": "Pool", "metadata": {"name": "probe", "namespace": "lb"}}
LB = Component("lb", "network", "lb", crds=("pools.example.org",), workloads=("Deployment/lb",), dry_run=POOL)


def made(api: str, kind: str, name: str, namespace: str = "", **rest: Any) -> Object:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **({"namespace": namespace} if namespace else {})}, **rest}


def working(*more: Object) -> Cluster:
    healthy = {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}
    versions = [{"name": "v0", "served": False}, {"name": "v1", "served": True}]
    spec = {"group": "example.org", "names": {"kind": "Pool"}, "versions": versions}
    crd = made("apiextensions.k8s.io/v1", "CustomResourceDefinition", "pools.example.org", spec=spec)
    crd["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
    client = {"caBundle": "Q0E=", "service": {"name": "hook", "namespace": "lb"}}
    endpoints = made("discovery.k8s.io/v1", "EndpointSlice", "hook-1", "lb", endpoints=[{"conditions": {"ready": True}}])
    endpoints["metadata"]["labels"] = {"kubernetes.io/service-name": "hook"}
    objects = [
        made(ARGO, "Application", "lb", "argocd", status=healthy),
        crd,
        made("apps/v1", "Deployment", "lb", "lb", spec={"replicas": 1}, status={"updatedReplicas": 1, "readyReplicas": 1}),
        made(ADMISSION, "ValidatingWebhookConfiguration", "lb", webhooks=[{"name": "h", "clientConfig": client}]),
        endpoints,
        *more,
    ]
    return Cluster(objects, dict(KINDS))


def looker(cluster: Cluster, *served: Served, write: bool = True) -> Looker:
    answers = {item.host: item for item in served}
    return Looker(cluster.kube(), Site(image="busybox", write=write), lambda _address, host, _ca: answers[host])


def row(cluster: Cluster, component: Component, *served: Served, write: bool = True) -> dict[str, str]:
    return {verdict.check: verdict.state for verdict in looker(cluster, *served, write=write).rows([component])[0].verdicts}


def with_probe(**probe: str) -> Component:
    return Component("lb", "network", "lb", probes=(Probe(**probe),))


def test_all_of_a_working_component_is_ready() -> None:
    cluster = working()
    assert row(cluster, LB) == dict.fromkeys(["Application", "CRD pools.example.org", "Deployment/lb", "webhooks", "dry run of a Pool"], READY)
    assert POOL not in cluster.objects


def test_of_a_component_that_is_not_here_nothing_more_is_asked() -> None:
    cluster = working()
    cluster.objects = [found for found in cluster.objects if found["kind"] != "Application"]
    assert row(cluster, LB) == {"Application": ABSENT}


def test_what_is_gone_is_waited_for() -> None:
    cluster = working()
    cluster.objects = [found for found in cluster.objects if found["kind"] in ("Application", "ValidatingWebhookConfiguration")]
    del cluster.kinds["example.org/v1"]
    assert row(cluster, LB) == {
        "Application": READY,
        "CRD pools.example.org": WAITING,
        "Deployment/lb": WAITING,
        "webhooks": WAITING,
        "dry run of a Pool": WAITING,
    }


def test_a_webhook_that_says_no_is_a_failure() -> None:
    cluster = working()
    cluster.refuse["Pool"] = (403, "Forbidden", "admission webhook denied the request: no")
    assert row(cluster, LB)["dry run of a Pool"] == FAILED


def test_addresses() -> None:
    given = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    cluster = working(made("v1", "Service", "web", "lb", spec={"type": "LoadBalancer"}, status=given), made("v1", "Service", "x", "lb", spec={}))
    assert row(cluster, with_probe(kind="address", target="Service/web", wanted="192.0.2.1"))["address"] == READY
    assert row(cluster, with_probe(kind="address", target="Service/web", wanted="192.0.2.9"))["address"] == FAILED
    assert row(cluster, with_probe(kind="address", target="Service/none", wanted="192.0.2.1"))["address"] == WAITING
    assert row(cluster, with_probe(kind="address"))["address"] == READY


def test_conditions_of_kinds_that_come_later() -> None:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    cluster = working(made("example.org/v1", "Pool", "a", "lb", status=ready))
    every = row(cluster, with_probe(kind="condition", api_version="example.org/v1", target="Pool", condition="Ready"))
    assert every["Pool Ready"] == READY
    one = row(cluster, with_probe(kind="condition", api_version="example.org/v1", target="Pool/a", condition="Ready"))
    assert one["Pool/a Ready"] == READY
    later = row(cluster, with_probe(kind="condition", api_version="example.org/v9", target="Pool", condition="Ready"))
    assert later["Pool Ready"] == WAITING


def test_decryption_is_seen_at_the_secrets() -> None:
    encrypted = made("example.org/v1", "SopsSecret", "a", "n", spec={"secretTemplates": [{"name": "x"}]})
    probe = with_probe(kind="secrets", api_version="example.org/v1")
    assert row(working(encrypted), probe)["decryption"] == WAITING
    for namespace, owner, state in (("n", "a", READY), ("elsewhere", "a", WAITING), ("n", "b", WAITING)):
        secret = made("v1", "Secret", "x", namespace)
        secret["metadata"]["ownerReferences"] = [{"kind": "SopsSecret", "name": owner}]
        assert row(working(encrypted, secret, made("v1", "Secret", "y", "n")), probe)["decryption"] == state


def test_chains_of_every_name() -> None:
    cluster = working(made("networking.k8s.io/v1", "Ingress", "a", "n", spec={"tls": [{"hosts": ["a.example.org"]}]}))
    probe = with_probe(kind="certificates", wanted="192.0.2.1")
    assert row(cluster, probe, Served("a.example.org", "Twin"))["certificates"] == READY
    assert row(cluster, probe, Served("a.example.org", error="expired"))["certificates"] == FAILED


def test_alerts_are_asked_for_through_the_api_server() -> None:
    cluster = working()
    base = "/api/v1/namespaces/lb/services/am:9093/proxy"
    cluster.raw = {
        f"{base}/api/v2/alerts": json.dumps([{"labels": {"alertname": "Watchdog"}}]),
        f"{base}/metrics": 'alertmanager_notifications_total{integration="email"} 2\n',
    }
    assert row(cluster, with_probe(kind="alerts", target="Service/am"))["alerts"] == READY


VOLUME = with_probe(kind="volume", target="StorageClass/longhorn")


def test_a_volume_is_written_on_one_node_and_read_on_another_once() -> None:
    cluster = working(made("v1", "Node", "node-1"), made("v1", "Node", "node-2"))
    look = looker(cluster)
    first = look.rows([VOLUME])[0].verdicts[-1]
    assert (first.check, first.state, first.text) == ("volume", READY, "written, and read on another node")
    assert cluster.deleted == [NAMESPACE]
    assert not [found for found in cluster.objects if found["metadata"].get("namespace") == NAMESPACE]
    assert look.rows([VOLUME])[0].verdicts[-1].state == READY
    assert cluster.deleted == [NAMESPACE], "the second round writes nothing"


@pytest.mark.parametrize("pod", ["write", "read"])
def test_a_volume_that_does_not_keep_is_a_failure_and_goes(pod: str) -> None:
    cluster = working(made("v1", "Node", "node-1"))
    cluster.phases[pod] = "Failed"
    assert row(cluster, VOLUME)["volume"] == FAILED
    assert cluster.deleted == [NAMESPACE]


def test_a_volume_that_nobody_may_make_is_a_failure() -> None:
    cluster = working()
    cluster.refuse["PersistentVolumeClaim"] = (403, "Forbidden", "quota")
    assert row(cluster, VOLUME)["volume"] == FAILED


def test_check_mode_writes_nothing() -> None:
    cluster = working()
    assert row(cluster, VOLUME, write=False)["volume"] == UNPROVEN
    assert cluster.deleted == []


def test_what_an_interrupted_run_left_goes_first() -> None:
    cluster = working(made("v1", "Namespace", NAMESPACE), made("v1", "Pod", "write", NAMESPACE))
    assert row(cluster, VOLUME)["volume"] == READY


def test_a_cluster_that_cannot_be_asked_is_an_error() -> None:
    cluster = working()
    del cluster.kinds[ADMISSION]
    with pytest.raises(KubeError):
        looker(cluster).rows([LB])


def test_a_component_that_nobody_can_prove_says_so() -> None:
    assert row(working(), Component("lb", "network", "lb", proof="look at it"))["proof"] == UNPROVEN
    # That its pods run proves nothing of what it is there for.
    rolled_out = Component("lb", "network", "lb", workloads=("Deployment/lb",), proof="look at it")
    assert row(working(), rolled_out)["proof"] == UNPROVEN
