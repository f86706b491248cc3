# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup settings as variables of role k3s and of drill.yml."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.secret_template import secret


def snapshot_variables(recipients: Sequence[str], backup: Backup) -> dict[str, Any]:
    """When snapshots are saved, where they go, who can read them, and what a drill has to achieve (durations in seconds)."""
    s3 = backup.s3 if backup.s3 and backup.s3.bucket else None
    return {
        "k3s_snapshot_schedule": backup.schedule,
        "k3s_snapshot_retention": backup.retention,
        "k3s_snapshot_compress": backup.compress,
        "k3s_snapshot_recipients": list(recipients) if backup.escrow else [],
        "k3s_snapshot_s3": {name: getattr(s3, name) for name in ("endpoint", "bucket", "folder", "region", "ca_file")} if s3 else None,
        "k3s_snapshot_s3_access_key": secret(f"{s3.account}/access-key", optional=True) if s3 else "",
        "k3s_snapshot_s3_secret_key": secret(f"{s3.account}/secret-key", optional=True) if s3 else "",
        "k3s_snapshot_rpo": backup.rpo,
        "groundwork_rto": backup.rto,
        "groundwork_drill": list(backup.drill or ()),
    }
