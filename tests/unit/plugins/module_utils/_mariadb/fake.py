# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server and an operator that fit into a dictionary: objects by kind and name, and what follows from writing some of them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer, Applied, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Patience
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at

from tests.unit.plugins.module_utils._mariadb.clusters import claim, conditions, mariadb, pod, workload

Object = dict[str, Any]
#: How jobs end unless a test says otherwise: (status, reason, message) of the condition Complete.
DONE = ("True", "JobComplete", "Success")
FAILED = ("True", "JobFailed", "Failed")


class Cluster:
    """Implements the session's Api. ``wrote`` holds every request that would change something."""

    def __init__(self, *objects: Object) -> None:
        self.objects_: dict[tuple[str, str], Object] = {}
        self.wrote: list[str] = []
        self.made: list[Object] = []
        self.ends: dict[str, tuple[str, str, str]] = {}
        self.log = "ERROR 1064 (42000) at line 7"
        self.on_patch: Callable[[Object], None] = lambda _thing: None
        for thing in objects:
            self.put(thing)

    def put(self, thing: Object) -> None:
        self.objects_[thing["kind"], thing["metadata"]["name"]] = thing

    def get(self, wanted: Reference) -> Object | None:
        return copy.deepcopy(self.objects_.get((wanted.kind, wanted.name)))

    def objects(self, api_version: str, kind: str, namespace: str = "", selector: str = "") -> list[Object]:
        assert api_version
        assert namespace in ("", "shop"), "one namespace is enough here"
        found = [thing for (what, _name), thing in self.objects_.items() if what == kind]
        wanted = dict(part.split("=") for part in selector.split(",") if "=" in part)
        instance = wanted.get("app.kubernetes.io/instance")
        job = wanted.get("job-name")
        kept = [thing for thing in found if instance is None or thing["metadata"].get("of") == instance]
        return copy.deepcopy([thing for thing in kept if job is None or thing["metadata"].get("job") == job])

    def apply(self, document: Object, manager: str, force: bool = False, dry_run: bool = False) -> Applied:
        assert not force, "never by force"
        key = (document["kind"], document["metadata"]["name"])
        before = self.objects_.get(key)
        fields = {"manager": manager, "operation": "Apply", "fieldsV1": _fields(document)}
        after = overlaid(before or {}, {**copy.deepcopy(document), "metadata": {**document["metadata"], "managedFields": [fields]}})
        if not dry_run:
            self.wrote.append(f"apply {key[0]} {key[1]}")
            self.put(copy.deepcopy(after))
            if key[0] == "MariaDB":
                self.runs(self.objects_[key])
        return Applied(copy.deepcopy(before), copy.deepcopy(after), before is None or before["spec"] != after["spec"])

    def create(self, document: Object, manager: str, dry_run: bool = False) -> Object:
        assert manager
        assert not dry_run
        kind, name = document["kind"], document["metadata"]["name"]
        self.wrote.append(f"create {kind} {name}")
        self.made.append(document)
        thing = copy.deepcopy(document)
        if kind == "MariaDB":
            self.runs(thing)
        else:
            thing["status"] = {"conditions": [{**conditions(Complete=self.ends.get(kind, DONE))[0], "lastTransitionTime": "2026-11-22T03:00:00Z"}]}
            log_of = {"name": f"{name}-x", "job": name, "creationTimestamp": "t"}
            self.put({"kind": "Pod", "metadata": log_of, "spec": {"containers": [{"name": "mariadb"}]}})
        self.put(thing)
        return thing

    def patch(self, wanted: Reference, change: Object, manager: str, subresource: str = "", dry_run: bool = False) -> Object:
        assert manager
        assert not subresource
        thing: Object = overlaid(self.objects_.get((wanted.kind, wanted.name), {}), change)
        if not dry_run:
            self.wrote.append(f"patch {wanted.kind} {wanted.name}")
            self.objects_[wanted.kind, wanted.name] = thing
            self.on_patch(thing)
        return copy.deepcopy(thing)

    def delete(self, wanted: Reference, propagation: str = "Background", dry_run: bool = False) -> bool:
        assert propagation
        assert not dry_run
        self.wrote.append(f"delete {wanted.kind} {wanted.name}")
        if wanted.kind == "MariaDB":
            self.objects_ = {key: thing for key, thing in self.objects_.items() if key[0] != "Pod" or thing["metadata"].get("of") != wanted.name}
        return self.objects_.pop((wanted.kind, wanted.name), None) is not None

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None) -> Answer:
        assert (method, query is not None) == ("GET", True)
        return Answer(200, self.log.encode()) if path.endswith("/log") else Answer(404)

    def runs(self, thing: Object) -> None:
        """The operator makes everything of a cluster, and it is well."""
        name, members = thing["metadata"]["name"], thing["spec"].get("replicas", 1)
        thing["status"] = {**mariadb()["status"], "replicas": members, "currentPrimary": f"{name}-0"}
        self.put({**workload(members), "kind": "StatefulSet", "metadata": {"name": name, "generation": 4}})
        template = at(thing["spec"], "storage", "volumeClaimTemplate", "metadata", "labels") or {}
        for number in range(members):
            for made, kind, prefix in ((pod(number), "Pod", name), (claim(number), "PersistentVolumeClaim", f"storage-{name}")):
                labels = template if kind == "PersistentVolumeClaim" else made["metadata"].get("labels", {})
                made["metadata"] = {**made["metadata"], "name": f"{prefix}-{number}", "of": name, "labels": labels}
                made["kind"] = kind
                if kind == "Pod":
                    made["spec"]["containers"][1]["image"] = thing["spec"]["image"]
                # Kubernetes takes a claim that is there as it is
                if kind != "PersistentVolumeClaim" or (kind, made["metadata"]["name"]) not in self.objects_:
                    self.put(made)


def session(cluster: Cluster, name: str = "shop", check_mode: bool = False, timeout: float = 60) -> Session:
    """With a clock that only sleeping moves."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    return Session(cluster, "shop", name, check_mode, Patience(timeout=timeout), clock=lambda: now[0], sleep=sleep)


def _fields(document: Object) -> Object:
    return {f"f:{key}": _fields(value) if isinstance(value, dict) and value else {} for key, value in document.items() if key not in TOP}


#: What no manager owns.
TOP = ("apiVersion", "kind", "metadata")
