# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One environment's cluster as a promotion sees it, over its Kubernetes API."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.argocd import NAMESPACE
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion import live
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Alert, Database, Drift
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import PromotionError

ARGO = "argoproj.io/v1alpha1"
REFRESH = "argocd.argoproj.io/refresh"
MANAGER = "groundwork-promotion"
#: What `argocd app terminate-op` writes.
ENDED = {"status": {"operationState": {"phase": "Terminating"}}}
PROMETHEUS = "kube-prometheus-stack"
Document = dict[str, Any]


class ClusterAway(PromotionError):
    """The cluster's API does not answer, or does not let us see."""


class Cluster:
    """Reads; all that it writes is that Argo CD should look at Git again, or end a sync that waits for a confirmation."""

    def __init__(self, environment: str, opened: Callable[[], Kube]) -> None:
        self.environment = environment
        self._opened = opened

    @functools.cached_property
    def _kube(self) -> Kube:
        """Opened when the first question comes: what needs no cluster works without one."""
        return self._opened()

    def applications(self) -> dict[str, Document]:
        """Applications by name. Raises ClusterAway."""
        return {item["metadata"]["name"]: item for item in self._objects(ARGO, "Application", NAMESPACE)}

    def refresh(self, documents: Iterable[Document]) -> None:
        """Ask Argo CD to compare these with Git, unless it has been asked already."""
        for document in documents:
            if REFRESH not in (document["metadata"].get("annotations") or {}):
                reference = Reference(ARGO, "Application", document["metadata"]["name"], NAMESPACE)
                self._asked(lambda reference=reference: self._kube.patch(reference, {"metadata": {"annotations": {REFRESH: "normal"}}}, MANAGER))

    def end(self, documents: Iterable[Document]) -> None:
        """End the syncs that these are in; Argo CD begins another one by itself."""
        for document in documents:
            reference = Reference(ARGO, "Application", document["metadata"]["name"], NAMESPACE)
            self._asked(lambda reference=reference: self._kube.patch(reference, ENDED, MANAGER))

    def stuck(self, namespaces: Mapping[str, datetime.datetime | None]) -> tuple[str, ...]:
        """What keeps pods there from running that were made since a moment (None: whenever)."""
        return tuple(text for namespace, since in sorted(namespaces.items()) for text in live.stuck(self._objects("v1", "Pod", namespace), since))

    def drifts(self, documents: Iterable[Document]) -> list[Drift]:
        """Objects that are not what Git says."""
        found = []
        for document in documents:
            for resource in document.get("status", {}).get("resources") or ():
                if resource.get("status") == "OutOfSync":
                    version = "/".join(part for part in (resource.get("group"), resource.get("version")) if part)
                    reference = Reference(version, resource["kind"], resource["name"], resource.get("namespace") or "")
                    found.append(live.drift_of(resource, self._asked(lambda reference=reference: self._kube.get(reference))))
        return found

    def unserved(self, kinds: Iterable[tuple[str, str]]) -> list[str]:
        """Kinds of Kubernetes itself that this release of it does not serve; others come with the components that define them."""
        own = sorted((version, kind) for version, kind in kinds if "." not in version.partition("/")[0] or version.partition("/")[0].endswith(".k8s.io"))
        return [f"{kind} of {version}" for version, kind in own if not self._asked(lambda version=version, kind=kind: self._kube.serves(version, kind))]

    def databases(self, namespaces: Collection[str]) -> list[Database]:
        """Databases there; kinds that the cluster does not serve have none."""
        found = []
        for namespace in sorted(namespaces):
            postgres = (self._served("postgresql.cnpg.io/v1", kind, namespace) for kind in ("Cluster", "Backup"))
            found += live.postgres_databases(*postgres)
            mariadb = (self._served("k8s.mariadb.com/v1alpha1", kind, namespace) for kind in ("MariaDB", "PhysicalBackup", "Backup"))
            instances, physical, logical = mariadb
            found += live.mariadb_databases(instances, [*physical, *logical])
        return found

    def alerts(self, namespace: str, seconds: int, now: datetime.datetime) -> list[Alert]:
        """Critical alerts of Prometheus within the last ``seconds``. One that cannot be asked is as bad as an alert."""
        series = 'timestamp(ALERTS{alertstate="firing",severity="critical"})'
        query = {"query": f"max by (alertname) (max_over_time({series}[{max(seconds, 60)}s:30s]))", "time": f"{now.timestamp():.0f}"}
        path = f"/api/v1/namespaces/{namespace}/services/{PROMETHEUS}-prometheus:9090/proxy/api/v1/query"
        answer = self._asked(lambda: self._kube.ask("GET", path, query))
        if answer.status != 200:
            return [Alert(f"Prometheus does not answer (HTTP {answer.status})", "critical", now)]
        return live.alerts_of(answer.json())

    def _served(self, version: str, kind: str, namespace: str) -> list[Document]:
        return self._objects(version, kind, namespace) if self._asked(lambda: self._kube.serves(version, kind)) else []

    def _objects(self, version: str, kind: str, namespace: str) -> list[Document]:
        return list(self._asked(lambda: self._kube.objects(version, kind, namespace)))

    def _asked(self, question: Any) -> Any:
        try:
            return question()
        except KubeError as problem:
            raise ClusterAway(f"the cluster of {self.environment} cannot be asked: {problem}") from None
