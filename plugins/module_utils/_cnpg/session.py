# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster behind one API: reading it, and waiting for it with progress."""

from __future__ import annotations

import datetime
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Observed, observe
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import Wish, judge
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api, Patience, Tell
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, HUMAN, Stability, Verdict

POLL_SECONDS = 2.0


@dataclass
class Session:
    """The API, the cluster that is worked on, and the clocks."""

    api: Api
    namespace: str
    name: str
    check_mode: bool = False
    patience: Patience = field(default_factory=Patience)
    clock: t.Callable[[], float] = time.monotonic
    sleep: t.Callable[[float], None] = time.sleep
    tell: Tell = lambda _message: None
    warnings: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """How people call the cluster."""
        return f"{self.namespace}/{self.name}"

    def reference(self, kind: str = "Cluster", name: str = "", namespace: str = "", api_version: str = GROUP) -> Reference:
        """An object of the operator, the cluster itself unless something is named."""
        return Reference(api_version, kind, name or self.name, namespace or self.namespace)

    def now(self) -> datetime.datetime:
        """The time of day, for what is written down."""
        return datetime.datetime.now(datetime.timezone.utc)

    def cluster(self) -> Object | None:
        """The Cluster, or None."""
        return self.api.get(self.reference())

    def existing(self) -> Object:
        """The Cluster; raises Refused where there is none."""
        found = self.cluster()
        if found is None:
            raise Refused([Problem(self.place, "there is no such cluster", "look whether name and namespace are right; state present makes one")])
        return found

    def store(self, name: str, namespace: str = "") -> Object | None:
        """An ObjectStore, or None."""
        return self.api.get(self.reference("ObjectStore", name, namespace, STORE_GROUP)) if name else None

    def look(self, cluster: Object | None = None) -> Observed:
        """The cluster with its pods and volumes, now."""
        selector = f"cnpg.io/cluster={self.name}"
        found = self.existing() if cluster is None else cluster
        return observe(
            found, self.api.objects("v1", "Pod", self.namespace, selector), self.api.objects("v1", "PersistentVolumeClaim", self.namespace, selector)
        )

    def growing(self) -> frozenset[str]:
        """Storage classes that can enlarge volumes."""
        classes = self.api.objects("storage.k8s.io/v1", "StorageClass")
        return frozenset(str(at(found, "metadata", "name")) for found in classes if found.get("allowVolumeExpansion"))

    def warn(self, text: str) -> None:
        """A warning, once."""
        if text and text not in self.warnings:
            self.warnings.append(text)

    def settled(self, wish: Wish, changed: bool) -> Verdict:
        """Wait until the wish is true and stays so; a cluster that nobody changed and that is well is not watched for longer.

        Raises Refused for a failure and when time is up. HUMAN is an answer: somebody has to act, and waiting longer does not help.
        """
        stability = Stability(self.patience.stable if changed else 0.0)
        started, said = self.clock(), ""
        while True:
            verdict = judge(wish, self.look(), self.clock() - started if changed else float("inf"))
            now = self.clock()
            self.warn(verdict.warning)
            if verdict.state == FAILED:
                raise Refused([Problem(self.place, verdict.message, verdict.remedy)])
            stability = stability.next(verdict, now)
            if verdict.state == HUMAN or stability.reached(now) or not self.patience.wait:
                return verdict
            if now - started > self.patience.timeout:
                raise Refused([self._late(verdict.message or "it is well, but not for long enough")])
            if verdict.message and verdict.message != said:
                said = verdict.message
                self.tell(f"{now - started:.0f} s: {said}")
            self.sleep(POLL_SECONDS)

    def until(self, what: str, done: t.Callable[[], bool], poll: float = POLL_SECONDS) -> None:
        """Wait for anything else; raises Refused when time is up."""
        started = self.clock()
        while not done():
            if self.clock() - started > self.patience.timeout:
                raise Refused([self._late(what)])
            self.sleep(poll)

    def _late(self, what: str) -> Problem:
        return Problem(self.place, f"after {self.patience.timeout:.0f} s still: {what}", "run again, which goes on waiting; or raise wait_timeout")
