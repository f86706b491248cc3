# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries on a host what docs/hardening.md promises. Changes nothing: the pod is a dry run, the request a read."""

from __future__ import annotations

import concurrent.futures
import json
import socket
import typing as t
import uuid
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import endpoints, hardening, kernel, system, token
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.hardening import Door, Evidence
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

#: Of every node for every node (kubelet), and of nobody (RFC 863, discard).
OPENED_PORT, CLOSED_PORT = 10250, 9
#: Seconds without an answer after which a port counts as filtered. A host that does not filter answers at once.
PATIENCE = 2.0
#: So many Secrets are looked at, and so many bytes of the audit log's end.
SECRETS, TAIL = 20, 1 << 20


def look(run: system.Run, paths: Paths, peers: t.Sequence[str]) -> Evidence:
    """Gather the evidence on this host; ``peers`` are addresses of other nodes to try the ports of."""
    is_server = paths.unit == "k3s"
    with concurrent.futures.ThreadPoolExecutor(max_workers=16) as pool:
        doors = tuple(pool.map(_door, peers))
    return Evidence(
        is_server=is_server,
        kernel_settings=kernel.settings(paths.root),
        loose=tuple(_loose(paths)),
        table=bool(run(["nft", "--stateless", "list", "table", "inet", "groundwork"])),
        doors=doors,
        **(_server(paths) if is_server else {}),
    )


def _server(paths: Paths) -> dict[str, t.Any]:
    return {
        "secrets_in_clear": endpoints.secrets_in_clear(paths, SECRETS),
        "audited": _audited(paths),
        "pod_answer": endpoints.admin(paths, "/api/v1/namespaces/default/pods?dryRun=All", "POST", hardening.PRIVILEGED_POD),
        "leaks": tuple(_leaks(paths)),
    }


def _loose(paths: Paths) -> t.Iterator[str]:
    """Files and folders that others than root may read."""
    server, config = paths.server_dir, paths.config_dir
    files = [path for path in config.rglob("*") if path.is_file()]
    files += [server, *(server / "cred").glob("*"), *(server / "tls").rglob("*.key"), *(server / "logs").glob("*"), *server.glob("*token")]
    for path in files:
        mode = path.stat().st_mode & 0o7777 if path.exists() else 0
        if mode & 0o077:
            yield f"{path} has mode {mode:04o}, others than root may use it"


def _audited(paths: Paths) -> bool:
    """The log is written before the answer is given, so a request that was answered stands in it or never will (kubernetes.io, audit)."""
    marker = f"groundwork-verify-{uuid.uuid4().hex}"
    if endpoints.admin(paths, f"/api/v1/namespaces/default/configmaps/{marker}") is None:
        return False
    try:
        with paths.audit_log.open("rb") as log:
            log.seek(max(0, paths.audit_log.stat().st_size - TAIL))
            return marker.encode() in log.read()
    except OSError:
        return False


def _leaks(paths: Paths) -> t.Iterator[str]:
    """Annotations in which a token of this host stands: K3s masks only some forms (k3s-contract 1)."""
    files = [path for kind in token.USERS for path in (paths.cluster_token(kind), paths.token_file(kind))]
    passwords = {password for password in map(_password, files) if password}
    answer = endpoints.admin(paths, "/api/v1/nodes")
    nodes = json.loads(answer[1])["items"] if answer is not None and answer[0] == 200 else []
    for node in nodes:
        for name, value in node["metadata"].get("annotations", {}).items():
            if any(password in value for password in passwords):
                yield f"annotation {name} of Node {node['metadata']['name']}"


def _password(path: Path) -> str | None:
    try:
        return token.parse(path.read_text(encoding="utf-8"), None).password
    except (OSError, token.TokenError):
        return None


def _door(address: str) -> Door:
    return Door(address, _try(address, OPENED_PORT), _try(address, CLOSED_PORT))


def _try(address: str, port: int) -> str:
    try:
        socket.create_connection((address, port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return hardening.REFUSED
    except OSError:
        return hardening.FILTERED
    return hardening.OPEN
