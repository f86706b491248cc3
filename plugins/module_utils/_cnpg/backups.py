# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups: how one ended, and whether the archive can really bring the cluster back (pure)."""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at, moment

ENDED = {"completed": True, "failed": False, "invalid backup definition": False}
RUNNING = frozenset({"", "pending", "started", "running", "finalizing", "walArchivingFailing"})
#: Texts of Barman and of S3 servers, and what helps. The first that is found counts.
REASONS = (
    (r"Expected empty archive", "the archive holds another cluster's WAL: give this cluster a serverName of its own"),
    (r"NoSuchBucket|bucket does not exist|404.*HeadBucket|HeadBucket.*404", "the bucket does not exist: create it, or correct destinationPath"),
    (
        # a bare 403 may be the number of a process
        r"InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|Forbidden|HTTP[ /.:0-9]*\b403\b|code\W{1,4}403\b|\(403\)",
        "the account is wrong or may not: correct the Secret, or the bucket's policy",
    ),
    (r"certificate verify failed|x509", "the server's certificate is not trusted: set endpointCA"),
    (
        r"Could not connect|EndpointConnectionError|Connection refused|timed out|Name or service not known",
        "the S3 server does not answer: it, its name or a firewall",
    ),
    (r"No space left", "a volume is full"),
    (r"checksum|XAmzContentSHA256Mismatch|NotImplemented", "the S3 server does not know newer checksums: set AWS_REQUEST_CHECKSUM_CALCULATION=when_required"),
)


#: The plugin does not write the window again when another cluster has just written to the ObjectStore (internal/cnpgi/instance/backup.go).
LATE = "look at the plugin's log; if another cluster has its backups there, too, take one more: of two that end together only one is written down"


@dataclass(frozen=True)
class Window:
    """What the archive of one server name can bring back (ObjectStore.status.serverRecoveryWindow)."""

    first: datetime.datetime | None = None
    backed_up: datetime.datetime | None = None
    failed: datetime.datetime | None = None


def window_of(store: Object | None, server: str) -> Window:
    """The window of a server name, empty where nothing is known."""
    found = at(store, "status", "serverRecoveryWindow", server) or {}
    return Window(moment(found.get("firstRecoverabilityPoint")), moment(found.get("lastSuccessfulBackupTime")), moment(found.get("lastFailedBackupTime")))


def store_of(cluster: Object) -> tuple[str, str]:
    """(ObjectStore, server name) that a cluster archives to; empty texts where it archives nowhere."""
    for plugin in at(cluster, "spec", "plugins") or []:
        if plugin.get("name") == PLUGIN and plugin.get("enabled", True):
            given = plugin.get("parameters") or {}
            return str(given.get("barmanObjectName") or ""), str(given.get("serverName") or at(cluster, "metadata", "name") or "")
    return "", ""


def ended(backup: Object) -> bool | None:
    """Whether a backup succeeded; None as long as it runs. A phase that is not known runs."""
    return ENDED.get(str(at(backup, "status", "phase") or ""))


def failure(backup: Object, logged: str = "") -> Problem:
    """Why a backup failed, with the operator's words, what the plugin logged, and what helps."""
    said = [str(at(backup, "status", key) or "") for key in ("error", "commandError")]
    words = " ".join(part for part in (*said, logged) if part) or "the operator gives no reason"
    return Problem(f"backup {at(backup, 'metadata', 'name')}", words, remedy_of(words))


def remedy_of(words: str) -> str:
    """What helps against an error of the archive."""
    for pattern, remedy in REASONS:
        if re.search(pattern, words, re.IGNORECASE):
            return remedy
    return "read the log of the container plugin-barman-cloud in the instance's pod"


def telling(log: str) -> str:
    """The last line of a log that says what helps, as much of it as is around that; empty where none does."""
    for line in reversed(log.splitlines()):
        found = next((match for match in (re.search(pattern, line, re.IGNORECASE) for pattern, _remedy in REASONS) if match), None)
        if found:
            return line[max(0, found.start() - 120) : found.end() + 120].strip()
    return ""


def completed_problems(backup: Object, before: Window, after: Window, archiving: Object) -> t.Iterator[Problem]:
    """Why a backup that is reported complete is not one: the window did not move, or WAL is not archived."""
    place = f"backup {at(backup, 'metadata', 'name')}"
    if after.first is None or after.backed_up is None:
        yield Problem(place, "is complete, but the ObjectStore knows no time to go back to", "look at the ObjectStore's status and at the plugin's log")
    elif before.backed_up is not None and after.backed_up <= before.backed_up:
        yield Problem(place, f"is complete, but the last backup in the ObjectStore is still that of {before.backed_up.isoformat()}", LATE)
    if archiving.get("status") != "True":
        words = str(archiving.get("message") or "nobody has reported it")
        yield Problem(place, f"WAL is not archived ({words}), so nothing after the backup comes back", remedy_of(words))


def reached(archived: str, segment: str) -> bool:
    """Whether a segment of WAL is archived, by the last one that is. Timelines do not count: a promotion between begins another one."""
    return archived[8:24] >= segment[8:24]


def running_backups(backups: t.Iterable[Object], cluster: str) -> list[str]:
    """Names of backups of a cluster that have not ended."""
    return [
        str(at(backup, "metadata", "name"))
        for backup in backups
        if at(backup, "spec", "cluster", "name") == cluster and ended(backup) is None and at(backup, "status", "phase")
    ]


def backup_object(name: str, namespace: str, cluster: str, target: str) -> Object:
    """A Backup by the plugin."""
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Backup",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"cluster": {"name": cluster}, "method": "plugin", "target": target, "pluginConfiguration": {"name": PLUGIN}},
    }
