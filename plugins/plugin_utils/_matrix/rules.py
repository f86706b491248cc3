# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules together: importing this module fills the register."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import rules_references
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import RULES, Rule, run_rules

__all__ = ["GROUPS", "RULES", "Rule", "check"]

GROUPS = (rules_references,)


def check(matrix: Matrix, data: Any) -> Iterator[tuple[str, Finding, bool]]:
    """Run every rule on a matrix of sound structure."""
    yield from run_rules(Facts(matrix, data))
