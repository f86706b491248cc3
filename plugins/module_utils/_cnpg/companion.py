# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects beside a cluster: databases, roles, stores, poolers, schedules. What they must not say, and whether they have arrived (pure)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.readiness import GRACE
from ansible_collections.groundwork.platform.plugins.module_utils._operator.confirmation import place_of, unconfirmed
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import FAILED, READY, WAIT, Verdict

VERSIONS = {"Database": GROUP, "DatabaseRole": GROUP, "ObjectStore": STORE_GROUP, "Pooler": GROUP, "ScheduledBackup": GROUP}
#: Seconds for two more tries of the instance manager, which waits 30 between them (internal/management/controller).
TRIES = 75.0
#: Seconds within which the operator turns a changed Pooler into a changed Deployment.
LOOKING = 10.0
WINDOW = re.compile(r"[1-9][0-9]*[dwm]")
PLACE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s]*)?")
RESERVED = re.compile(r"postgres|streaming_replica|pg_.*|cnpg_.*")
#: Kinds whose removal can remove data, and the field that says so.
RECLAIM = {"Database": "databaseReclaimPolicy", "DatabaseRole": "databaseRoleReclaimPolicy"}


def faults(kind: str, spec: Object) -> t.Iterator[Problem]:
    """Everything that is wrong with a definition."""
    if kind == "ObjectStore":
        yield from _store(spec)
    elif kind == "ScheduledBackup":
        yield from schedule_faults(str(spec.get("schedule") or ""))
    elif kind == "DatabaseRole":
        if RESERVED.fullmatch(str(spec.get("name") or "")):
            yield Problem("spec.name", f"{spec.get('name')} belongs to PostgreSQL or to the operator", "choose another name")
        if spec.get("passwordSecret") and spec.get("disablePassword"):
            yield Problem("spec.passwordSecret", "a role has a password or has none", "leave one of both out")
        if spec.get("ensure") == "absent":
            yield Problem("spec.ensure", "a DatabaseRole cannot be absent", "use state absent, with databaseRoleReclaimPolicy delete")
        if spec.get("superuser"):
            yield Problem(
                "spec.superuser", "an application that owns everything can lose everything", "give it the database it needs; see enableSuperuserAccess"
            )
    elif kind == "Database" and str(spec.get("name") or "") in ("postgres", "template0", "template1"):
        yield Problem("spec.name", f"{spec['name']} belongs to PostgreSQL", "choose another name")


def _store(spec: Object) -> t.Iterator[Problem]:
    configuration = spec.get("configuration") or {}
    path, policy = str(configuration.get("destinationPath") or ""), spec.get("retentionPolicy")
    if not PLACE.fullmatch(path):
        yield Problem("spec.configuration.destinationPath", f"{path!r} is no place in S3", "write it as s3://bucket/folder")
    if configuration.get("serverName"):
        yield Problem("spec.configuration.serverName", "every cluster that uses the store would write to one server name", "write it at the cluster's plugin")
    if policy is not None and not WINDOW.fullmatch(str(policy)):
        yield Problem("spec.retentionPolicy", f"{policy!r} is no recovery window", "write it as 30d, 4w or 6m")
    if str(configuration.get("endpointURL") or "").startswith("http://"):
        yield Problem(
            "spec.configuration.endpointURL", "the account's requests and all data would travel in the open", "use https, and endpointCA for an own authority"
        )


def schedule_faults(schedule: str) -> t.Iterator[Problem]:
    """CloudNativePG's schedules begin with seconds. Five fields are accepted by the operator and mean something else: 0 3 * * * is hourly."""
    fields = schedule.split()
    if len(fields) == 5:
        reason = f"{schedule!r} has five fields, which CloudNativePG reads with seconds first"
        yield Problem("schedule", reason, f"write '0 {schedule}', or say schedule_format: cron5")
    elif len(fields) != 6 and not schedule.startswith("@"):
        yield Problem("schedule", f"{schedule!r} is no schedule of six fields", "write it as '0 0 2 * * *' (second minute hour day month weekday)")


@dataclass(frozen=True)
class Pods:
    """A Pooler's Deployment, and the generation that it had before the Pooler changed: None if there was none or nothing was changed.

    The Pooler's own status counts pods that were made, whether they run or not (internal/controller/pooler_status.go).
    """

    deployment: Object = field(default_factory=dict)
    before: int | None = None


def judge(kind: str, live: Object, elapsed: float, pods: Pods = Pods()) -> Verdict:
    """Whether an object has arrived in the database. Kinds without a status of their own have arrived with their acceptance."""
    status = live.get("status") or {}
    if kind in ("Database", "DatabaseRole"):
        if status.get("applied"):
            is_new = status.get("observedGeneration") == at(live, "metadata", "generation")
            return Verdict(READY) if is_new else Verdict(WAIT, "the operator has not looked at it yet")
        words = str(status.get("message") or "")
        # A failure names no generation (1.30), and what it needs may be on its way, such as the owner of a database or the right to read a Secret.
        if words and elapsed > TRIES:
            return Verdict(FAILED, words, "correct what it says; the operator tries again by itself")
        return Verdict(WAIT, words or "it has not been applied yet")
    if kind == "Pooler":
        return _pooler(live, pods, elapsed)
    return Verdict(READY)


def _pooler(live: Object, pods: Pods, elapsed: float) -> Verdict:
    reason = str(at(live, "status", "phaseReason") or "")
    if at(live, "status", "phase") == "failed" and elapsed > GRACE:
        return Verdict(FAILED, reason or "the operator gives no reason", "correct what it says")
    deployment, generation = pods.deployment, at(pods.deployment, "metadata", "generation")
    # Settings of PgBouncer leave the Deployment as it is, and no status says that the operator has looked: then the time it takes has to do.
    if generation is not None and generation == pods.before and elapsed < LOOKING:
        return Verdict(WAIT, "the operator has not looked at it yet")
    wanted, there = at(live, "spec", "instances") or 1, deployment.get("status") or {}
    is_new = there.get("observedGeneration") == generation and there.get("updatedReplicas") == there.get("replicas")
    ready = int(there.get("availableReplicas") or 0) if is_new else 0
    return Verdict(READY) if ready == wanted else Verdict(WAIT, f"{ready} of {wanted} poolers are ready {reason}".rstrip())


def absences(value: t.Any, path: str = "spec") -> t.Iterator[str]:
    """Paths of every ``ensure: absent``: the operator drops what it stands at, whatever the reclaim policy (database_controller.go)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "ensure" and inner == "absent":
                yield f"{path}.ensure"
            yield from absences(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from absences(inner, f"{path}[{at(inner, 'name') or number}]")


def loss_problems(kind: str, before: Object | None, document: Object, confirm: str) -> t.Iterator[Problem]:
    """Why a definition may not be brought without a word: because something in PostgreSQL or in the archive would go with it."""
    for reason in _archive_losses(at(before, "spec") or {}, document["spec"]) if kind == "ObjectStore" and before else ():
        yield from unconfirmed(document, confirm, reason, "take it back, or ")
    found = ", ".join(absences(document["spec"]))
    if found:
        yield from unconfirmed(document, confirm, f"absent at {found}: that is dropped in PostgreSQL with what is in it", "take it out, or ")


def _archive_losses(old: Object, new: Object) -> t.Iterator[str]:
    """What a change of an ObjectStore takes from its archive."""
    policies = old.get("retentionPolicy"), new.get("retentionPolicy")
    if days_of(policies[1]) < days_of(policies[0]):
        yield f"retentionPolicy from {policies[0] or 'for ever'} to {policies[1]}: the plugin deletes backups that are older at its next round"
    for name in ("destinationPath", "endpointURL"):
        was, now = (at(spec, "configuration", name) or "" for spec in (old, new))
        if was.rstrip("/") != now.rstrip("/"):
            yield f"{name} from {was or 'none'} to {now or 'none'}: nothing before the next base backup there could be brought back by this store"


def days_of(policy: t.Any) -> float:
    """Length of a recovery window in days, with Barman's months of 31; without a policy nothing is ever deleted."""
    text = str(policy or "")
    return int(text[:-1]) * {"d": 1, "w": 7, "m": 31}[text[-1]] if WINDOW.fullmatch(text) else float("inf")


def removal_problems(kind: str, live: Object, confirm: str) -> t.Iterator[Problem]:
    """Why an object may not be removed without a word: because data would go with it."""
    policy = RECLAIM.get(kind)
    place = place_of(live)
    if kind == "ObjectStore":
        yield from unconfirmed(live, confirm, "clusters that archive there would stop, and fill their volumes")
    elif policy and at(live, "spec", policy) == "delete" and confirm != place:
        yield Problem(place, f"{policy} is delete: what is in PostgreSQL is removed with it", f"write confirm: {place}, or set it to retain first")
