# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster in memory behind the real client: what is put in is served, created objects stay, dry runs leave nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._kube.client import Kube
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer

Object = dict[str, Any]
#: Plurals that are not the kind's name with an s.
PLURALS = {"StorageClass": "storageclasses", "Ingress": "ingresses"}
CLUSTER_WIDE = {"Namespace", "Node", "CustomResourceDefinition", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"}


@dataclass
class Cluster:
    """Objects by kind and place. ``refuse``: what a creation of a kind is answered with; ``raw``: bodies of other paths; ``phases`` of pods by name."""

    objects: list[Object] = field(default_factory=list)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    refuse: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    phases: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def kube(self) -> Kube:
        return Kube(self, patience=0)

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes, content_type: str, seconds: float) -> Answer:
        assert content_type == ("application/json" if body else "")
        assert seconds > 0
        if path in self.raw:
            return Answer(200, self.raw[path].encode())
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
        if len(rest) == 1:
            return answer({"items": found, "metadata": {}})
        named = next((o for o in found if o["metadata"]["name"] == rest[1]), None)
        if named is None:
            return Answer(404, b"{}")
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


def plural(kind: str) -> str:
    return PLURALS.get(kind, kind.lower() + "s")


def answer(document: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())
