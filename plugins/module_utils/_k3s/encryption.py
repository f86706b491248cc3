# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a server encrypts Secrets: names and digests, never a key (k3s-contract 7)."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import system
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.paths import Paths

ANNOTATION = "k3s.io/encryption-config-hash"
#: K3s is rewriting every Secret with its new key.
WORKING = ("reencrypt_request", "reencrypt_active")
#: A rotation may begin.
RESTING = ("start", "reencrypt_finished")


@dataclass(frozen=True)
class Encryption:
    """The configuration on a server's disk, which a peer of the server that rotates reads at its start only."""

    enabled: bool
    key: str | None  # name of the key that new Secrets are encrypted with
    digest: str | None  # SHA-256 of the configuration
    announced: str | None = None  # <stage>-<digest>: what its Node tells the others, who compare it; of a server that is down, its own note

    @property
    def stage(self) -> str | None:
        """Where K3s stands in a rotation."""
        return self.announced.partition("-")[0] if self.announced else None

    @property
    def key_made(self) -> float:
        """Seconds since the epoch, which K3s puts into a key's name when it rotates; 0 for the key of the installation."""
        moment = (self.key or "").partition("-")[2].replace("Z", "+00:00")
        try:
            return datetime.fromisoformat(moment).timestamp()
        except ValueError:
            return 0.0


def look(paths: Paths, annotations: t.Mapping[str, str]) -> Encryption | None:
    """What is configured here; None without a configuration. ``annotations`` are those of this server's Node, if it can be asked."""
    path = paths.server_dir / "cred/encryption-config.json"
    try:
        provider = json.loads(path.read_text(encoding="utf-8"))["resources"][0]["providers"][0]
        kind, settings = next(iter(provider.items()))
        keys = settings.get("keys") or []
        announced = annotations.get(ANNOTATION) or path.with_name("encryption-state.json").read_text(encoding="utf-8")
        return Encryption(kind != "identity", keys[0]["name"] if keys else None, system.sha256(path), announced)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, StopIteration):
        return None
