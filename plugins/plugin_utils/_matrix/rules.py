# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules together: importing this module fills the register."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import (
    rules_addresses,
    rules_backup,
    rules_capacity,
    rules_checks,
    rules_databases,
    rules_databases_advice,
    rules_dns,
    rules_gitops,
    rules_mariadb,
    rules_names,
    rules_platform,
    rules_pools,
    rules_promotion,
    rules_references,
    rules_resilience,
    rules_secrets,
    rules_structure,
    rules_versions,
)
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import RULES, Rule, run_rules

__all__ = ["RULES", "SUBJECTS", "Rule", "check", "check_data"]

# Subject by the first digit of the code: the order of the problems page.
SUBJECTS = {
    "0": ("The file", rules_structure),
    "1": ("Names", rules_names),
    "2": ("Addresses and pools", (rules_addresses, rules_pools)),
    "3": ("References", rules_references),
    "4": ("Capacity and quorum", (rules_capacity, rules_resilience)),
    "5": ("Versions", rules_versions),
    "6": ("Secrets", rules_secrets),
    "7": ("DNS", rules_dns),
    "8": ("Backups and databases", (rules_backup, rules_databases, rules_databases_advice, rules_mariadb, rules_checks)),
    "9": ("Components and promotion", (rules_platform, rules_gitops, rules_promotion)),
}


def check_data(data: Any) -> Iterator[tuple[str, Finding, bool]]:
    """Rules that need no structure."""
    for finding in rules_secrets.secrets_in_data(data):
        yield rules_secrets.CODE, finding, False


def check(facts: Facts) -> Iterator[tuple[str, Finding, bool]]:
    """Every rule on a matrix of sound structure."""
    yield from run_rules(facts)
