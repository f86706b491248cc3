# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every part of the matrix has in common: unknown keys are refused, nothing changes after loading."""

from __future__ import annotations

from typing import Self

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.guarded_pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """One mapping of the matrix."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)

    def overlaid(self, own: Self | None) -> Self:
        """The site's settings (these) with what an environment says itself laid over them."""
        return self if own is None else self.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
