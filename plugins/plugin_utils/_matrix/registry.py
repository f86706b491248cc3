# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The register of rules: each has a stable code, a title, and the reason that the problems page prints."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding

Check = Callable[[Facts], Iterator[Finding]]


@dataclasses.dataclass(frozen=True)
class Rule:
    """One thing that can be wrong with a matrix."""

    code: str
    title: str
    why: str
    warning: bool = False
    check: Check | None = None


RULES: dict[str, Rule] = {}


def register(rule: Rule) -> None:
    """Add a rule; a code is given once and never reused."""
    if rule.code in RULES:
        raise ValueError(f"rule {rule.code} is registered twice")
    RULES[rule.code] = rule


def rule(code: str, title: str, why: str, warning: bool = False) -> Callable[[Check], Check]:
    """Register a function over the facts that yields findings."""

    def add(check: Check) -> Check:
        register(Rule(code, title, why, warning, check))
        return check

    return add


def run_rules(facts: Facts) -> Iterator[tuple[str, Finding, bool]]:
    """(code, finding, is a warning) of every rule."""
    for known in list(RULES.values()):
        if known.check:
            for finding in known.check(facts):
                yield known.code, finding, known.warning


def as_mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}
