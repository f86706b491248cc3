# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter k3s_s3_refusal: the judgement is in _k3s/s3_refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.s3_refusal import refusal


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_s3_refusal": refusal}
