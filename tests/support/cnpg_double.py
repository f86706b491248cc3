# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for CloudNativePG's operator where there are no nodes: it makes objects look as they do once a change has arrived.

It proves nothing about PostgreSQL; the twin does that. What it is for: modules that wait, against a real API server.
"""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import store_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, PLUGIN, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import SIDECAR
from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at

MANAGER = "operator"
HEALTHY = "Cluster in healthy state"


class Operator:
    """Looks after all clusters of one namespace. ``phase`` and ``reason`` can be set to play a fault; ``archiving`` to break the archive."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        self._kube = kube
        self._namespace = namespace
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._rounds = 0
        self.phase, self.reason = HEALTHY, ""
        self.archiving = "True"
        self.backup_phase, self.backup_error = "completed", ""
        self.moves_window = True
        self.applies, self.message = True, ""
        self.serves = True

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(0.1):
            # Objects come and go while it looks at them.
            with contextlib.suppress(KubeError):
                for cluster in self._kube.objects(GROUP, "Cluster", self._namespace):
                    self._sync(cluster)
                for backup in self._kube.objects(GROUP, "Backup", self._namespace):
                    self._end(backup)
                for pooler in self._kube.objects(GROUP, "Pooler", self._namespace):
                    self._pool(pooler)
                for kind in ("Database", "DatabaseRole"):
                    for thing in self._kube.objects(GROUP, kind, self._namespace):
                        self._report(kind, thing)
                self._rounds += 1

    def looked(self) -> None:
        """Until it has looked at everything that is there now: the round that is under way may have begun before."""
        enough, until = self._rounds + 2, time.monotonic() + 180
        while self._rounds < enough:
            assert time.monotonic() < until, "the operator does not come to an end of its round"
            time.sleep(0.05)

    def _sync(self, cluster: Object) -> None:
        name, spec = cluster["metadata"]["name"], cluster["spec"]
        stopped = at(cluster, "metadata", "annotations", "cnpg.io/hibernation") == "on"
        names = [] if stopped else [f"{name}-{number}" for number in range(1, spec["instances"] + 1)]
        for pod in self._kube.objects("v1", "Pod", self._namespace, f"cnpg.io/cluster={name}"):
            if pod["metadata"]["name"] not in names or self._outdated(pod, cluster):
                self._kube.ask("DELETE", f"/api/v1/namespaces/{self._namespace}/pods/{pod['metadata']['name']}", {}, {"gracePeriodSeconds": 0})
        for instance in names:
            self._instance(name, instance, cluster)
        primary = str(at(cluster, "status", "targetPrimary") or f"{name}-1")
        if primary not in names:
            primary = f"{name}-1"
        conditions = [{"type": "ContinuousArchiving", "status": self.archiving, "reason": "x", "message": "NoSuchBucket", "lastTransitionTime": _TIME}]
        if stopped:
            conditions.append({"type": "cnpg.io/hibernation", "status": "True", "reason": "Hibernated", "message": "", "lastTransitionTime": _TIME})
        status = {"phase": self.phase, "phaseReason": self.reason, "readyInstances": len(names), "instances": len(names), "conditions": conditions}
        status |= {"currentPrimary": primary, "targetPrimary": primary}
        # Only if nobody changed it meanwhile: a switchover that was asked for is not to be overwritten.
        change = {"metadata": {"resourceVersion": cluster["metadata"]["resourceVersion"]}, "status": status}
        self._kube.patch(Reference(GROUP, "Cluster", name, self._namespace), change, MANAGER, "status")

    def _outdated(self, pod: Object, cluster: Object) -> bool:
        return str(at(pod, "metadata", "annotations", "wanted")) != self._wanted(cluster)

    def _wanted(self, cluster: Object) -> str:
        restarted = at(cluster, "metadata", "annotations", "kubectl.kubernetes.io/restartedAt") or ""
        return f"{cluster['spec'].get('imageName')} {cluster['spec'].get('resources')} {cluster['spec'].get('plugins')} {restarted}"

    def _instance(self, cluster: str, name: str, whole: Object) -> None:
        spec = whole["spec"]
        labels = {"cnpg.io/cluster": cluster, "cnpg.io/podRole": "instance", "cnpg.io/instanceName": name}
        restarted = at(whole, "metadata", "annotations", "kubectl.kubernetes.io/restartedAt") or ""
        annotations = {"wanted": self._wanted(whole), "kubectl.kubernetes.io/restartedAt": restarted}
        containers = [{"name": "postgres", "image": spec.get("imageName") or "none", "resources": spec.get("resources") or {}}]
        containers += [{"name": SIDECAR, "image": "none"} for plugin in spec.get("plugins") or [] if plugin["name"] == PLUGIN]
        metadata = {"name": name, "namespace": self._namespace, "labels": labels, "annotations": annotations}
        if self._kube.get(Reference("v1", "Pod", name, self._namespace)) is None:
            self._kube.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}, MANAGER)
        fenced = name in (at(whole, "metadata", "annotations", "cnpg.io/fencedInstances") or "")
        ready = {"conditions": [{"type": "Ready", "status": "False" if fenced else "True", "lastTransitionTime": _TIME}]}
        self._kube.patch(Reference("v1", "Pod", name, self._namespace), {"status": ready}, MANAGER, "status")
        self._claim(name, labels, spec["storage"]["size"])

    def _claim(self, name: str, labels: Object, size: str) -> None:
        reference = Reference("v1", "PersistentVolumeClaim", name, self._namespace)
        if self._kube.get(reference) is None:
            spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "volumeName": f"pv-{self._namespace}-{name}"}
            metadata = {"name": name, "namespace": self._namespace, "labels": {**labels, "cnpg.io/pvcRole": "PG_DATA"}}
            self._kube.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}, MANAGER)
            volume = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/none"}, "persistentVolumeReclaimPolicy": "Delete"}
            self._kube.apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": spec["volumeName"]}, "spec": volume}, MANAGER)
        self._kube.patch(reference, {"status": {"phase": "Bound", "capacity": {"storage": size}}}, MANAGER, "status")

    def _end(self, backup: Object) -> None:
        if at(backup, "status", "phase") in ("completed", "failed"):
            return
        name, cluster = backup["metadata"]["name"], backup["spec"]["cluster"]["name"]
        whole = self._kube.get(Reference(GROUP, "Cluster", cluster, self._namespace))
        if whole is None:
            return
        store, server = store_of(whole)
        if self.backup_phase == "completed" and self.moves_window:
            window = {"firstRecoverabilityPoint": _TIME, "lastSuccessfulBackupTime": _TIME}
            change = {"status": {"serverRecoveryWindow": {server: window}}}
            self._kube.patch(Reference(STORE_GROUP, "ObjectStore", store, self._namespace), change, MANAGER, "status")
        status = {"phase": self.backup_phase, "error": self.backup_error}
        self._kube.patch(Reference(GROUP, "Backup", name, self._namespace), {"status": status}, MANAGER, "status")

    def _pool(self, pooler: Object) -> None:
        """Its Deployment, and the number of pods that were made, whether they run or not."""
        name, number = pooler["metadata"]["name"], int(at(pooler, "spec", "instances") or 1)
        pod = {"metadata": {"labels": {"pooler": name}}, "spec": {"containers": [{"name": "pgbouncer", "image": "none"}]}}
        spec = {"replicas": number, "selector": {"matchLabels": {"pooler": name}}, "template": pod}
        metadata = {"name": name, "namespace": self._namespace}
        made = self._kube.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}, MANAGER).after
        counts = {
            "replicas": number,
            "updatedReplicas": number,
            "availableReplicas": number if self.serves else 0,
            "readyReplicas": number if self.serves else 0,
        }
        status = {**counts, "observedGeneration": made["metadata"]["generation"]}
        self._kube.patch(Reference("apps/v1", "Deployment", name, self._namespace), {"status": status}, MANAGER, "status")
        self._kube.patch(Reference(GROUP, "Pooler", name, self._namespace), {"status": {"instances": number}}, MANAGER, "status")

    def _report(self, kind: str, thing: Object) -> None:
        metadata = thing["metadata"]
        status = {"observedGeneration": metadata["generation"], "applied": self.applies, "message": self.message}
        self._kube.patch(Reference(GROUP, kind, metadata["name"], self._namespace), {"status": status}, MANAGER, "status")


_TIME = "2026-11-22T08:00:00Z"
