# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One object behind one API: reading it, and waiting for it with progress. Each operator's room says which object, and how to judge it."""

from __future__ import annotations

import datetime
import time
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference, passes
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api, Patience, Tell
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, HUMAN, WAIT, Stability, Verdict

POLL_SECONDS = 2.0
LATE = "run again, which goes on waiting; or raise wait_timeout"


@dataclass
class Session:
    """The API, the object that is worked on, and the clocks."""

    GROUP: t.ClassVar[str]
    KIND: t.ClassVar[str]

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
        """How people call the object."""
        return f"{self.namespace}/{self.name}"

    def reference(self, kind: str = "", name: str = "", namespace: str = "", api_version: str = "") -> Reference:
        """An object of the operator, the one that is worked on unless something is named."""
        return Reference(api_version or self.GROUP, kind or self.KIND, name or self.name, namespace or self.namespace)

    def now(self) -> datetime.datetime:
        """The time of day, for what is written down."""
        return datetime.datetime.now(datetime.timezone.utc)

    def cluster(self) -> Object | None:
        """The object, or None."""
        return self.api.get(self.reference())

    def existing(self) -> Object:
        """The object; raises Refused where there is none."""
        found = self.cluster()
        if found is None:
            raise Refused([Problem(self.place, "there is no such cluster", "look whether name and namespace are right; state present makes one")])
        return found

    def growing(self) -> frozenset[str]:
        """Storage classes that can enlarge volumes."""
        classes = self.api.objects("storage.k8s.io/v1", "StorageClass")
        return frozenset(str(at(found, "metadata", "name")) for found in classes if found.get("allowVolumeExpansion"))

    def warn(self, text: str) -> None:
        """A warning, once."""
        if text and text not in self.warnings:
            self.warnings.append(text)

    def settle(self, judge: t.Callable[[float], Verdict], changed: bool, late: str = LATE) -> Verdict:
        """Wait until a look says READY and goes on saying so; what nobody changed and is well is not watched for longer.

        ``judge`` looks, told how many seconds ago the change was (inf: there was none). Raises Refused for a failure and when time is up.
        HUMAN is an answer: somebody has to act, and waiting longer does not help. An API server that goes away meanwhile is waited for, too. ``late`` is
        the remedy when time is up.
        """
        stability, broken = Stability(self.patience.stable if changed else 0.0), Stability(0.0, state=FAILED)
        started, said = self.clock(), ""
        while True:
            verdict = self._seen(judge, self.clock() - started if changed else float("inf"))
            now = self.clock()
            self.warn(verdict.warning)
            broken = replace(broken, wanted=verdict.heals).next(verdict, now)
            if broken.reached(now) or (verdict.state == FAILED and not self.patience.wait):
                raise Refused([Problem(self.place, verdict.message, verdict.remedy)])
            stability = stability.next(verdict, now)
            if verdict.state == HUMAN or stability.reached(now) or not self.patience.wait:
                return verdict
            if now - started > self.patience.timeout:
                raise Refused([self._late(verdict.message or "it is well, but not for long enough", late)])
            if verdict.message and verdict.message != said:
                said = verdict.message
                self.tell(f"{now - started:.0f} s: {said}")
            self.sleep(POLL_SECONDS)

    def until(self, what: str, done: t.Callable[[], bool], poll: float = POLL_SECONDS) -> None:
        """Wait for anything else that only looks; raises Refused when time is up."""
        stopped = self.clock() + self.patience.timeout
        while (answer := self._answered(done)) is not True:
            if self.clock() > stopped:
                raise Refused([self._late(f"{what}; {answer}" if answer else what)])
            self.sleep(poll)

    def _seen(self, judge: t.Callable[[float], Verdict], elapsed: float) -> Verdict:
        try:
            return judge(elapsed)
        except KubeError as problem:
            if not self.patience.wait or not passes(problem):
                raise
            return Verdict(WAIT, str(problem))

    def _answered(self, done: t.Callable[[], bool]) -> bool | str:
        """Whether it is done; a text where nobody could say."""
        try:
            return done()
        except KubeError as problem:
            if not passes(problem):
                raise
            return str(problem)

    def _late(self, what: str, remedy: str = LATE) -> Problem:
        return Problem(self.place, f"after {self.patience.timeout:.0f} s still: {what}", remedy)
