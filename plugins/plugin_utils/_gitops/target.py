# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One environment as the renderer sees it: the facts of the matrix that its part of the tree is made from."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.compatibility import release_line
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.platform_facts import platform_facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Environment


@dataclasses.dataclass(frozen=True)
class Target:
    """An environment of a loaded matrix."""

    loaded: Loaded
    key: str

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

    def facts(self, component: str) -> dict[str, Any]:
        """What parameters may name."""
        return platform_facts(self.loaded.matrix, self.key, component)

    def values(self, component: str) -> dict[str, Any]:
        """Helm values that only this environment has."""
        part = self.loaded.matrix.environments[self.key]
        own = part.components.get(component) or part.applications.get(component)
        return own.values if own else {}

    @property
    def _site(self) -> Environment:
        return self.loaded.site.environments[self.key]
