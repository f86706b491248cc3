# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup settings as variables of role k3s, backup.yml and drill.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import etcd_row, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import S3, Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.secret_template import secret
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Site


def snapshot_variables(recipients: Sequence[str], backup: Backup, servers: int = 1, expects: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """When snapshots are saved, where they go, who can read them, and what a drill has to achieve (durations in seconds).

    ``expects``: by kind the names of all databases that have to be in its bucket; kinds that are not in it are not of databases.
    """
    names = expects or {}
    row = etcd_row(backup)
    s3 = backup.s3 if row.bucket else None
    return {
        "k3s_snapshot_schedule": row.at,
        # K3s has one number, and in S3 it counts those of all servers together.
        "k3s_snapshot_retention": row.copies * (servers if s3 else 1),
        "k3s_snapshot_compress": backup.compress,
        "k3s_snapshot_recipients": list(recipients) if backup.escrow else [],
        "k3s_snapshot_s3": {**_place(s3), "bucket": row.bucket, "folder": row.folder} if s3 else None,
        "k3s_snapshot_s3_access_key": secret(f"{s3.account}/access-key", optional=True) if s3 else "",
        "k3s_snapshot_s3_secret_key": secret(f"{s3.account}/secret-key", optional=True) if s3 else "",
        "k3s_snapshot_rpo": row.rpo,
        "groundwork_rto": row.rto,
        "groundwork_drill": list(backup.drill or ()),
        "groundwork_backup_rows": [{**found.as_variables(), "expects": list(names[found.kind]) if found.kind in names else None} for found in table(backup)],
        "groundwork_backup_dump_image": backup.dump_image or "",
        "groundwork_backup_places": {name: _whole(place) for name, place in (("first", backup.s3), ("second", backup.copy_to)) if place},
    }


def archives(site: Site) -> dict[str, str]:
    """Where the base backups and WAL of each environment are: a restore may read those of another one."""
    rows = {key: [row for row in table(environment.backup) if row.kind == "postgres" and row.bucket] for key, environment in site.environments.items()}
    return {key: f"s3://{found[0].bucket}/{found[0].folder}" for key, found in rows.items() if found}


def _place(s3: S3) -> dict[str, Any]:
    return {name: getattr(s3, name) for name in ("endpoint", "region", "ca_file")}


def _whole(s3: S3) -> dict[str, Any]:
    """A place with its keys, which are templates until somebody uses them."""
    return {
        **_place(s3),
        "locked": s3.locked,
        "offsite": s3.offsite,
        "access_key": secret(f"{s3.account}/access-key"),
        "secret_key": secret(f"{s3.account}/secret-key"),
    }
