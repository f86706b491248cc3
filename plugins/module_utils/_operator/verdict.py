# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one look at an object says, and for how long it has said so (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at

READY, WAIT, FAILED, HUMAN = "ready", "wait", "failed", "human"

#: Why a container of an instance cannot start, where waiting does not help.
STUCK = {
    "ImagePullBackOff": "the image cannot be pulled; correct imageName, or load the image onto the nodes",
    "InvalidImageName": "the name of the image is malformed; correct imageName",
    "ErrImageNeverPull": "the image is not on the node and imagePullPolicy is Never; load it",
    "CreateContainerConfigError": "a Secret or ConfigMap that the pod needs is missing",
}


@dataclass(frozen=True)
class Verdict:
    """What one look says: ``message`` is what is waited for or what failed, ``remedy`` the next step, ``warning`` something odd.

    ``heals`` is the time in seconds within which such a failure may go away by itself: it counts once it has stood for longer.
    """

    state: str
    message: str = ""
    remedy: str = ""
    warning: str = ""
    heals: float = 0.0


@dataclass(frozen=True)
class Stability:
    """For how long the verdict has been the same (READY) without a break (pure: times come from outside)."""

    wanted: float
    since: float | None = None
    state: str = READY

    def next(self, verdict: Verdict, now: float) -> Stability:
        """After one more look."""
        if verdict.state != self.state:
            return replace(self, since=None)
        return self if self.since is not None else replace(self, since=now)

    def reached(self, now: float) -> bool:
        """Whether it has been long enough."""
        return self.since is not None and now - self.since >= self.wanted


def stuck_of(pod: Object) -> tuple[str, str] | None:
    """Reason and message of a container that cannot start, or of a pod without a node."""
    for status in [*(at(pod, "status", "initContainerStatuses") or []), *(at(pod, "status", "containerStatuses") or [])]:
        waiting = at(status, "state", "waiting")
        if waiting and waiting.get("reason"):
            return str(waiting["reason"]), str(waiting.get("message") or "")
    for condition in at(pod, "status", "conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("reason") or "Unschedulable"), str(condition.get("message") or "")
    return None
