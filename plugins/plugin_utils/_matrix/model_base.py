# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the matrix has in common: unknown keys are refused, nothing changes after loading."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """One mapping of the matrix."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)
