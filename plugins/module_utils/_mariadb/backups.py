# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups and restores: what they are asked for, and how they really ended (pure).

mariadb-operator sets the condition Complete to True for a job that *failed*, too (pkg/condition/complete.go): only its reason tells them
apart. bootstrapFrom believes that condition and deletes the Restore, so a cluster whose restore failed looks like one that was restored
(internal/controller/mariadb_controller.go, reconcileRestore). That is why a restore here is a Restore of its own into an empty cluster.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP, condition, is_galera
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at, moment, name_of

RUNNING, DONE, FAILED, SCHEDULED = "running", "done", "failed", "scheduled"
SUCCESSES = frozenset({"JobComplete", "CronJobSuccess", "SnapshotComplete"})
FAILURES = frozenset({"JobFailed", "SnapshotFailed"})
#: Galera refuses to drop mysql.wsrep_streaming_log, so a dump with MariaDB's own tables never comes back into a Galera cluster
#: (mariadb-operator #1757, in 25.10 and 26.6); and Galera does not replicate the tables of rights. One flag: of several --ignore-table the operator
#: keeps the last.
WITHOUT_SYSTEM = "--ignore-database=mysql"
#: Texts of S3 servers, of MariaDB's programs and of the operator, and what helps. The first that is found counts.
REASONS = (
    (r"NoSuchBucket|bucket does not exist", "the bucket does not exist: create it, or correct storage.s3.bucket"),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|Access Denied|\b403\b", "the account is wrong or may not: correct the Secret, or the policy"),
    (r"certificate|x509", "the server's certificate is not trusted: set storage.s3.tls.caSecretKeyRef"),
    (r"connection refused|no such host|i/o timeout|dial tcp", "the S3 server does not answer: it, its name or a network policy"),
    (r"No space left", "the staging volume is full: set stagingStorage"),
    (r"no valid backup files", "there is no backup in this place before that time"),
    (r"gzip|invalid header|unexpected EOF|bzip2|checksum", "the backup is damaged: restore an older one"),
    (r"wsrep_streaming_log", f"no Galera cluster takes MariaDB's own tables back: restore into one server without galera, dump it with {WITHOUT_SYSTEM}"),
    (r"ERROR [0-9]+ \([0-9A-Z]{5}\)", "MariaDB refused the dump's SQL: the backup is damaged, or made by a newer version"),
)
FIVE_FIELDS = re.compile(r"\S+(?:\s+\S+){4}")


@dataclass(frozen=True)
class Result:
    """How a Backup, PhysicalBackup, Restore or SqlJob stands, with the operator's words."""

    state: str
    words: str = ""


def result_of(thing: Object) -> Result:
    """By the reason, never by the status."""
    found = condition(thing, "Complete")
    status, reason, words = str(found.get("status") or ""), str(found.get("reason") or ""), str(found.get("message") or "")
    # of a schedule whose last run failed the reason says "CronJobScheduled", and only the message the truth
    if reason in FAILURES or words == "Failed":
        return Result(FAILED, words)
    if reason in SUCCESSES and status == "True":
        return Result(DONE, words)
    if at(thing, "spec", "schedule") and reason.startswith("CronJob") and reason != "CronJobRunning":
        return Result(SCHEDULED, words)
    return Result(RUNNING, words)


def finished_at(thing: Object) -> datetime.datetime | None:
    """When it succeeded; None if it has not."""
    return moment(condition(thing, "Complete").get("lastTransitionTime")) if result_of(thing).state == DONE else None


def newest(backups: t.Iterable[Object], cluster: str, jobs: t.Iterable[Object] = ()) -> tuple[str, datetime.datetime | None]:
    """(name, time) of the last backup of a cluster that succeeded; of a schedule its CronJob knows the time."""
    succeeded = {name_of(job): moment(at(job, "status", "lastSuccessfulTime")) for job in jobs}
    found = []
    for backup in backups:
        if at(backup, "spec", "mariaDbRef", "name") == cluster:
            when = succeeded.get(name_of(backup)) if at(backup, "spec", "schedule") else finished_at(backup)
            if when is not None:
                found.append((when, name_of(backup)))
    return (max(found)[1], max(found)[0]) if found else ("", None)


def remedy_of(words: str) -> str:
    """What helps against a failure, by its words."""
    for pattern, remedy in REASONS:
        if re.search(pattern, words, re.IGNORECASE):
            return remedy
    return "read the log of the job's pods"


def failure(thing: Object, log: str = "") -> Problem:
    """Why it failed, with the end of its pod's log."""
    words = log.strip() or result_of(thing).words or "the operator gives no reason"
    return Problem(f"{thing.get('kind')} {name_of(thing)}", words, remedy_of(words))


def faults(spec: Object) -> t.Iterator[Problem]:
    """What a Backup must not say."""
    cron = at(spec, "schedule", "cron")
    if cron is not None and not FIVE_FIELDS.fullmatch(str(cron).strip()):
        yield Problem("schedule", f"{cron!r} has not five fields", "write minute, hour, day, month, weekday, such as 30 2 * * *")
    s3 = at(spec, "storage", "s3")
    if s3 is None:
        yield Problem("storage.s3", "a backup beside the database goes where the database goes", "name bucket, endpoint and the Secret with the account")
        return
    if "://" in str(s3.get("endpoint") or ""):
        yield Problem("storage.s3.endpoint", f"{s3['endpoint']} has a scheme", "write host and port; tls.enabled says that it is HTTPS")
    if not at(s3, "tls", "enabled"):
        yield Problem("storage.s3.tls.enabled", "account and data would go through the network in the open", "set it to true")
    if not s3.get("prefix"):
        yield Problem("storage.s3.prefix", "two clusters in one place restore each other's data", "give every cluster and environment its own")


def shared_place(spec: Object, namespace: str, cluster: str, others: t.Iterable[Object]) -> t.Iterator[Problem]:
    """Another cluster that dumps into the same place: a restore takes the newest file there, whosever it is."""
    mine = _place(spec)
    for other in others:
        owner = (at(other, "metadata", "namespace"), at(other, "spec", "mariaDbRef", "name"))
        if mine is not None and _place(other.get("spec") or {}) == mine and owner != (namespace, cluster):
            reason = f"{owner[0]}/{owner[1]} dumps into the same place ({'/'.join(mine[1:])})"
            yield Problem("storage.s3.prefix", reason, "give this cluster a prefix of its own")


def _place(spec: Object) -> tuple[str, str, str] | None:
    s3 = at(spec, "storage", "s3")
    return (str(s3.get("endpoint")), str(s3.get("bucket")), str(s3.get("prefix") or "").strip("/")) if s3 else None


def foreign(s3: t.Mapping[str, t.Any] | None, folder: str, source: str) -> t.Iterator[Problem]:
    """Why a place in S3 is not read: it is not in the folder of the cluster's environment, and nothing masks a MariaDB on its way."""
    prefix, own = str((s3 or {}).get("prefix") or "").strip("/"), folder.strip("/")
    if s3 is not None and own and prefix != own and not prefix.startswith(f"{own}/"):
        reason = f"it reads {s3.get('bucket')}/{prefix}, which is not in {own}, the folder of this cluster's environment; nothing masks a MariaDB on its way"
        yield Problem(source, reason, "restore it in its own environment; or correct the folder, if it is of this one")


def for_galera(spec: t.Mapping[str, t.Any]) -> Object:
    """A Backup's spec as a Galera cluster needs it; one that chooses databases itself stays as it is."""
    given = list(spec.get("args") or [])
    chosen = bool(spec.get("databases")) or any(str(flag).strip().startswith(("--databases", "--ignore-database")) for flag in given)
    return dict(spec) if chosen else {**spec, "args": [*given, WITHOUT_SYSTEM]}


def as_needed(cluster: t.Mapping[str, t.Any], spec: t.Mapping[str, t.Any]) -> Object:
    """A Backup's spec so that the cluster with this definition takes its dump back."""
    return for_galera(spec) if is_galera(cluster) else dict(spec)


def backup_object(name: str, namespace: str, cluster: str, spec: Object) -> Object:
    """One logical backup, taken now."""
    own = {"mariaDbRef": {"name": cluster}, "compression": "gzip", "backoffLimit": 1, "restartPolicy": "Never", **spec}
    return {"apiVersion": GROUP, "kind": "Backup", "metadata": {"name": name, "namespace": namespace}, "spec": own}


def restore_object(name: str, namespace: str, cluster: str, source: Object, labels: t.Mapping[str, str] | None = None) -> Object:
    """One restore into a cluster. ``source`` says from where: backupRef, or s3, and targetRecoveryTime."""
    # zero would be taken for nothing said, which means five
    spec = {"mariaDbRef": {"name": cluster}, "backoffLimit": 1, "restartPolicy": "Never", **source}
    return {"apiVersion": GROUP, "kind": "Restore", "metadata": {"name": name, "namespace": namespace, "labels": dict(labels or {})}, "spec": spec}


def target_problems(target: str, now: datetime.datetime) -> t.Iterator[Problem]:
    """Why a time cannot be gone back to. Between backups there is nothing: a dump is one moment."""
    if not target:
        return
    place = "target_time"
    try:
        found = datetime.datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", target))
    except ValueError:
        yield Problem(place, f"{target!r} is no time", "write it as 2026-11-22T02:30:00+01:00")
        return
    if found.tzinfo is None:
        yield Problem(place, f"{target!r} has no zone", "write it as 2026-11-22T02:30:00+01:00; databases, S3 and people live in different ones")
    elif found > now:
        yield Problem(place, f"{target} is still to come", "leave it out for the newest backup")
