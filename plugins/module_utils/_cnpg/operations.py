# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on a cluster that runs: whether they may be, and what they write (pure). Each answers with problems or with a change."""

from __future__ import annotations

import datetime
import json
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import phases
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import Window
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.observe import Observed
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import Proof
from ansible_collections.groundwork.platform.plugins.module_utils._operator.confirmation import unconfirmed, unproven
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at

FENCED = "cnpg.io/fencedInstances"
HIBERNATION = "cnpg.io/hibernation"
RELOADED = "cnpg.io/reloadedAt"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
ALL = "*"


def successors(seen: Observed) -> list[str]:
    """Replicas that a switchover without a name may go to: ready, not fenced, by name."""
    return [pod.name for pod in seen.pods if pod.ready and not pod.leaving and pod.name != seen.primary and pod.name not in seen.fenced]


def switchover_problems(seen: Observed, target: str, backing_up: t.Sequence[str]) -> t.Iterator[Problem]:
    """Why the instance cannot become primary now."""
    place = f"switchover to {target or 'a replica'}"
    pod = next((pod for pod in seen.pods if pod.name == target), None)
    if not target:
        yield Problem(place, "no replica is ready", "bring a replica up first; the primary alone cannot switch over")
    elif pod is None:
        yield Problem(place, "there is no such instance", f"it may be {', '.join(pod.name for pod in seen.pods) or 'nothing at all'}")
    elif not pod.ready or pod.leaving:
        yield Problem(place, "it is not ready", "wait until it is, or choose another one")
    if {ALL, target} & seen.fenced:
        yield Problem(place, "it is fenced", "take the fence away first")
    if seen.phase not in (phases.HEALTHY, phases.WAITING_FOR_USER):
        yield Problem(place, f"the cluster is in phase {seen.phase!r}", "wait until it is healthy")
    for name in backing_up:
        yield Problem(place, f"backup {name} is running", "wait for its end: a switchover breaks it off")


def under_way(seen: Observed, target: str) -> bool:
    """Whether this very switchover has begun; without a name any one that was asked for is meant."""
    if not seen.target or seen.target == seen.primary:
        return False
    return target == seen.target or (not target and seen.phase == phases.SWITCHOVER)


def switchover_status(target: str, resource_version: str, now: datetime.datetime) -> Object:
    """The patch of the status subresource, the same fields as ``kubectl cnpg promote`` writes; it fails if anything changed meanwhile."""
    return {
        "metadata": {"resourceVersion": resource_version},
        "status": {
            "targetPrimary": target,
            "targetPrimaryTimestamp": now.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "phase": phases.SWITCHOVER,
            "phaseReason": f"Switching over to {target}",
        },
    }


def scale_problems(cluster: Object, instances: int, confirm_pvc_delete: bool) -> t.Iterator[Problem]:
    """Why the number of instances cannot become this."""
    place, now = "instances", int(at(cluster, "spec", "instances") or 1)
    wanted = at(cluster, "spec", "postgresql", "synchronous") or {}
    number = int(wanted.get("number") or 0)
    if instances < 1:
        yield Problem(place, f"{instances} is no number of instances", "use state hibernated to stop all of them and keep the data")
        return
    if instances <= number:
        reason = f"{number} replicas have to confirm every write, and {instances} instances have {instances - 1}"
        yield Problem(place, reason, "lower postgresql.synchronous.number first")
    elif wanted.get("dataDurability") == "required" and number and instances - 1 <= number < now - 1:
        reason = f"with {instances} instances the loss of one would block every write (dataDurability required)"
        yield Problem(place, reason, "keep more instances, or choose preferred first")
    if instances < now and not confirm_pvc_delete:
        yield Problem(place, f"the volumes of {now - instances} instances would be deleted with them", "set confirm_pvc_delete: true if that is wanted")


def fence(seen: Observed, instances: t.Sequence[str], allow_primary: bool, confirm: str) -> tuple[frozenset[str], tuple[Problem, ...]]:
    """The instances that are to be fenced then, and what is against it. All together take the cluster's name, the primary alone a word."""
    known = {pod.name for pod in seen.pods} | set(at(seen.cluster, "status", "instanceNames") or ())
    problems = [
        Problem("instances", f"there is no instance {name}", f"it may be {', '.join(sorted(known)) or 'nothing'}")
        for name in instances
        if name not in {*known, ALL}
    ]
    if ALL in instances:
        problems.extend(unconfirmed(seen.cluster, confirm, "stopping PostgreSQL in all instances is an outage"))
    elif seen.primary in instances and not allow_primary:
        problems.append(Problem("instances", "without its primary nobody can use the database", "set allow_primary: true if that is wanted"))
    elif not allow_primary:
        problems.extend(_quorum_problems(seen, frozenset(instances)))
    wanted = frozenset({ALL}) if ALL in {*instances, *seen.fenced} else seen.fenced | set(instances)
    return wanted, tuple(problems)


def _quorum_problems(seen: Observed, instances: frozenset[str]) -> t.Iterator[Problem]:
    """Why a fence around replicas would be an outage: fewer than have to confirm every write would be left (dataDurability required, the default)."""
    synchronous = at(seen.cluster, "spec", "postgresql", "synchronous") or {}
    number = int(synchronous.get("number") or 0) if synchronous.get("dataDurability") != "preferred" else 0
    confirming = set(successors(seen))
    left = confirming - instances
    if len(left) < number and left != confirming:
        reason = f"{number} replicas have to confirm every write, and {len(left)} would be left: writes would wait for them"
        yield Problem("instances", reason, "fence fewer, or set allow_primary: true if that outage is wanted")


def unfence(seen: Observed, instances: t.Sequence[str]) -> tuple[frozenset[str], tuple[Problem, ...]]:
    """The instances that stay fenced, and what is against it."""
    if ALL in instances or not instances:
        return frozenset(), ()
    if ALL in seen.fenced:
        return seen.fenced, (Problem("instances", "all instances are fenced together", "take the fence away from all of them: leave instances out"),)
    return seen.fenced - set(instances), ()


def fence_annotation(names: t.Iterable[str]) -> str | None:
    """The annotation's value; None removes it."""
    found = sorted(names)
    return json.dumps(found) if found else None


def annotate(name: str, value: str | None) -> Object:
    """A patch of one annotation."""
    return {"metadata": {"annotations": {name: value}}}


def sleep_risk(window: Window, archiving: Object) -> str:
    """Why the volumes of a cluster that goes to sleep would be all there is; empty where an archive has everything."""
    if window.first is None or window.backed_up is None:
        return "there is no base backup: as long as the cluster sleeps, its volumes are all there is"
    if archiving.get("status") != "True":
        return f"WAL is not archived ({archiving.get('message') or 'nobody has reported it'}): what is newer than the archive would be in its volumes only"
    return ""


def absence_problems(cluster: Object, confirm: str, proven: Proof, now: datetime.datetime, oldest: datetime.timedelta) -> t.Iterator[Problem]:
    """Why a cluster and everything in it may not be deleted. ``oldest`` zero: its owner asks for no proof."""
    yield from unconfirmed(cluster, confirm, "deleting a cluster deletes its databases")
    yield from unproven(cluster, proven.at, now, oldest, proven.void)


def hibernation_ended(seen: Observed) -> bool:
    """Whether all instances are stopped."""
    condition = seen.condition(HIBERNATION)
    return condition.get("status") == "True" and not seen.pods


def restarted_since(cluster: Object, annotation: str, since: str) -> bool:
    """Whether a restart or reload that was asked for at or after a time is on record; both are RFC 3339 in UTC, so texts compare."""
    return bool(since) and str((at(cluster, "metadata", "annotations") or {}).get(annotation) or "") >= since
