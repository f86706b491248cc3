# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be backed up: who makes it, how it is known to be whole, and how its schedule is written down (pure)."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from typing import Any, Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cron import START, longest_gap, runs
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup, Row

DAY = 86400
#: PostgreSQL and MariaDB hand over a log at the latest after so many seconds, whatever is in it (archive_timeout of CloudNativePG).
LOG_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class KindFacts:
    """One kind of backup.

    ``marker``: what the key of the object looks like that is written last, below the environment's folder. Its group ``source`` is the database, its group
    ``at`` the moment that the backup is of, as its program names it: the newest is known by that, because an old one that is copied or stored late is no
    new one. Longhorn's names tell no time.
    """

    what: str
    tool: str
    component: str | None  # of the catalogue; None: part of every cluster, or of the management machine
    runs_on: Literal["k3s", "operator", "cronjob", "management"]
    at: str
    keep: int
    folder: str
    marker: str
    continuous: bool = False  # a log is kept between two backups, so the schedule does not bound the RPO
    demanded: bool = False  # whoever has the component has such data


KINDS: dict[str, KindFacts] = {
    "etcd": KindFacts("the cluster's objects, whole", "K3s", None, "k3s", "0 */12 * * *", 60 * 3600, "", r"[^/]+-(?P<at>[0-9]{10})(\.zip)?"),
    "postgres": KindFacts(
        "base backups and WAL of PostgreSQL",
        "CloudNativePG with its Barman plugin",
        "plugin-barman-cloud",
        "operator",
        "0 2 * * *",
        30 * DAY,
        "",
        r"(?P<source>[^/]+)/base/(?P<at>[0-9T]+)/backup\.info",
        continuous=True,
    ),
    "postgres-dump": KindFacts(
        "a dump of each database of PostgreSQL",
        "pg_dump",
        "cloudnative-pg",
        "cronjob",
        "0 3 * * *",
        30 * DAY,
        "dumps",
        r"(?P<source>[^/]+/[^/]+)/(?P<at>[0-9TZ]+)\.dump",
    ),
    "mariadb": KindFacts(
        "MariaDB",
        "mariadb-operator",
        "mariadb-operator",
        "operator",
        "30 2 * * *",
        30 * DAY,
        "",
        r"(?P<source>[^/]+)/backup\.((?P<at>[0-9-]{10}T[0-9:]{8}Z)(\.[^/]+)?|.+)\.sql(\.[a-z0-9]+)?",
    ),
    "objects": KindFacts(
        "namespaces: their objects",
        "Velero",
        "velero",
        "operator",
        "0 4 * * *",
        14 * DAY,
        "",
        r"backups/([^/]+-(?P<at>[0-9]{14})|[^/]+)/velero-backup\.json",
        demanded=True,
    ),
    "volumes": KindFacts(
        "volumes",
        "Longhorn",
        "longhorn",
        "operator",
        "0 5 * * *",
        14 * DAY,
        "",
        r"backupstore/volumes/.+/backups/backup_backup-[0-9a-f]+\.cfg",
        demanded=True,
    ),
    "git": KindFacts("the Git repository", "git bundle", None, "management", "30 * * * *", 30 * DAY, "git", r"(?P<at>[0-9TZ]+)\.bundle"),
    "escrow": KindFacts(
        "tokens and keys, with a snapshot of etcd",
        "age",
        None,
        "management",
        "15 1 * * *",
        90 * DAY,
        "escrow",
        r"([^/]+-(?P<at>[0-9]{10})(\.zip)?|[^/]+)\.escrow\.age",
    ),
    "placement": KindFacts(
        "records of where machines were placed",
        "copy",
        None,
        "management",
        "45 1 * * *",
        400 * DAY,
        "placement",
        r"((?P<at>[0-9]{8}T[0-9]{6})(\.[0-9]+)?Z[^/]*|[^/]+)\.json",
    ),
}


@dataclasses.dataclass(frozen=True)
class Scheduled:
    """A row of the schedule with everything that follows from it."""

    kind: str
    what: str
    tool: str
    runs_on: str
    at: str  # five fields
    keep: int  # seconds
    bucket: str | None
    folder: str  # in the bucket, without slashes at its ends
    marker: str
    rpo: int | None
    rto: int | None
    interval: int  # seconds between two backups, at most
    gap: int  # seconds of work that are in no backup, at most
    prove_every: int

    @property
    def six_fields(self) -> str:
        """As CloudNativePG reads it: seconds come first. Five fields would mean every hour to it."""
        return f"0 {self.at}"

    @property
    def retention_policy(self) -> str:
        """The recovery window as Barman reads it, in whole days."""
        return f"{-(-self.keep // DAY)}d"

    @property
    def copies(self) -> int:
        """How many backups there are when all of the time that they are kept is filled."""
        return copies(self.at, self.keep)

    def as_variables(self) -> dict[str, Any]:
        """For playbooks."""
        return {**dataclasses.asdict(self), "six_fields": self.six_fields, "retention_policy": self.retention_policy, "copies": self.copies}


def backup_of(site: Backup, own: Backup | None, environment: str) -> Backup:
    """The settings of an environment, with its own folders."""
    settings = site.overlaid(own)
    places = {"s3": settings.s3, "copy_to": settings.copy_to}
    named = {name: place.model_copy(update={"folder": place.folder.replace("{env}", environment)}) for name, place in places.items() if place}
    return settings.model_copy(update=named)


def copies(at: str, keep: int) -> int:
    """The largest number of runs of a schedule that lie within so many seconds; at least one."""
    days = keep // DAY + 8
    times = list(runs(at, START, days))
    span, most, first = datetime.timedelta(seconds=keep), 1, 0
    for last, moment in enumerate(times):
        while moment - times[first] >= span:
            first += 1
        most = max(most, last - first + 1)
    return most


def scheduled(kind: str, row: Row, backup: Backup) -> Scheduled:
    """A row with its kind's defaults."""
    facts = KINDS[kind]
    at = row.at or facts.at
    interval = round(longest_gap(at).total_seconds())
    folder = "/".join(part for part in (backup.s3.folder if backup.s3 else "", facts.folder) if part)
    return Scheduled(
        kind=kind,
        what=facts.what,
        tool=facts.tool,
        runs_on=facts.runs_on,
        at=at,
        keep=row.keep or facts.keep,
        bucket=row.bucket if backup.s3 else None,
        folder=folder,
        marker=facts.marker,
        rpo=row.rpo,
        rto=row.rto,
        interval=interval,
        gap=LOG_SECONDS if facts.continuous else interval,
        prove_every=backup.prove_every,
    )


def table(backup: Backup) -> list[Scheduled]:
    """Every row, in the order of the kinds."""
    return [scheduled(kind, backup.schedule[kind], backup) for kind in KINDS if kind in backup.schedule]


def etcd_row(backup: Backup) -> Scheduled:
    """K3s saves snapshots whether the matrix says so or not."""
    return scheduled("etcd", backup.schedule.get("etcd", Row()), backup)


def shared_buckets(backup: Backup) -> dict[str, list[str]]:
    """Kinds by the bucket that they go to, for buckets of several kinds."""
    named = sorted((row.bucket, row.kind) for row in table(backup) if row.bucket)
    groups = {bucket: [kind for _bucket, kind in found] for bucket, found in itertools.groupby(named, key=lambda pair: pair[0])}
    return {str(bucket): kinds for bucket, kinds in groups.items() if len(kinds) > 1}
