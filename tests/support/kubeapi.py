# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A double of a Kubernetes API in memory: lists, objects and merge patches of a few kinds, for tests that need many clusters quickly."""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Answer, Unanswered

KINDS = {
    "argoproj.io/v1alpha1": {"Application": "applications"},
    "v1": {"ConfigMap": "configmaps", "Namespace": "namespaces", "Pod": "pods", "Secret": "secrets", "Service": "services"},
    "apps/v1": {"Deployment": "deployments"},
    "networking.k8s.io/v1": {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"},
    "postgresql.cnpg.io/v1": {"Cluster": "clusters", "Backup": "backups"},
}
PATH = re.compile(r"/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?(?:/(?P<plural>[^/]+))?(?:/(?P<name>[^/]+))?$")


class KubeApi:
    """Objects by (plural, namespace, name); ``away`` makes it not answer, ``proxied`` are answers of Services by a part of their path."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.away = False
        self.proxied: dict[str, Any] = {}
        self.kinds = dict(KINDS)
        self.patched: list[str] = []

    def put(self, plural: str, document: dict[str, Any]) -> dict[str, Any]:
        metadata = document["metadata"]
        self.objects[plural, metadata.get("namespace", ""), metadata["name"]] = document
        return document

    def send(self, method: str, path: str, query: Mapping[str, str], body: bytes, content_type: str, seconds: float) -> Answer:
        """One request, as a Connection would send it."""
        del query, content_type, seconds
        if self.away:
            raise Unanswered("https://cluster", "does not answer: connection refused", sent=False)
        for part, answer in self.proxied.items():
            if part in path:
                return _answer(answer) if not isinstance(answer, int) else Answer(answer)
        found = PATH.fullmatch(path)
        assert found, path
        version = "/".join(part for part in (found["group"], found["version"]) if part)
        if found["plural"] is None:
            kinds = self.kinds.get(version)
            return Answer(404) if kinds is None else _answer({"resources": [{"kind": k, "name": n, "namespaced": True} for k, n in kinds.items()]})
        if found["name"] is None:
            wanted = (found["plural"], found["namespace"])
            return _answer({"items": [thing for (plural, namespace, _name), thing in sorted(self.objects.items()) if (plural, namespace) == wanted]})
        thing = self.objects.get((found["plural"], found["namespace"] or "", found["name"]))
        if thing is None:
            return Answer(404)
        if method == "PATCH":
            self.patched.append(found["name"])
            _merge(thing, json.loads(body))
        return _answer(thing)


def _merge(into: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def _answer(document: Any) -> Answer:
    return Answer(200, json.dumps(document).encode())


@contextlib.contextmanager
def served(api: KubeApi) -> Iterator[str]:
    """The double behind a port of loopback, for programs that bring their own client; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _mark, _query = self.path.partition("?")
            found = api.send(self.command, urllib.parse.unquote(path), {}, body, "", 1)
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def do_PATCH(self) -> None:
            self.do_GET()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
