# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter that turns what was seen on all hosts into the next step of a rotation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import agent_rotation, rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, from_dict

Looks = Sequence[Mapping[str, Any]]


def k3s_rotation_step(servers: Looks, agents: Looks = (), kind: str = "server", begin: bool = False, change: bool = True) -> dict[str, Any]:
    """Decide from the registered results of k3s_node_info, looped over the servers and over the agents."""
    seen, beside = _observations(servers), _observations(agents)
    if kind == "agent":
        return dataclasses.asdict(agent_rotation.next_step(seen, beside, change, begin))
    return dataclasses.asdict(rotation.next_step(seen, beside, begin))


def _observations(looks: Looks) -> dict[str, Observation | None]:
    return {look["item"]["name"]: from_dict(look["k3s"]) if "k3s" in look else None for look in looks}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_rotation_step": k3s_rotation_step}
