# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the objects of a component mean: pure functions from what the API server says to verdicts."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Object
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import ABSENT, FAILED, READY, UNPROVEN, WAITING, Verdict

#: The API server's words for a webhook that nobody answers yet; everything else is an answer.
NOT_THERE_YET = ("failed calling webhook", "failed to call webhook", "no endpoints available", "connection refused", "context deadline exceeded")
#: Health of an Application that may pass by itself.
PASSING = ("Progressing", "Missing", "Unknown", "")


def application(found: Object | None, name: str) -> Verdict:
    """The Argo CD Application of a component."""
    check = "Application"
    if found is None:
        return Verdict(check, ABSENT, f"Argo CD has no Application {name} here: it is not in this environment's tree yet, or waits for promotion")
    status = found.get("status", {})
    sync, health = status.get("sync", {}).get("status", ""), status.get("health", {}).get("status", "")
    if sync == "Synced" and health == "Healthy":
        return Verdict(check, READY, f"Synced and Healthy at {str(status.get('sync', {}).get('revision', ''))[:10]}")
    errors = [f"{c.get('type')}: {c.get('message')}" for c in status.get("conditions") or [] if str(c.get("type", "")).endswith("Error")]
    operation = status.get("operationState", {})
    if operation.get("phase") in ("Failed", "Error"):
        errors.append(f"last sync {operation['phase'].lower()}: {operation.get('message', '')}")
    state = WAITING if health in (*PASSING, "Healthy") and not errors else FAILED
    return Verdict(check, state, "; ".join([f"{sync or 'not compared yet'}, {health or 'no health yet'}", *errors]))


def crd(name: str, found: Object | None, served: bool) -> Verdict:
    """A custom resource definition: established, and its kind in discovery."""
    check = f"CRD {name}"
    if found is None:
        return Verdict(check, WAITING, "does not exist")
    if _condition(found, "Established") != "True":
        return Verdict(check, WAITING, "is not established")
    return Verdict(check, READY, "established and served") if served else Verdict(check, WAITING, "is established, but the API server does not serve it yet")


def workload(target: str, found: Object | None) -> Verdict:
    """A Deployment, StatefulSet or DaemonSet: its newest form is rolled out and all of it is ready."""
    if found is None:
        return Verdict(target, WAITING, "does not exist")
    status, spec = found.get("status", {}), found.get("spec", {})
    if found["kind"] == "DaemonSet":
        wanted, updated, ready = (int(status.get(key) or 0) for key in ("desiredNumberScheduled", "updatedNumberScheduled", "numberReady"))
    else:
        wanted = int(spec.get("replicas", 1))
        updated, ready = (int(status.get(key) or 0) for key in ("updatedReplicas", "readyReplicas"))
    if int(status.get("observedGeneration") or 0) < int(found["metadata"].get("generation") or 0):
        return Verdict(target, WAITING, "its controller has not seen the newest form yet")
    if found["kind"] == "DaemonSet" and not wanted:
        return Verdict(target, WAITING, "no node is chosen for it")
    if min(updated, ready) < wanted:
        return Verdict(target, WAITING, f"{min(updated, ready)} of {wanted} pods run its newest form and are ready")
    return Verdict(target, READY, f"{ready} ready")


def webhooks(namespace: str, configurations: t.Iterable[Object], answering: t.Container[str]) -> Verdict | None:
    """Admission webhooks whose Services are in a namespace; ``answering`` are the Services with a ready endpoint. None: there are none."""
    lacking: list[str] = []
    names: list[str] = []
    for configuration in configurations:
        for hook in configuration.get("webhooks") or []:
            client = hook.get("clientConfig", {})
            service = client.get("service") or {}
            if service.get("namespace") != namespace:
                continue
            names.append(hook["name"])
            if not client.get("caBundle"):
                lacking.append(f"{hook['name']} has no CA bundle yet")
            elif service.get("name") not in answering:
                lacking.append(f"{hook['name']}: Service {service.get('name')} has no ready endpoint")
    if not names:
        return None
    return Verdict("webhooks", WAITING, "; ".join(lacking)) if lacking else Verdict("webhooks", READY, f"{len(names)} with CA bundle and endpoint")


def dry_run(kind: str, error: KubeError | None) -> Verdict:
    """A creation that the API server tried without doing it."""
    check = f"dry run of a {kind}"
    if error is None or error.reason == "AlreadyExists":
        return Verdict(check, READY, "accepted")
    passing = error.reason == "NotServed" or error.status in (0, 404, 429, 503) or any(word in error.message for word in NOT_THERE_YET)
    return Verdict(check, WAITING if passing else FAILED, error.message)


def address(services: t.Sequence[Object], target: str, wanted: str) -> Verdict:
    """The load balancer's address of one Service is the configured one; with no ``target`` every Service of that type has one."""
    if target and not services:
        return Verdict("address", WAITING, f"{target} does not exist")
    if not services:
        return Verdict("address", UNPROVEN, "no Service of type LoadBalancer asks for one")
    for service in services:
        name = service["metadata"]["name"]
        given = [str(entry.get("ip") or entry.get("hostname") or "") for entry in service.get("status", {}).get("loadBalancer", {}).get("ingress") or []]
        if not given:
            return Verdict("address", WAITING, f"Service {name} has no address yet")
        if wanted and wanted not in given:
            return Verdict("address", FAILED, f"Service {name} has {', '.join(given)}; the matrix says {wanted}")
    return Verdict("address", READY, wanted or f"{len(services)} Services have theirs")


def condition(objects: t.Sequence[Object], target: str, wanted: str) -> Verdict:
    """A condition of one object, or of all of a kind."""
    check = f"{target} {wanted}"
    if not objects:
        single = "/" in target
        return Verdict(check, WAITING if single else UNPROVEN, "does not exist" if single else "there is none to look at")
    lacking = []
    for found in objects:
        if _condition(found, wanted) != "True":
            said = next((c for c in _conditions(found) if c.get("type") == wanted), {})
            lacking.append(f"{found['metadata']['name']}: {said.get('message') or said.get('reason') or 'not yet'}")
    return Verdict(check, WAITING, "; ".join(lacking)) if lacking else Verdict(check, READY, f"{len(objects)}")


def secrets(encrypted: t.Sequence[Object], owned: t.Mapping[tuple[str, str], int]) -> Verdict:
    """Every SopsSecret has become its Secrets. Their names are encrypted, so they are counted: ``owned`` by (namespace, name) of the SopsSecret."""
    check = "decryption"
    if not encrypted:
        return Verdict(check, UNPROVEN, "the tree holds no SopsSecret that could show it")
    lacking = []
    for found in encrypted:
        name = (str(found["metadata"].get("namespace", "")), str(found["metadata"]["name"]))
        wanted, there = len(found.get("spec", {}).get("secretTemplates") or []), owned.get(name, 0)
        if there < wanted:
            said = found.get("status", {}).get("message") or "no message"
            lacking.append(f"{'/'.join(name)} has become {there} of {wanted} Secrets ({said})")
    return Verdict(check, WAITING, "; ".join(lacking)) if lacking else Verdict(check, READY, f"{len(encrypted)} SopsSecrets decrypted")


def _conditions(found: Object) -> list[Object]:
    return found.get("status", {}).get("conditions") or []


def _condition(found: Object, wanted: str) -> str:
    return next((str(c.get("status")) for c in _conditions(found) if c.get("type") == wanted), "")
