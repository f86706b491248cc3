# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has *this* change arrived, and is the cluster well (pure)? A MariaDB has no observedGeneration: its status may be older than its spec.

So "Ready" counts only together with evidence of the change in the StatefulSet, pods and volumes, and only once it has stayed that way for a
while (Stability). The condition Ready can also be older than trouble: while Galera is not ready, or a backup is being restored, the operator
does not write it anew.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import is_galera, members_of
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.observe import Observed, Pod
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.quantity import same, smaller
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, READY, STUCK, WAIT, Verdict

#: Conditions that must not be False, with what it means that they are.
TROUBLES = {
    "GaleraReady": "Galera is not ready",
    "GaleraInitialized": "Galera is being initialised",
    "Initialized": "the cluster is being initialised",
    "BackupRestored": "a backup is being restored",
    "PrimarySwitched": "the primary is being switched",
    "StorageResized": "volumes are being enlarged",
    "Updated": "members are being made anew",
    "ScaledOut": "members are being added",
}
#: Reasons that waiting does not end, with the next step.
FAILURES = {
    "InitError": "correct what the message names; the volumes of a cluster that never began may be deleted before the next try",
    "ScaleOutError": "correct what the message names; the members that were there go on",
    "Suspended": "set suspend: false; the operator does nothing meanwhile",
}


@dataclass(frozen=True)
class Wish:
    """What is waited for. ``primary`` is the number of the member that has to be primary, if it matters."""

    spec: Object
    primary: int | None = None


def judge(wish: Wish, seen: Observed) -> Verdict:
    """One look."""
    for kind in ("Initialized", "ScaledOut", "Ready"):
        status, reason, message = seen.says(kind)
        if status == "False" and reason in FAILURES:
            return Verdict(FAILED, f"{reason}: {message}".rstrip(": "), FAILURES[reason])
    for pod in seen.pods:
        if pod.stuck and pod.stuck[0] in STUCK and not pod.leaving:
            return Verdict(FAILED, f"pod {pod.name}: {pod.stuck[0]}: {pod.stuck[1]}".rstrip(": "), STUCK[pod.stuck[0]])
    missing = [*_troubles(wish, seen), *lacking(wish, seen)]
    if missing:
        return Verdict(WAIT, "; ".join(missing[:3]))
    status, reason, message = seen.says("Ready")
    if status != "True" or reason in ("Failed", "PendingUpdate"):
        return Verdict(WAIT, f"{reason}: {message}".strip(": ") or "the operator has not looked at it yet")
    return Verdict(READY)


def lacking(wish: Wish, seen: Observed) -> t.Iterator[str]:
    """Evidence of the change that is not there yet."""
    wanted = members_of(wish.spec)
    living = [pod for pod in seen.pods if not pod.leaving]
    if not seen.current or seen.members != wanted:
        yield f"the StatefulSet is that of {seen.members} members" if seen.members != wanted else "the StatefulSet has not been looked at"
    if len(living) != wanted:
        yield f"{len(living)} of {wanted} members have pods"
    for pod in living:
        yield from _pod(wish, seen, pod)
    size = at(wish.spec, "storage", "size")
    for volume in seen.volumes[:wanted]:
        if not volume.bound:
            yield f"volume claim {volume.name} is not bound"
        elif size and smaller(volume.capacity, size):
            yield f"volume {volume.name} has {volume.capacity} of {size}"
    if wish.primary is not None and at(seen.mariadb, "status", "currentPrimaryPodIndex") != wish.primary:
        yield f"member {wish.primary} is not primary yet"


def _troubles(wish: Wish, seen: Observed) -> t.Iterator[str]:
    for kind, meaning in TROUBLES.items():
        if seen.says(kind)[0] == "False":
            yield meaning
    if is_galera(wish.spec) and not seen.says("GaleraReady")[0]:
        yield "the cluster has not formed yet"


def _pod(wish: Wish, seen: Observed, pod: Pod) -> t.Iterator[str]:
    if not pod.ready:
        yield f"pod {pod.name} is not ready" + (f" ({pod.stuck[0]}: {pod.stuck[1]})".replace(": )", ")") if pod.stuck else "")
    image = wish.spec.get("image")
    if image and pod.image and pod.image != image:
        yield f"pod {pod.name} runs {pod.image}"
    if at(wish.spec, "updateStrategy", "type") in ("Never", "OnDelete"):
        return
    if seen.revision and pod.revision != seen.revision:
        yield f"pod {pod.name} is of an older revision"
    resources = wish.spec.get("resources")
    if resources and not _within(resources, pod.resources):
        yield f"pod {pod.name} has other resources"


def _within(wanted: t.Any, there: t.Any) -> bool:
    """Whether everything that is wanted is there; quantities as numbers."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_within(value, there.get(key)) for key, value in wanted.items())
    return same(wanted, there)
