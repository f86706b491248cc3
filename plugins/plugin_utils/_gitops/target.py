# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One environment as the renderer sees it: the facts of the matrix that its part of the tree is made from."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.compatibility import release_line
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.platform_facts import AUTHORITY, platform_facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Environment


@dataclasses.dataclass(frozen=True)
class Target:
    """An environment of a loaded matrix. ``authorities``: PEM texts by the path that the matrix gives."""

    loaded: Loaded
    key: str
    authorities: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def cni(self) -> str:
        """Its pod network."""
        return self._site.k3s.cni

    @property
    def kubernetes(self) -> str:
        """Its Kubernetes, such as 1.35."""
        return release_line(self._site.k3s.version)

    @property
    def servers(self) -> list[str]:
        """Addresses of the servers: where the API is, and where it asks webhooks from."""
        return [machine.address for machine in self._site.servers]

    @property
    def nodes(self) -> list[str]:
        """Addresses of all nodes."""
        return [machine.address for machine in self._site.machines]

    @property
    def cluster_cidr(self) -> str:
        """Addresses of pods."""
        return str(self._site.k3s.config["cluster-cidr"])

    @property
    def pools(self) -> dict[str, tuple[str, bool]]:
        """(addresses, assigned by itself) of each load-balancer pool."""
        return {name: (str(pool.addresses), pool.auto_assign) for name, pool in self.loaded.matrix.environments[self.key].pools.items()}

    @property
    def ca_file(self) -> str | None:
        """Where the certificates of the S3 server's authority are; None: the system knows it."""
        s3 = self._site.backup.s3
        return s3.ca_file if s3 else None

    def facts(self, component: str) -> dict[str, Any]:
        """What parameters may name."""
        known = platform_facts(self.loaded.matrix, self.key, component)
        text = self.authorities.get(self.ca_file or "")
        return known | {AUTHORITY: base64.b64encode(text.encode()).decode()} if text else known

    def values(self, component: str) -> dict[str, Any]:
        """Helm values that only this environment has."""
        part = self.loaded.matrix.environments[self.key]
        own = part.components.get(component) or part.applications.get(component)
        return own.values if own else {}

    @property
    def _site(self) -> Environment:
        return self.loaded.site.environments[self.key]
