# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster in memory behind the real client: what is put in is served, created and applied objects stay, dry runs leave nothing.

It keeps the managers of an object, not of each field: an apply takes part in the object, an apply of nothing gives that up.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import MERGE_PATCH, Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer

Object = dict[str, Any]
#: Plurals that are not the kind's name with an s.
PLURALS = {"StorageClass": "storageclasses", "Ingress": "ingresses", "NetworkPolicy": "networkpolicies"}
CLUSTER_WIDE = {"Namespace", "Node", "CustomResourceDefinition", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService", "ClusterRole"}


@dataclass
class Cluster:
    """Objects by kind and place. ``refuse``: what a creation of a kind is answered with; ``raw``: bodies of other paths; ``phases`` of pods by name."""

    objects: list[Object] = field(default_factory=list)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    refuse: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    phases: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    patched: list[str] = field(default_factory=list)
    after_apply: Callable[[Cluster, Object], None] | None = None

    def kube(self) -> Kube:
        return Kube(self, patience=0)

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes, content_type: str, seconds: float) -> Answer:
        assert content_type in (("application/json", "application/apply-patch+yaml", MERGE_PATCH) if body else ("",))
        assert seconds > 0
        if path in self.raw:
            return Answer(200, self.raw[path].encode())
        return self._answer("MERGE" if content_type == MERGE_PATCH else method, path, query, body)

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        steps = path.removeprefix("/apis/").removeprefix("/api/").split("/")
        version = "/".join(steps[:2]) if path.startswith("/apis/") else steps[0]
        rest = steps[2:] if path.startswith("/apis/") else steps[1:]
        if not rest:
            return self._kinds(version)
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        kind = next(kind for kind in self.kinds[version] if plural(kind) == rest[0])
        if method == "POST":
            return self._create(kind, json.loads(body), bool(query.get("dryRun")))
        found = [o for o in self.objects if (o["apiVersion"], o["kind"]) == (version, kind) and namespace in ("", o["metadata"].get("namespace", ""))]
        if method == "PATCH":
            return self._apply(kind, json.loads(body), query, namespace)
        if len(rest) == 1:
            return answer({"items": found, "metadata": {}})
        named = next((o for o in found if o["metadata"]["name"] == rest[1]), None)
        if named is None:
            return Answer(404, b"{}")
        if method == "MERGE":
            self.patched.append(rest[1])
            merge(named, json.loads(body))
        if method == "DELETE":
            self.deleted.append(rest[1])
            self.objects = [o for o in self.objects if o["metadata"].get("namespace", o["metadata"]["name"]) != rest[1]]
        return answer(named)

    def _kinds(self, version: str) -> Answer:
        if version not in self.kinds:
            return Answer(404, b"{}")
        return answer({"resources": [{"name": plural(kind), "kind": kind, "namespaced": kind not in CLUSTER_WIDE} for kind in self.kinds[version]]})

    def _create(self, kind: str, document: Object, is_dry: bool) -> Answer:
        if kind in self.refuse:
            status, reason, message = self.refuse[kind]
            return answer({"kind": "Status", "reason": reason, "message": message}, status)
        if kind == "Pod":
            document["status"] = {"phase": self.phases.get(document["metadata"]["name"], "Succeeded")}
            document["spec"]["nodeName"] = "node-1"
        if not is_dry:
            self.objects.append(document)
        return answer(document, 201)

    def _apply(self, kind: str, document: Object, query: Mapping[str, str], namespace: str) -> Answer:
        if kind in self.refuse:
            status, reason, message = self.refuse[kind]
            return answer({"kind": "Status", "reason": reason, "message": message}, status)
        if namespace and not any(o["kind"] == "Namespace" and o["metadata"]["name"] == namespace for o in self.objects):
            return answer({"kind": "Status", "reason": "NotFound", "message": f'namespaces "{namespace}" not found'}, 404)
        before = next((o for o in self.objects if same(o, document)), None)
        manager = query["fieldManager"]
        others = [m for m in managers(before) if m != manager]
        gives_up = set(document) == {"apiVersion", "kind", "metadata"} and set(document["metadata"]) <= {"name", "namespace"}
        after = copy.deepcopy(before if gives_up and before else {**(before or {}), **document})
        kept = others if gives_up else [*others, manager]
        fields = [{"manager": name, "operation": "Apply", "fieldsV1": {"f:spec": {}}} for name in kept]
        after["metadata"] = {**(before or {}).get("metadata", {}), **document["metadata"], "managedFields": fields}
        if not query.get("dryRun"):
            self.applied.append(document["metadata"]["name"])
            self.objects = [o for o in self.objects if not same(o, document)] + [after]
            if self.after_apply:
                self.after_apply(self, after)
        return answer(after)


def managers(document: Object | None) -> list[str]:
    """Who has applied an object."""
    return [str(entry["manager"]) for entry in (document or {"metadata": {}})["metadata"].get("managedFields", [])]


def merge(into: Object, change: Mapping[str, Any]) -> None:
    """A merge patch that removes nothing."""
    for key, value in change.items():
        if isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def same(one: Object, other: Object) -> bool:
    """Whether two objects have one name."""
    return all(one[key] == other[key] for key in ("apiVersion", "kind")) and all(
        one["metadata"].get(key, "") == other["metadata"].get(key, "") for key in ("name", "namespace")
    )


def plural(kind: str) -> str:
    return PLURALS.get(kind, kind.lower() + "s")


def answer(document: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())
