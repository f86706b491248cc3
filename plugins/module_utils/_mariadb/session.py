# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cluster behind one API: reading it, and waiting for it with progress."""

from __future__ import annotations

import datetime
import time
import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.observe import Observed, observe
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.readiness import Wish, judge
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api, Patience, Tell
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, Stability, Verdict

POLL_SECONDS = 2.0
LOG_LINES = "15"


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

    def reference(self, kind: str = "MariaDB", name: str = "") -> Reference:
        """An object of the operator in this namespace, the cluster itself unless something is named."""
        return Reference(GROUP, kind, name or self.name, self.namespace)

    def now(self) -> datetime.datetime:
        """The time of day, for what is written down."""
        return datetime.datetime.now(datetime.timezone.utc)

    def mariadb(self) -> Object | None:
        """The MariaDB, or None."""
        return self.api.get(self.reference())

    def existing(self) -> Object:
        """The MariaDB; raises Refused where there is none."""
        found = self.mariadb()
        if found is None:
            raise Refused([Problem(self.place, "there is no such cluster", "look whether name and namespace are right; state present makes one")])
        return found

    def look(self, mariadb: Object | None = None) -> Observed:
        """The cluster with its StatefulSet, pods and volumes, now."""
        found = self.existing() if mariadb is None else mariadb
        # pods of jobs carry the cluster's instance label, too, and nothing of a StatefulSet
        selector = f"app.kubernetes.io/name=mariadb,app.kubernetes.io/instance={self.name}"
        pods = self.api.objects("v1", "Pod", self.namespace, f"{selector},apps.kubernetes.io/pod-index")
        claims = self.api.objects("v1", "PersistentVolumeClaim", self.namespace, selector)
        return observe(found, self.api.get(Reference("apps/v1", "StatefulSet", self.name, self.namespace)), pods, claims)

    def growing(self) -> frozenset[str]:
        """Storage classes that can enlarge volumes."""
        classes = self.api.objects("storage.k8s.io/v1", "StorageClass")
        return frozenset(str(at(found, "metadata", "name")) for found in classes if found.get("allowVolumeExpansion"))

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

    def warn(self, text: str) -> None:
        """A warning, once."""
        if text and text not in self.warnings:
            self.warnings.append(text)

    def settled(self, wish: Wish, changed: bool) -> Verdict:
        """Wait until the wish is true and stays so; a cluster that nobody changed and that is well is not watched for longer.

        Raises Refused for a failure and when time is up.
        """
        stability = Stability(self.patience.stable if changed else 0.0)
        started, said = self.clock(), ""
        while True:
            verdict, now = judge(wish, self.look()), self.clock()
            if verdict.state == FAILED:
                raise Refused([Problem(self.place, verdict.message, verdict.remedy)])
            stability = stability.next(verdict, now)
            if stability.reached(now) or not self.patience.wait:
                return verdict
            if now - started > self.patience.timeout:
                raise Refused([self.late(verdict.message or "it is well, but not for long enough")])
            if verdict.message and verdict.message != said:
                said = verdict.message
                self.tell(f"{now - started:.0f} s: {said}")
            self.sleep(POLL_SECONDS)

    def until(self, what: str, done: t.Callable[[], bool]) -> None:
        """Wait for anything else; raises Refused when time is up."""
        started = self.clock()
        while not done():
            if self.clock() - started > self.patience.timeout:
                raise Refused([self.late(what)])
            self.sleep(POLL_SECONDS)

    def late(self, what: str) -> Problem:
        """Time is up."""
        return Problem(self.place, f"after {self.patience.timeout:.0f} s still: {what}", "run again, which goes on waiting; or raise wait_timeout")
