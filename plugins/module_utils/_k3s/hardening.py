# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/hardening.md promises, held against what was seen on a host (pure)."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import kernel

#: A pod that Pod Security's baseline refuses (kubernetes.io, Pod Security Standards: privileged containers).
PRIVILEGED_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "groundwork-verify"},
    "spec": {"containers": [{"name": "privileged", "image": "privileged", "securityContext": {"privileged": True}}]},
}
FILTERED, REFUSED, OPEN = "filtered", "refused", "open"


@dataclass(frozen=True)
class Door:
    """How another node answers on a port that a flow opens, and on one that none does: filtered, refused or open."""

    address: str
    opened: str
    closed: str


@dataclass(frozen=True)
class Evidence:
    """What one host was seen to do. None: there was no answer, or it does not concern this host."""

    is_server: bool
    kernel_settings: t.Mapping[str, str] = field(default_factory=dict)
    loose: tuple[str, ...] = ()  # files with more permissions than they may have
    secrets_in_clear: tuple[str, ...] | None = None
    audited: bool | None = None  # whether a request that was just made stands in the audit log
    pod_answer: tuple[int, bytes] | None = None  # to PRIVILEGED_POD, dry
    leaks: tuple[str, ...] = ()  # annotations of Nodes in which a token of this host stands
    table: bool | None = None  # whether the firewall's table is loaded
    doors: tuple[Door, ...] = ()


def problems(seen: Evidence, secrets_encrypted: bool, firewall: bool) -> list[str]:
    """One line per broken promise, each with its remedy. The last two say what the matrix wants."""
    found = [f"{line}; repeat site.yml --tags host_base" for line in kernel.problems(seen.kernel_settings)]
    found += [f"{line}; tighten it" for line in seen.loose]
    if seen.is_server:
        found += _server(seen, secrets_encrypted)
    return found + (_firewall(seen) if firewall else [])


def _server(seen: Evidence, secrets_encrypted: bool) -> list[str]:
    found = []
    if secrets_encrypted and seen.secrets_in_clear is None:
        found.append("etcd did not show whether Secrets are encrypted")
    elif secrets_encrypted and seen.secrets_in_clear:
        found.append(f"{seen.secrets_in_clear[0]} lies in etcd in clear; see 'k3s secrets-encrypt status', then rotate.yml -e rotate=encryption-keys")
    if not seen.audited:
        found.append("a request to the API did not reach the audit log; does the running kube-apiserver have audit-log-path? Repeat site.yml --tags k3s")
    return found + _pod_security(seen.pod_answer) + [f"{name} shows a token; change it with rotate.yml, and give K3s tokens by file" for name in seen.leaks]


def _pod_security(answer: tuple[int, bytes] | None) -> list[str]:
    if answer is None:
        return ["the API did not say whether it takes a privileged pod"]
    status, body = answer
    if status == 403 and b"violates PodSecurity" in body:
        return []
    if status in (200, 201):
        return ["a privileged pod is admitted to namespace default; does the running kube-apiserver have admission-control-config-file, or a label allow it?"]
    return [f"a privileged pod in namespace default was answered with HTTP {status}, not by Pod Security: {_message(body)}"]


def _firewall(seen: Evidence) -> list[str]:
    found = [] if seen.table else ["the firewall's table is not loaded; repeat site.yml --tags host_firewall"]
    for door in seen.doors:
        if door.closed != FILTERED:
            found.append(f"{door.address} answers on a port that no flow opens ({door.closed}); repeat site.yml --tags host_firewall")
        if door.opened == FILTERED:
            found.append(f"{door.address} does not answer on a port that a flow opens; is it up, and is another firewall in the way?")
    return found


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"
