# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at one host: everything the decisions need, gathered with files, systemd and loopback ports."""

from __future__ import annotations

import platform
import re
import time
import typing as t
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import (
    certificates,
    credentials,
    critical,
    encryption,
    endpoints,
    journal,
    kernel,
    system,
    token,
)
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.supervisor import Supervisor

# Set by the upgrade together with the cordon, so that an interrupted one is known to be ours and is finished.
UPGRADE_ANNOTATION = "groundwork.platform/upgrade"
_JOIN = re.compile(r"^server:\s*[\"']?(?P<url>https://[^\s\"']+)", re.MULTILINE)
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def observe(run: system.Run, node_name: str, paths: Paths, hash_files: t.Sequence[str] = (), with_certificates: bool = False) -> Observation:
    """Look at this host's K3s; every answer that cannot be had is None, nothing is raised for a missing part."""
    unit = system.unit(run, paths.unit)
    running = unit.state in ("active", "activating", "reloading")
    files: dict[str, t.Any] = _files(run, paths, hash_files)
    files.update(_data(paths))
    files.update(critical.look(paths))
    files.update(_token(paths))
    asked = Supervisor(_read(paths.ca)) if running and paths.unit == "k3s" and paths.ca.is_file() else None
    files.update(credentials.look(paths, asked))
    if asked is not None:
        files.update(_answers(paths, node_name))
    return Observation(
        node_name=node_name,
        architecture=_ARCHITECTURES.get(platform.machine(), platform.machine()),
        unit_state=unit.state,
        unit_enabled=unit.enabled,
        unit_reload_needed=unit.reload_needed,
        unit_restarts=unit.restarts,
        started_at=unit.started_at,
        changed_since_start=system.changed_after(paths.read_at_start, unit.started_at) if running else (),
        clock=time.time(),
        kernel_settings=kernel.settings(paths.root),
        certificates=certificates.look(run, paths) if with_certificates else None,
        foreign_listener=system.listener(6443, unit.control_group),
        last_error=None if unit.state in ("absent", "active") else journal.reason(system.journal(run, paths.unit)),
        **files,
    )


def _files(run: system.Run, paths: Paths, hash_files: t.Sequence[str]) -> dict[str, t.Any]:
    present = [path for path in map(Path, hash_files) if path.is_file()]
    return {
        "binary_version": system.k3s_version(run, paths.binary),
        "files": {str(path): {"sha256": system.sha256(path), "mode": f"{path.stat().st_mode & 0o7777:04o}"} for path in present},
    }


def _data(paths: Paths) -> dict[str, t.Any]:
    database = paths.server_dir / "db"
    join = _JOIN.search(_read(paths.join_file))
    return {
        "has_etcd": (paths.etcd_dir / "member").is_dir(),
        "has_sqlite": (database / "state.db").is_file(),
        "has_tombstone": (paths.etcd_dir / "tombstone").is_file(),
        "has_reset_flag": (database / "reset-flag").is_file(),
        "member_name": _read(paths.etcd_dir / "name").strip() or None,
        "ca_hash": token.ca_hash(paths.ca.read_bytes()) if paths.ca.is_file() else None,
        "join_url": join["url"] if join else None,
        "encryption": encryption.look(paths, {}),
    }


def _token(paths: Paths) -> dict[str, t.Any]:
    """Form and fingerprint of the token in force, or of the token file before the first start; never the token."""
    kind = "server" if paths.unit == "k3s" else "agent"
    text = _read(paths.cluster_token(kind)) or _read(paths.token_file(kind))
    if not text.strip():
        return {}
    try:
        parsed = token.parse(text, kind)
    except token.TokenError:
        return {"token_form": "invalid"}
    return {"token_form": parsed.form, "token_fingerprint": parsed.fingerprint}


def _answers(paths: Paths, node_name: str) -> dict[str, t.Any]:
    ready = endpoints.api_ready(paths)
    node = endpoints.node(paths, node_name) if ready else None
    condition: dict[str, t.Any] = {}
    annotations: dict[str, str] = node["metadata"].get("annotations", {}) if node is not None else {}
    if node is not None:
        condition = next((c for c in node["status"].get("conditions", ()) if c["type"] == "Ready"), {})
    return {
        "members": endpoints.members(paths),
        "etcd_healthy": endpoints.etcd_healthy(),
        "api_ready": ready,
        "node_ready": condition.get("status") == "True" if node is not None else None,
        "node_message": condition.get("message"),
        "node_version": node["status"]["nodeInfo"]["kubeletVersion"] if node is not None else None,
        "node_cordoned": bool(node and node["spec"].get("unschedulable")),
        "node_upgrade": annotations.get(UPGRADE_ANNOTATION),
        "encryption": encryption.look(paths, annotations),
    }


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
