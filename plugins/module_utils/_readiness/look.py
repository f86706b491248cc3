# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a cluster everything that the verdicts need, component by component."""

from __future__ import annotations

import collections
import contextlib
import secrets as chance
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Object, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._readiness import proofs, served, verdicts
from ansible_collections.groundwork.platform.plugins.module_utils._readiness.model import FAILED, UNPROVEN, WAITING, Component, Probe, Row, Verdict

MANAGER = "groundwork-verify"
HOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
VOLUME_SECONDS = 120.0


@dataclass(frozen=True)
class Site:
    """What the proofs need of the site. ``trusted``: the certificates' authority is one that clients trust. ``write``: volumes may be tried."""

    ca: str = ""
    trusted: bool = True
    image: str = ""
    write: bool = True


class Looker:
    """Looks at components of one cluster; everything that several components need is asked for once per round."""

    def __init__(self, kube: Kube, site: Site, ask: t.Callable[[str, str, str], proofs.Served] = served.ask) -> None:
        self._kube = kube
        self._site = site
        self._ask = ask
        self._hooks: list[Object] = []
        self._proven: set[str] = set()  # what was written to volumes once is not written again

    def rows(self, components: t.Sequence[Component]) -> list[Row]:
        """One round over all components. Raises KubeError where the cluster cannot be asked at all."""
        self._hooks = [hook for kind in HOOKS for hook in self._kube.objects("admissionregistration.k8s.io/v1", kind)]
        return [Row(component, tuple(self._component(component))) for component in components]

    def _component(self, component: Component) -> t.Iterator[Verdict]:
        found = self._kube.get(Reference("argoproj.io/v1alpha1", "Application", component.name, "argocd"))
        yield verdicts.application(found, component.name)
        if found is None:
            return
        for name in component.crds:
            yield self._crd(name)
        for target in component.workloads:
            kind, _slash, name = target.partition("/")
            yield verdicts.workload(target, self._kube.get(Reference("apps/v1", kind, name, component.namespace)))
        hooks = verdicts.webhooks(component.namespace, self._hooks, self._answering(component.namespace))
        if hooks:
            yield hooks
        if component.dry_run:
            yield self._dry_run(component.dry_run)
        for probe in component.probes:
            yield self._probe(component, probe)
        if not component.probes and not component.dry_run:
            yield Verdict("proof", UNPROVEN, component.proof)

    def _crd(self, name: str) -> Verdict:
        found = self._kube.get(Reference("apiextensions.k8s.io/v1", "CustomResourceDefinition", name))
        serves = False
        if found:
            spec = found["spec"]
            serves = any(self._kube.serves(f"{spec['group']}/{version['name']}", spec["names"]["kind"]) for version in spec["versions"] if version["served"])
        return verdicts.crd(name, found, serves)

    def _answering(self, namespace: str) -> set[str]:
        slices = self._kube.objects("discovery.k8s.io/v1", "EndpointSlice", namespace)
        ready = [s for s in slices if any(endpoint.get("conditions", {}).get("ready") for endpoint in s.get("endpoints") or [])]
        return {str(s["metadata"].get("labels", {}).get("kubernetes.io/service-name")) for s in ready}

    def _dry_run(self, document: Object) -> Verdict:
        try:
            self._kube.create(document, MANAGER, dry_run=True)
        except KubeError as error:
            return verdicts.dry_run(str(document["kind"]), error)
        return verdicts.dry_run(str(document["kind"]), None)

    def _probe(self, component: Component, probe: Probe) -> Verdict:
        looks: dict[str, t.Callable[[Component, Probe], Verdict]] = {
            "address": self._address,
            "alerts": self._alerts,
            "certificates": self._certificates,
            "condition": self._condition,
            "secrets": self._secrets,
            "volume": self._volume,
        }
        return looks[probe.kind](component, probe)

    def _address(self, component: Component, probe: Probe) -> Verdict:
        if probe.target:
            found = self._kube.get(Reference("v1", "Service", probe.target.partition("/")[2], component.namespace))
            return verdicts.address([found] if found else [], probe.target, probe.wanted)
        services = [service for service in self._kube.objects("v1", "Service") if service.get("spec", {}).get("type") == "LoadBalancer"]
        return verdicts.address(services, "", probe.wanted)

    def _condition(self, component: Component, probe: Probe) -> Verdict:
        kind, slash, name = probe.target.partition("/")
        if not self._kube.serves(probe.api_version, kind):
            return Verdict(f"{probe.target} {probe.condition}", WAITING, "the API server does not serve this kind yet")
        if slash:
            found = self._kube.get(Reference(probe.api_version, kind, name, component.namespace))
            return verdicts.condition([found] if found else [], probe.target, probe.condition)
        return verdicts.condition(self._kube.objects(probe.api_version, kind), kind, probe.condition)

    def _secrets(self, _component: Component, probe: Probe) -> Verdict:
        encrypted = self._kube.objects(probe.api_version, "SopsSecret") if self._kube.serves(probe.api_version, "SopsSecret") else []
        owned: collections.Counter[tuple[str, str]] = collections.Counter()
        for namespace in sorted({str(found["metadata"].get("namespace")) for found in encrypted}):
            for secret in self._kube.objects("v1", "Secret", namespace):
                owners = secret["metadata"].get("ownerReferences") or []
                owned.update((namespace, str(owner["name"])) for owner in owners if owner["kind"] == "SopsSecret")
        return verdicts.secrets(encrypted, owned)

    def _certificates(self, _component: Component, probe: Probe) -> Verdict:
        hosts = proofs.hosts_of(self._kube.objects("networking.k8s.io/v1", "Ingress"))
        return proofs.certificates([self._ask(probe.wanted, host, self._site.ca) for host in hosts], self._site.trusted)

    def _alerts(self, component: Component, probe: Probe) -> Verdict:
        base = f"/api/v1/namespaces/{component.namespace}/services/{probe.target.partition('/')[2]}:9093/proxy"
        active, metrics = (self._kube.ask("GET", base + path) for path in ("/api/v2/alerts", "/metrics"))
        return proofs.alerts(active.json(), metrics.body.decode("utf-8", "replace") if metrics.status == 200 else "")

    def _volume(self, component: Component, probe: Probe) -> Verdict:
        if not self._site.write:
            return Verdict("volume", UNPROVEN, "is not tried in check mode")
        if component.name in self._proven:
            return proofs.volume("Succeeded", "Succeeded", elsewhere=False)
        try:
            verdict = self._write_and_read(probe.target.partition("/")[2])
        except KubeError as error:
            verdict = Verdict("volume", FAILED, str(error))
        finally:
            with contextlib.suppress(KubeError):
                self._kube.delete(Reference("v1", "Namespace", proofs.NAMESPACE))
        if verdict.state != FAILED:
            self._proven.add(component.name)
        return verdict

    def _write_and_read(self, storage_class: str) -> Verdict:
        self._gone(Reference("v1", "Namespace", proofs.NAMESPACE))
        for document in proofs.volume_objects(storage_class):
            self._kube.create(document, MANAGER)
        token = chance.token_hex(8)
        written = self._run(proofs.volume_pod("write", f"echo {token} >/data/proof && sync", self._site.image))
        node = str(written.get("spec", {}).get("nodeName") or "")
        nodes = [found for found in self._kube.objects("v1", "Node") if not found.get("spec", {}).get("unschedulable")]
        away = node if len(nodes) > 1 else ""
        read = self._run(proofs.volume_pod("read", f"grep -qx {token} /data/proof", self._site.image, away)) if _phase(written) == "Succeeded" else {}
        return proofs.volume(_phase(written), _phase(read), bool(away))

    def _run(self, pod: Object) -> Object:
        """The pod when it has ended, or as it is after the time that it has."""
        self._kube.create(pod, MANAGER)
        where = Reference("v1", "Pod", pod["metadata"]["name"], proofs.NAMESPACE)
        until = time.monotonic() + VOLUME_SECONDS
        while True:
            found = self._kube.get(where) or {}
            if _phase(found) in ("Succeeded", "Failed") or time.monotonic() > until:
                return found
            time.sleep(1)

    def _gone(self, where: Reference) -> None:
        """What an interrupted run left is removed first."""
        until = time.monotonic() + VOLUME_SECONDS
        while self._kube.delete(where) and time.monotonic() < until:
            time.sleep(1)


def _phase(pod: Object) -> str:
    return str(pod.get("status", {}).get("phase") or "")
