# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of a field does, as tables say it by path (pure data)."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect


@dataclass(frozen=True)
class Row:
    """One field and everything below it."""

    effect: Effect
    why: str
    source: str


UNKNOWN = Row(Effect.RESTART, "this collection does not know the field; the pods may be made anew", "the CRD")
