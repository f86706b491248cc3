# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts have been heard of since a run began to look.

After a loss of power the API goes on saying for a while what was true before: pods stay Ready until their host's kubelet reports, or until its silence is
noticed. The kubelet renews its Lease every ten seconds (kubernetes.io/docs/concepts/architecture/leases), so a Lease that has not changed since the first look
is no sign of life. Clocks are not compared.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at


class Heartbeats:
    """What the Leases of hosts said when they were looked at first."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._first: dict[str, t.Any] = {}

    def missing(self, nodes: t.Iterable[str]) -> list[str]:
        """Hosts that have not renewed their Lease since; one without a Lease cannot be judged, and is not named."""
        return [node for node in sorted({node for node in nodes if node}) if self._is_silent(node)]

    def _is_silent(self, node: str) -> bool:
        lease = self._api.get(Reference("coordination.k8s.io/v1", "Lease", node, "kube-node-lease"))
        renewed = at(lease, "spec", "renewTime")
        return renewed is not None and renewed == self._first.setdefault(node, renewed)
