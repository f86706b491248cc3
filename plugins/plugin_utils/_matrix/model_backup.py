# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: what is backed up when, where it goes, how long it is kept, and what a restore has to achieve."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Cron, Duration, Owner

#: What can be backed up; what each one is stands in backup_kinds.
Kind = Literal["etcd", "postgres", "postgres-dump", "mariadb", "objects", "volumes", "git", "escrow", "placement"]


class S3(Part):
    """A place for backups. Its account is secret: ``<account>/access-key`` and ``<account>/secret-key`` in the secrets file."""

    endpoint: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:[0-9]+)?$", description="Host, with a port unless it is 443; HTTPS only.")]
    folder: Annotated[str, Field(description="Folder in each bucket, one per environment; {env} stands for its key.")] = "{env}"
    region: Annotated[str, Field(description="Region.")] = "us-east-1"
    account: Annotated[str, Field(description="Where the secrets file has the two keys.")] = "s3"
    ca_file: Annotated[str | None, Field(description="PEM file of the authority that signed the certificate; null = the servers' own authorities.")] = None
    offsite: Annotated[bool, Field(description="true: it does not burn together with the hypervisors.")] = False
    locked: Annotated[Duration | None, Field(description="For how long nobody can delete what was written (object lock), such as 7d; null: not at all.")] = None


class Row(Part):
    """One row of the schedule. Keys that are left out have the defaults of their kind (docs/guides/backup-restore.md)."""

    at: Annotated[
        Cron | None,
        Field(description="When, in cron's five fields; whose time zone it is stands in the guide. Six fields are derived where a program wants them."),
    ] = None
    keep: Annotated[Duration | None, Field(description="For how long each backup is kept; numbers of copies are derived.")] = None
    bucket: Annotated[
        str | None,
        Owner("10", "S3 bucket for these backups"),
        Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="Bucket, which backup.yml --tags buckets makes; null: they stay where they are made."),
    ] = None
    rpo: Annotated[
        Duration | None,
        Owner("10", "how much time's work may be lost (RPO)"),
        Field(description="Longest time between the loss and what comes back, such as 12h."),
    ] = None
    rto: Annotated[
        Duration | None, Owner("10", "how long a restore may take (RTO)"), Field(description="Longest time until what came back is used again, such as 1h.")
    ] = None


class Backup(Part):
    """Backups of everything that holds data: one table, and the places that it fills."""

    schedule: Annotated[dict[Kind, Row], Field(description="What is backed up: one row for each kind.")] = {"etcd": Row()}
    s3: Annotated[S3 | None, Field(description="Where the buckets are.")] = None
    copy_to: Annotated[S3 | None, Field(description="A second place, which the first one replicates to; looked at, never written to.")] = None
    accepted: Annotated[
        dict[Literal["one-place", "deletable"], str], Field(description="Risks that the owner takes, each with its reason: no second place, no object lock.")
    ] = {}
    prove_every: Annotated[Duration, Field(description="How old the last restore of each row in a drill may be.")] = 31 * 86400
    dump_image: Annotated[str | None, Field(description="Image with Python 3 that stores dumps of databases; needed by the row postgres-dump.")] = None
    compress: Annotated[bool, Field(description="Compress snapshots of etcd.")] = False
    escrow: Annotated[
        bool, Field(description="Keep the copy on the management machine together with the tokens, encrypted for secrets.age_recipients; else bare.")
    ] = True
    drill: Annotated[
        list[str] | None,
        Owner("10", "machine on which restores are practised"),
        Field(min_length=1, description="Machines of role scratch; the first takes the snapshot, the others join it."),
    ] = None

    def overlaid(self, own: Self | None) -> Self:
        """As elsewhere, and each row of the schedule by itself."""
        both = super().overlaid(own)
        if own is None or "schedule" not in own.model_fields_set:
            return both
        rows = {kind: self.schedule.get(kind, Row()).overlaid(row) for kind, row in own.schedule.items()}
        return both.model_copy(update={"schedule": {**self.schedule, **rows}})
