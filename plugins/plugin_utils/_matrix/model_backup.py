# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structure of the matrix: snapshots of etcd, where they go, and what a restore has to achieve."""

from __future__ import annotations

from typing import Annotated

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import Field
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_base import Part
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import Cron, Duration, Owner


class S3(Part):
    """An S3 bucket for snapshots. Its account is secret: ``<account>/access-key`` and ``<account>/secret-key`` in the secrets file."""

    endpoint: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:[0-9]+)?$", description="Host, with a port unless it is 443; HTTPS only.")]
    bucket: Annotated[
        str | None,
        Owner("10", "S3 bucket for snapshots of etcd"),
        Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="Bucket, which has to exist; null: snapshots stay on the servers."),
    ] = None
    folder: Annotated[str, Field(description="Folder in the bucket, one per environment; {env} stands for its key.")] = "{env}"
    region: Annotated[str, Field(description="Region.")] = "us-east-1"
    account: Annotated[str, Field(description="Where the secrets file has the two keys.")] = "s3"
    ca_file: Annotated[str | None, Field(description="PEM file of the authority that signed the certificate; null = the servers' own authorities.")] = None


class Backup(Part):
    """Snapshots of etcd, and what a restore has to achieve."""

    schedule: Annotated[Cron, Field(description="When each server saves a snapshot, in cron's five fields and the server's time zone.")] = "0 */12 * * *"
    retention: Annotated[int, Field(ge=1, description="Scheduled snapshots that are kept: per server, and in S3 of all servers together.")] = 5
    compress: Annotated[bool, Field(description="Compress snapshots.")] = False
    s3: Annotated[S3 | None, Field(description="A second place for them.")] = None
    escrow: Annotated[
        bool, Field(description="Keep the copy on the management machine together with the tokens, encrypted for secrets.age_recipients; else bare.")
    ] = True
    rpo: Annotated[
        Duration | None,
        Owner("10", "how much time's work may be lost (RPO)"),
        Field(description="Longest time between the loss and what comes back, such as 12h."),
    ] = None
    rto: Annotated[
        Duration | None, Owner("10", "how long a restore may take (RTO)"), Field(description="Longest time until the API serves what came back, such as 1h.")
    ] = None
    drill: Annotated[
        list[str] | None,
        Owner("10", "machine on which restores are practised"),
        Field(min_length=1, description="Machines of role scratch; the first takes the snapshot, the others join it."),
    ] = None
