# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to K3s's own ports, all on loopback, with the standard library only (k3s-contract 9)."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

# Seconds. A healthy voter answers a linearizable read within one. Everything else may take longer on a busy host, but without quorum
# such a read hangs for ever.
HEALTH_TIMEOUT = 1.0
TIMEOUT = 3.0


def etcd_healthy() -> bool:
    """Whether this host's own etcd answers a linearizable read (its /health does one) within a second."""
    answer = ask(http.client.HTTPConnection("127.0.0.1", 2381, timeout=HEALTH_TIMEOUT), "/health")
    return answer is not None and answer[0] == 200 and _json(answer[1]).get("health") == "true"


def members(paths: Paths) -> tuple[Member, ...] | None:
    """Etcd's member list from the supervisor, which gives it to loopback without credentials; None without an answer."""
    answer = _secure(paths, "/db/info", False)
    if answer is None or answer[0] != 200:
        return None
    rows = _json(answer[1]).get("members") or []
    return tuple(Member(row.get("name", ""), tuple(row.get("peerURLs") or ()), bool(row.get("isLearner"))) for row in rows)


def api_ready(paths: Paths) -> bool:
    """Whether this host's kube-apiserver calls itself ready."""
    answer = _secure(paths, "/readyz", True)
    return answer is not None and answer[0] == 200


def node(paths: Paths, name: str) -> dict[str, t.Any] | None:
    """The Kubernetes Node of that name, as this host's kube-apiserver sees it; None when absent or unanswered."""
    answer = _secure(paths, f"/api/v1/nodes/{name}", True)
    return _json(answer[1]) if answer is not None and answer[0] == 200 else None


def admin(paths: Paths, url: str, method: str = "GET", body: t.Mapping[str, t.Any] | None = None) -> tuple[int, bytes] | None:
    """One request to this host's kube-apiserver with the administrator's certificate; None without an answer."""
    return _secure(paths, url, True, method, json.dumps(body) if body is not None else None)


def bootstrap_keys(paths: Paths) -> tuple[str, ...] | None:
    """The fingerprints under ``/bootstrap/`` in etcd, read linearizably; one unless a rotation broke; None without an answer."""
    prefix = "/bootstrap/"
    rows = _etcd_range(paths, prefix, keys_only=True)
    return None if rows is None else tuple(base64.b64decode(row["key"]).decode()[len(prefix) :] for row in rows)


def secrets_in_clear(paths: Paths, limit: int) -> tuple[str, ...] | None:
    """Which of so many Secrets lie in etcd without encryption, by their keys; None without an answer. What they hold is not kept."""
    rows = _etcd_range(paths, "/registry/secrets/", limit=limit)
    if rows is None:
        return None
    clear = [row for row in rows if not base64.b64decode(row.get("value", "")).startswith(b"k8s:enc:")]
    return tuple(base64.b64decode(row["key"]).decode() for row in clear)


def _etcd_range(paths: Paths, prefix: str, **options: t.Any) -> list[dict[str, str]] | None:
    """Rows below a prefix that ends with a slash; None without an answer."""
    ends = {name: base64.b64encode(text.encode()).decode() for name, text in (("key", prefix), ("range_end", prefix[:-1] + "0"))}
    answer = etcd(paths, "/v3/kv/range", {**ends, **options})
    return None if answer is None else answer.get("kvs") or []


def etcd(paths: Paths, url: str, body: t.Mapping[str, t.Any], timeout: float = TIMEOUT) -> dict[str, t.Any] | None:
    """One call to this host's etcd; None when it refuses or does not answer in time (seconds).

    K3s's etcd speaks HTTP on 2382 (its main port is for gRPC only), with its client certificate; 64-bit numbers are strings
    (etcd: dev-guide/api_grpc_gateway).
    """
    return _ask_etcd(paths, timeout, url, "POST", json.dumps(body))


def etcd_version(paths: Paths) -> str | None:
    """The version of this host's etcd, such as 3.6.7; None without an answer."""
    return (_ask_etcd(paths, TIMEOUT, "/version") or {}).get("etcdserver")


def _ask_etcd(paths: Paths, timeout: float, url: str, method: str = "GET", body: str | None = None) -> dict[str, t.Any] | None:
    tls = paths.server_dir / "tls/etcd"
    try:
        context = ssl.create_default_context(cafile=str(tls / "server-ca.crt"))
        context.load_cert_chain(tls / "client.crt", tls / "client.key")
    except OSError:
        return None
    answer = ask(http.client.HTTPSConnection("127.0.0.1", 2382, timeout=timeout, context=context), url, method, body)
    return _json(answer[1]) if answer is not None and answer[0] == 200 else None


def _secure(paths: Paths, url: str, administrator: bool, method: str = "GET", body: str | None = None) -> tuple[int, bytes] | None:
    try:
        context = ssl.create_default_context(cafile=str(paths.ca))
        if administrator:
            context.load_cert_chain(paths.server_dir / "tls/client-admin.crt", paths.server_dir / "tls/client-admin.key")
    except OSError:  # no certificates yet: this server has not started for the first time
        return None
    headers = {"Content-Type": "application/json"} if body else {}
    return ask(http.client.HTTPSConnection("127.0.0.1", 6443, timeout=TIMEOUT, context=context), url, method, body, headers)


def ask(
    connection: http.client.HTTPConnection, url: str, method: str = "GET", body: str | None = None, headers: t.Mapping[str, str] | None = None
) -> tuple[int, bytes] | None:
    """One request; status and body, None when nobody answers in time. Errors never carry the headers or the body."""
    try:
        connection.request(method, url, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _json(body: bytes) -> dict[str, t.Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
