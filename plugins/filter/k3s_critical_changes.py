# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that find what must not change, or must not differ, before K3s is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import clock, critical

WHY = "K3s fixes this when a cluster is founded, and nothing but a new cluster changes it: set the matrix back"


def k3s_critical_changes(seen: Mapping[str, Any], wanted: Mapping[str, Any], cni: str = "") -> list[str]:
    """One line per critical value that the wanted configuration would change on a server that holds data, from its k3s_node_info."""
    if not seen["has_data"]:
        return []
    lines = critical.changes([_mapping(text) for text in seen["critical"]], wanted)
    networks = seen["pod_networks"]
    if cni in critical.NETWORKS and networks and cni not in networks:
        lines.append(f"the pod network is {' and '.join(networks)}, the matrix says {cni}")
    return [f"{line}; {WHY}" for line in lines]


def k3s_clock_verdict(skews: Mapping[str, float | None]) -> dict[str, list[str]]:
    """Warnings and problems from each host's ``clock_skew``."""
    verdict = clock.judge(skews)
    return {"problems": list(verdict.problems), "warnings": list(verdict.warnings)}


def _mapping(text: str) -> Mapping[str, Any]:
    """What a part of a config.yaml says; nothing when it is no YAML, which K3s will say itself."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return value if isinstance(value, Mapping) else {}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_critical_changes": k3s_critical_changes, "k3s_clock_verdict": k3s_clock_verdict}
