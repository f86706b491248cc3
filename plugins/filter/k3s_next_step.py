# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that turn what was seen on the servers into the next step for one of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import absence, decide, removal, upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, from_dict

Looks = Sequence[Mapping[str, Any]]


def k3s_next_step(looks: Looks, name: str) -> dict[str, Any]:
    """Decide from the registered results of k3s_node_info, one per server, each looped over ``k3s_servers``."""
    return dataclasses.asdict(decide.next_step(name, _servers(looks)))


def k3s_upgrade_plan(looks: Looks, version: str) -> dict[str, Any]:
    """Which servers an upgrade to this version still has to do, and what stands against it; from the same results."""
    return dataclasses.asdict(upgrade.plan(_servers(looks), version))


def k3s_absence_refusals(looks: Looks, name: str) -> list[str]:
    """What stands against one node being away for a while; from the same results."""
    return absence.refusals(name, _servers(looks))


def k3s_removal_plan(looks: Looks, name: str) -> dict[str, Any]:
    """Whether one server may leave its cluster, and through whom; from the same results."""
    return dataclasses.asdict(removal.plan(name, _servers(looks)))


def _servers(looks: Looks) -> dict[str, Observation | None]:
    return {look["item"]["name"]: from_dict(look["k3s"]) if "k3s" in look else None for look in looks}


def k3s_join_url(servers: Sequence[Mapping[str, str]], name: str, present: str | None = None) -> str | None:
    """The address a server asks when it starts."""
    return decide.join_url(name, present, servers)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {
            "k3s_next_step": k3s_next_step,
            "k3s_join_url": k3s_join_url,
            "k3s_upgrade_plan": k3s_upgrade_plan,
            "k3s_removal_plan": k3s_removal_plan,
            "k3s_absence_refusals": k3s_absence_refusals,
        }
