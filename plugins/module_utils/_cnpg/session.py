# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Cluster of CloudNativePG: reading it with what belongs to it, and waiting for it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import logs
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Observed, observe
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import Wish, judge
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator import session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Object, Refused
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import Verdict


@dataclass
class Session(session.Session):
    """A session with a Cluster."""

    GROUP: t.ClassVar[str] = GROUP
    KIND: t.ClassVar[str] = "Cluster"

    def store(self, name: str, namespace: str = "") -> Object | None:
        """An ObjectStore, or None."""
        return self.api.get(self.reference("ObjectStore", name, namespace, STORE_GROUP)) if name else None

    def look(self, cluster: Object | None = None) -> Observed:
        """The cluster with its pods and volumes, now."""
        selector = f"cnpg.io/cluster={self.name}"
        found = self.existing() if cluster is None else cluster
        seen = observe(
            found, self.api.objects("v1", "Pod", self.namespace, selector), self.api.objects("v1", "PersistentVolumeClaim", self.namespace, selector)
        )
        return replace(seen, failures=tuple(replace(one, error=logs.of_job(self.api, self.namespace, one.pods[-1], one.role)) for one in seen.failures))

    def patch(self, change: Object, subresource: str = "") -> Object:
        """Change fields that no definition holds; raises Refused with the next step."""
        try:
            return self.api.patch(self.reference(), change, OPERATOR, subresource, dry_run=self.check_mode)
        except KubeError as error:
            raise Refused([explained(error)]) from error

    def settled(self, wish: Wish, changed: bool) -> Verdict:
        """Wait until the wish is true and stays so; raises Refused."""
        first: Observed | None = None

        def looked(elapsed: float) -> Verdict:
            nonlocal first
            seen = self.look()
            first = first or seen
            return judge(replace(wish, first=first), seen, elapsed)

        return self.settle(looked, changed)
