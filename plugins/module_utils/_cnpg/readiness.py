# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has *this* change arrived, and is the cluster well (pure)? A Cluster has no observedGeneration: its status may be older than its spec.

So "healthy" counts only together with evidence of the change in pods and volumes, and only once it has stayed that way for a while. A failed
phase that was there before the change counts only after the operator has had time to look at the change.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import phases
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import major_in, major_of_data
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Observed, Pod
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.quantity import same, smaller
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, HUMAN, READY, STUCK, WAIT, Verdict

SIDECAR = "plugin-barman-cloud"
#: Seconds that an old failure may stand after a change.
GRACE = 30.0
#: Pods of one job that failed one after the other. The operator's jobs have Kubernetes' own limit, seven, which takes more than ten minutes.
ATTEMPTS = 3
#: The job that is tried once (pkg/reconciler/majorupgrade/job.go); the operator then goes on waiting for it, with PostgreSQL stopped.
MAJOR_UPGRADE = "major-upgrade"
TAKE_BACK = (
    "state present with the old image, the old serverName and disruption: downtime starts the old version again, whose data was not changed; "
    "the log of pod {pod} says what pg_upgrade does not like"
)


@dataclass(frozen=True)
class Wish:
    """What is waited for. ``before`` is the phase and reason from before the change, ``first`` what was seen right after it: pods cannot know of it yet."""

    spec: Object
    before: tuple[str, str] = ("", "")
    restarted_at: str = ""
    primary: str = ""
    first: Observed | None = None


def judge(wish: Wish, seen: Observed, elapsed: float) -> Verdict:
    """One look, ``elapsed`` seconds after the change."""
    missing = tuple(lacking(wish, seen))
    if seen.phase in phases.FAILED and not _stale(wish, seen, elapsed, missing):
        heals = phases.HEALS if seen.phase in phases.HEALING else 0.0
        return Verdict(FAILED, f"{seen.phase}: {seen.reason}".rstrip(": "), phases.FAILED[seen.phase], heals=heals)
    if broken := _broken(wish, seen, elapsed):
        return broken
    if seen.phase == phases.WAITING_FOR_USER and not _early(wish, seen, elapsed):
        return Verdict(HUMAN, f"{seen.phase}: {seen.reason}".rstrip(": "), "state switched_over completes it")
    if missing:
        return Verdict(WAIT, "; ".join(missing[:3]), warning=_odd(seen))
    if seen.phase != phases.HEALTHY:
        return Verdict(WAIT, f"{seen.phase or 'the operator has not looked at it yet'}: {seen.reason}".rstrip(": "), warning=_odd(seen))
    return Verdict(READY)


def _broken(wish: Wish, seen: Observed, elapsed: float) -> Verdict | None:
    """Pods that cannot start, and jobs that failed; those from before the change only after the operator has had time to replace them."""
    old = wish.first if wish.first and elapsed < GRACE else Observed({})
    old_pods = {pod.name for pod in old.pods if pod.stuck}
    image = wish.spec.get("imageName")
    for pod in seen.pods:
        if pod.stuck and pod.stuck[0] in STUCK and not pod.leaving and pod.name not in old_pods and image in (None, pod.image or image):
            return Verdict(FAILED, f"pod {pod.name}: {pod.stuck[0]}: {pod.stuck[1]}".rstrip(": "), STUCK[pod.stuck[0]])
    old_failed = {name for failure in old.failures for name in failure.pods}
    for failure in seen.failures:
        failed = [name for name in failure.pods if name not in old_failed]
        if failure.role == MAJOR_UPGRADE and failed and not _taken_back(wish, seen):
            words = f"job {failure.job} has failed, and PostgreSQL is stopped: {failure.error}".rstrip(": ")
            return Verdict(FAILED, words, TAKE_BACK.format(pod=failed[-1]))
        if failure.role != MAJOR_UPGRADE and len(failed) >= ATTEMPTS:
            words = f"job {failure.job} has failed {len(failed)} times: {failure.error}".rstrip(": ")
            return Verdict(FAILED, words, f"read the log of pod {failed[-1]}, container {failure.role}, and of its sidecar")
    return None


def _taken_back(wish: Wish, seen: Observed) -> bool:
    """Whether the version that wrote the data is the wanted one, so that the operator removes the job of its upgrade."""
    data = major_of_data(seen.cluster)
    return data is not None and data == major_in(wish.spec)


def _early(wish: Wish, seen: Observed, elapsed: float) -> bool:
    """Whether the operator's call for a person is the one from before the change: replicas have to have the change first."""
    if (seen.phase, seen.reason) != wish.before:
        return False
    replicas = [pod for pod in seen.pods if pod.name != seen.primary and not pod.leaving]
    return elapsed < GRACE or any(line for pod in replicas for line in _pod(wish, pod))


def lacking(wish: Wish, seen: Observed) -> t.Iterator[str]:
    """Evidence of the change that is not there yet."""
    wanted = wish.spec.get("instances")
    living = [pod for pod in seen.pods if not pod.leaving]
    if isinstance(wanted, int):
        if len(living) != wanted:
            yield f"{len(living)} of {wanted} instances have pods"
        if at(seen.cluster, "status", "readyInstances") != wanted:
            yield f"{at(seen.cluster, 'status', 'readyInstances') or 0} of {wanted} instances are ready"
    for pod in living:
        yield from _pod(wish, pod)
    if seen.target != seen.primary:
        yield f"{seen.target or 'an instance'} is to become primary, {seen.primary or 'none'} still is"
    if wish.primary and seen.primary != wish.primary:
        yield f"{wish.primary} is not primary yet"
    for role, section in (("PG_DATA", "storage"), ("PG_WAL", "walStorage")):
        yield from _volumes(seen, role, at(wish.spec, section, "size"), {pod.name for pod in living})


def crowded(cluster: Object) -> str:
    """A warning where instances share hosts, from what the operator saw of them; empty where each has its own."""
    instances, topology = int(at(cluster, "spec", "instances") or 1), at(cluster, "status", "topology") or {}
    used = int(topology.get("nodesUsed") or 0)
    if not topology.get("successfullyExtracted") or not 0 < used < instances:
        return ""
    return f"{instances} instances run on {used} hosts: the loss of one host takes more than one of them (affinity.podAntiAffinityType: required)"


def _pod(wish: Wish, pod: Pod) -> t.Iterator[str]:
    if not pod.ready:
        yield f"pod {pod.name} is not ready" + (f" ({pod.stuck[0]}: {pod.stuck[1]})" if pod.stuck else "")
    image = wish.spec.get("imageName")
    if image and pod.image and pod.image != image:
        yield f"pod {pod.name} runs {pod.image}"
    resources = wish.spec.get("resources")
    if resources and not _within(resources, pod.resources):
        yield f"pod {pod.name} has other resources"
    plugins = {plugin.get("name") for plugin in wish.spec.get("plugins") or [] if plugin.get("enabled", True)}
    if PLUGIN in plugins and SIDECAR not in pod.containers:
        yield f"pod {pod.name} lacks the sidecar of {PLUGIN}"
    if wish.restarted_at and pod.restarted_at != wish.restarted_at:
        yield f"pod {pod.name} has not restarted"


def _volumes(seen: Observed, role: str, size: t.Any, instances: set[str]) -> t.Iterator[str]:
    for volume in seen.volumes:
        if volume.serves != role or volume.instance not in instances:
            continue
        if not volume.bound:
            yield f"volume claim {volume.name} is not bound"
        elif size and smaller(volume.capacity, size):
            yield f"volume {volume.name} has {volume.capacity} of {size}"


def _within(wanted: t.Any, there: t.Any) -> bool:
    """Whether everything that is wanted is there; quantities as numbers."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(_within(value, there.get(key)) for key, value in wanted.items())
    return same(wanted, there)


def _stale(wish: Wish, seen: Observed, elapsed: float, missing: t.Sequence[str]) -> bool:
    """Whether a failure is the one from before the change, which the operator may not have looked at yet."""
    if (seen.phase, seen.reason) != wish.before:
        return False
    growing = seen.phase == phases.DISK_FULL and any(" of " in item and item.startswith("volume ") for item in missing)
    return growing or elapsed < GRACE


def _odd(seen: Observed) -> str:
    known = seen.phase in phases.PROGRESS or seen.phase in phases.FAILED or seen.phase in ("", phases.HEALTHY, phases.WAITING_FOR_USER)
    return "" if known else f"CloudNativePG is in phase {seen.phase!r}, which this collection does not know; it is waited for"
