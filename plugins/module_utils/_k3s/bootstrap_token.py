# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens that admit agents for a while, kept as Secrets in the API (pure).

Sources: kubernetes.io, Authenticating with Bootstrap Tokens (form of the Secret); k3s-contract 3.3 (group, agents only).
"""

from __future__ import annotations

import base64
import datetime
import secrets
import string
import typing as t
from dataclasses import dataclass

URL = "/api/v1/namespaces/kube-system/secrets"
TYPE = "bootstrap.kubernetes.io/token"
_GROUP = "system:bootstrappers:k3s:default-node-token"
_SIGNS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class BootstrapToken:
    """``expires``: seconds since the epoch; None for one that somebody else made to last for ever."""

    identifier: str
    password: str
    description: str
    expires: float | None

    def secure(self, ca_hash: str) -> str:
        """What an agent gets, so that it verifies the cluster's CA."""
        return f"K10{ca_hash}::{self.identifier}.{self.password}"

    def usable(self, now: float) -> bool:
        """Whether it still admits anybody; K3s removes the others by itself."""
        return self.expires is None or self.expires > now


def generate(description: str, expires: float) -> BootstrapToken:
    """A new one: 6 signs that are no secret, 16 that are (82 bits)."""
    return BootstrapToken(_random(6), _random(16), description, expires)


def from_secret(found: t.Mapping[str, t.Any]) -> BootstrapToken:
    """Read the API's Secret."""
    data = {key: base64.b64decode(value).decode() for key, value in found.get("data", {}).items()}
    until = data.get("expiration")
    expires = datetime.datetime.fromisoformat(until.replace("Z", "+00:00")).timestamp() if until else None
    return BootstrapToken(data.get("token-id", ""), data.get("token-secret", ""), data.get("description", ""), expires)


def to_secret(token: BootstrapToken) -> dict[str, t.Any]:
    """The Secret that the API takes."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": TYPE,
        "metadata": {"name": f"bootstrap-token-{token.identifier}", "namespace": "kube-system"},
        "stringData": {
            "token-id": token.identifier,
            "token-secret": token.password,
            "description": token.description,
            "expiration": text_of(token.expires),
            "usage-bootstrap-authentication": "true",
            "usage-bootstrap-signing": "true",
            "auth-extra-groups": _GROUP,
        },
    }


def text_of(expires: float | None) -> str | None:
    """The time as RFC 3339 in UTC."""
    return None if expires is None else datetime.datetime.fromtimestamp(expires, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _random(count: int) -> str:
    return "".join(secrets.choice(_SIGNS) for _unused in range(count))
