# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter k3s_restore_plan: the decision is in _k3s/recovery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import recovery
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import from_dict


def k3s_restore_plan(
    looks: Sequence[Mapping[str, Any]], source: Mapping[str, Any], escrow: Mapping[str, Any] | None, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Decide from looks at every server, what k3s_escrow read of the snapshot, and the manifest of the bundle with its token."""
    bundle = escrow or {}
    plan = recovery.plan(
        recovery.Source(source["fingerprint"], source["nodes"], bundle.get("fingerprint"), bundle.get("environment")),
        recovery.Wanted(**wanted),
        {look["item"]["name"]: from_dict(look["k3s"]) if "k3s" in look else None for look in looks},
    )
    return {"token": plan.token, "fresh": list(plan.fresh), "other": list(plan.other), "problems": list(plan.problems)}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_restore_plan": k3s_restore_plan}
