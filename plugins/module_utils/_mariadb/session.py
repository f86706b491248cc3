# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One MariaDB of mariadb-operator: reading it with what belongs to it, and waiting for it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.observe import Observed, observe
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.readiness import Wish, judge
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._operator import session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import Verdict

LOG_LINES = "15"


@dataclass
class Session(session.Session):
    """A session with a MariaDB."""

    GROUP: t.ClassVar[str] = GROUP
    KIND: t.ClassVar[str] = "MariaDB"

    def look(self, mariadb: Object | None = None) -> Observed:
        """The cluster with its StatefulSet, pods and volumes, now."""
        found = self.existing() if mariadb is None else mariadb
        return observe(found, self.api.get(Reference("apps/v1", "StatefulSet", self.name, self.namespace)), self.pods(), self.claims())

    def pods(self) -> list[Object]:
        """Its members. Pods of jobs carry the cluster's instance label, too, and nothing of a StatefulSet."""
        return self.api.objects("v1", "Pod", self.namespace, f"{self._selector},apps.kubernetes.io/pod-index")

    def claims(self) -> list[Object]:
        """The volume claims of its members, also of those that are gone."""
        return self.api.objects("v1", "PersistentVolumeClaim", self.namespace, self._selector)

    def events(self) -> list[Object]:
        """Of everything in the namespace; none where this account may not look."""
        try:
            return self.api.objects("v1", "Event", self.namespace)
        except KubeError:
            return []

    @property
    def _selector(self) -> str:
        return f"app.kubernetes.io/name=mariadb,app.kubernetes.io/instance={self.name}"

    def patch(self, change: Object, manager: str) -> Object:
        """Change fields that no definition holds."""
        try:
            return self.api.patch(self.reference(), change, manager, dry_run=self.check_mode)
        except KubeError as error:
            raise Refused([explained(error)]) from error

    def log(self, job: str) -> str:
        """The end of the log of a job's last pod, empty if there is none."""
        pods = self.api.objects("v1", "Pod", self.namespace, f"job-name={job}")
        last = max(pods, key=lambda pod: str(at(pod, "metadata", "creationTimestamp") or ""), default=None)
        if last is None:
            return ""
        path = f"/api/v1/namespaces/{self.namespace}/pods/{at(last, 'metadata', 'name')}/log"
        for container in reversed([*(at(last, "spec", "initContainers") or []), *(at(last, "spec", "containers") or [])]):
            answer = self.api.ask("GET", path, {"tailLines": LOG_LINES, "container": str(container.get("name"))})
            text = answer.body.decode("utf-8", "replace").strip() if answer.status == 200 else ""
            if text:
                return text
        return ""

    def settled(self, wish: Wish, changed: bool) -> Verdict:
        """Wait until the wish is true and stays so; raises Refused."""
        return self.settle(lambda _elapsed: judge(wish, self.look()), changed)
