# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What promotion and promotion_info take: the modules document it, their action plugins read it."""

from __future__ import annotations

import typing as t

WHERE: dict[str, t.Any] = {
    "path": {"type": "path", "required": True},
    "matrix": {"type": "path", "required": True},
    "overlays": {"type": "list", "elements": "path", "default": []},
}
PROMOTION: dict[str, t.Any] = {
    **WHERE,
    "target": {"type": "str", "required": True},
    "source": {"type": "str", "default": ""},
    "components": {"type": "list", "elements": "str", "default": []},
    "waive": {"type": "dict", "default": {}},
    "hotfix": {"type": "str", "default": ""},
    "force_reason": {"type": "str", "default": ""},
    "allow_prune": {"type": "list", "elements": "str", "default": []},
    "ticket": {"type": "str", "default": ""},
    "take_over": {"type": "bool", "default": False},
    "take_back": {"type": "str", "default": ""},
    "reason": {"type": "str", "default": ""},
    "token": {"type": "str", "default": "", "no_log": True},
}
PROMOTION_INFO: dict[str, t.Any] = {**WHERE, "page": {"type": "path"}}
