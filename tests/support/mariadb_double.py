# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for mariadb-operator where there are no nodes: it makes objects look as they do once a change has arrived.

It proves nothing about MariaDB; the twin does that. What it is for: modules that wait, against a real API server.
"""

from __future__ import annotations

import contextlib
import threading
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP, members_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of

MANAGER = "mariadb-operator"
NOW = "2026-11-22T02:31:12Z"
PROGRAM = "mariadb"
JOBS = ("Backup", "Restore", "SqlJob")


class Operator:
    """Looks after all clusters of one namespace. ``down`` plays a crash of all members, ``ends`` how jobs of a kind end."""

    def __init__(self, kube: Kube, namespace: str) -> None:
        self._kube, self._namespace = kube, namespace
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.down = False
        self.ends: dict[str, str] = {}

    def __enter__(self) -> t.Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(0.1):
            # objects come and go while it looks at them
            with contextlib.suppress(KubeError):
                clusters = self._kube.objects(GROUP, "MariaDB", self._namespace)
                for mariadb in clusters:
                    if at(mariadb, "metadata", "deletionTimestamp"):
                        self._collect(mariadb)
                    else:
                        self._sync(mariadb)
                for workload in self._kube.objects("apps/v1", "StatefulSet", self._namespace):
                    if name_of(workload) not in map(name_of, clusters):
                        self._clear(name_of(workload))
                for kind in JOBS:
                    for thing in self._kube.objects(GROUP, kind, self._namespace):
                        self._end(kind, thing)

    def _sync(self, mariadb: Object) -> None:
        name, spec = name_of(mariadb), mariadb["spec"]
        forced = at(spec, "galera", "recovery", "forceClusterBootstrapInPod")
        if forced:
            self.down = False
        members = members_of(spec)
        revision = f"{name}-{abs(hash((spec.get('image'), spec.get('myCnf')))) % 10**8}"
        self._workload(name, members, revision)
        if at(spec, "galera", "enabled"):
            self._bind(mariadb)
        for number in range(members):
            self._member(name, number, spec, revision)
        for pod in self._kube.objects("v1", "Pod", self._namespace, f"app.kubernetes.io/instance={name}"):
            if int(name_of(pod).rpartition("-")[2]) >= members:
                self._gone("pods", name_of(pod))
        state = "False" if self.down else "True"
        told = [("Ready", state), *([("GaleraReady", state)] if at(spec, "galera", "enabled") else [])]
        conditions = [{"type": kind, "status": status, "reason": kind, "message": "", "lastTransitionTime": NOW} for kind, status in told]
        index = at(spec, "galera", "primary", "podIndex") or 0
        status: Object = {
            "conditions": conditions,
            "replicas": 0 if self.down else members,
            "currentPrimaryPodIndex": index,
            "currentPrimary": f"{name}-{index}",
        }
        if self.down:
            status["galeraRecovery"] = {"recovered": {f"{name}-0": {"uuid": "u", "seqno": 9}}}
        self._status("MariaDB", name, status, GROUP)

    def _collect(self, mariadb: Object) -> None:
        """Kubernetes's garbage collector, asked in the foreground: the cluster goes last, and not while there is what nobody collects."""
        name = name_of(mariadb)
        self._clear(name)
        if self._kube.get(self._binding(mariadb)) is None:
            self._kube.patch(Reference(GROUP, "MariaDB", name, self._namespace), {"metadata": {"finalizers": None}}, MANAGER)

    def _clear(self, name: str) -> None:
        """What belongs to a cluster, without its claims."""
        for pod in self._kube.objects("v1", "Pod", self._namespace, f"app.kubernetes.io/instance={name}"):
            self._gone("pods", name_of(pod))
        self._kube.delete(Reference("apps/v1", "StatefulSet", name, self._namespace))

    def _bind(self, mariadb: Object) -> None:
        """As pkg/controller/rbac does it: an object of the whole Kubernetes cluster whose owner lies in a namespace."""
        binding, uid = self._binding(mariadb), mariadb["metadata"]["uid"]
        owner = {"apiVersion": GROUP, "kind": "MariaDB", "name": name_of(mariadb), "uid": uid, "controller": True, "blockOwnerDeletion": True}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:auth-delegator"}
        subject = {"kind": "ServiceAccount", "name": name_of(mariadb), "namespace": self._namespace}
        if self._kube.get(binding) is None:
            metadata = {"name": binding.name, "ownerReferences": [owner]}
            whole = {"apiVersion": binding.api_version, "kind": binding.kind, "metadata": metadata, "roleRef": role, "subjects": [subject]}
            self._kube.create(whole, MANAGER)

    def _binding(self, mariadb: Object) -> Reference:
        name = f"{name_of(mariadb)}-{self._namespace}-{mariadb['metadata']['uid'].partition('-')[0]}:auth-delegator"
        return Reference("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", name)

    def _workload(self, name: str, members: int, revision: str) -> None:
        labels = {"app.kubernetes.io/name": PROGRAM, "app.kubernetes.io/instance": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": PROGRAM, "image": "x"}]}}
        spec = {"replicas": members, "serviceName": name, "selector": {"matchLabels": labels}, "template": template}
        metadata = {"name": name, "namespace": self._namespace}
        made = self._kube.apply({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}, MANAGER, force=True)
        status = {"replicas": members, "observedGeneration": made.after["metadata"]["generation"], "updateRevision": revision}
        self._status("StatefulSet", name, status, "apps/v1")

    def _member(self, name: str, number: int, spec: Object, revision: str) -> None:
        pod, labels = f"{name}-{number}", {"app.kubernetes.io/name": PROGRAM, "app.kubernetes.io/instance": name}
        marks = {**labels, "apps.kubernetes.io/pod-index": str(number), "controller-revision-hash": revision}
        live = self._kube.get(Reference("v1", "Pod", pod, self._namespace))
        if live is not None and at(live, "metadata", "labels", "controller-revision-hash") != revision:
            self._gone("pods", pod)
        container = {"name": PROGRAM, "image": spec.get("image") or "none", "resources": spec.get("resources") or {}}
        self._make("v1", "Pod", pod, {"containers": [container]}, marks)
        self._status("Pod", pod, {"conditions": [{"type": "Ready", "status": "False" if self.down else "True"}]}, "v1")
        size = at(spec, "storage", "size") or "1Gi"
        template = at(spec, "storage", "volumeClaimTemplate", "metadata", "labels") or {}
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        self._make("v1", "PersistentVolumeClaim", f"storage-{pod}", claim, {**labels, **template})
        self._status("PersistentVolumeClaim", f"storage-{pod}", {"phase": "Bound", "capacity": {"storage": size}}, "v1")

    def _end(self, kind: str, thing: Object) -> None:
        if at(thing, "spec", "schedule") or at(thing, "status", "conditions"):
            return
        reason = self.ends.get(kind, "JobComplete")
        message = "Failed" if reason == "JobFailed" else "Success"
        # as the operator does: the status is True for what failed, too
        condition = {"type": "Complete", "status": "True", "reason": reason, "message": message, "lastTransitionTime": NOW}
        self._status(kind, name_of(thing), {"conditions": [condition]}, GROUP)

    def _make(self, version: str, kind: str, name: str, spec: Object, labels: Object) -> None:
        if self._kube.get(Reference(version, kind, name, self._namespace)) is None:
            metadata = {"name": name, "namespace": self._namespace, "labels": labels}
            self._kube.create({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}, MANAGER)

    def _status(self, kind: str, name: str, status: Object, version: str) -> None:
        self._kube.patch(Reference(version, kind, name, self._namespace), {"status": status}, MANAGER, "status")

    def _gone(self, resource: str, name: str) -> None:
        self._kube.ask("DELETE", f"/api/v1/namespaces/{self._namespace}/{resource}/{name}", {}, {"gracePeriodSeconds": 0})
