# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of CloudNativePG's API, and of those who own fields in it (pure data)."""

from __future__ import annotations

GROUP = "postgresql.cnpg.io/v1"
STORE_GROUP = "barmancloud.cnpg.io/v1"
PLUGIN = "barman-cloud.cloudnative-pg.io"
#: Owns the fields that modules set by server-side apply.
MANAGER = "groundwork-postgresql"
