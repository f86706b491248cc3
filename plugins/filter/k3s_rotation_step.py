# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter that turns what was seen on all hosts into the next step of a rotation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import agent_rotation, rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, from_dict

Looks = Mapping[str, Mapping[str, Any] | None]


def k3s_rotation_step(servers: Looks, agents: Looks | None = None, kind: str = "server", begin: bool = False, change: bool = True) -> dict[str, Any]:
    """Decide from what k3s_node_info returned on each host, by name; None for a host that was not reached."""
    seen, beside = _observations(servers), _observations(agents or {})
    if kind == "agent":
        return dataclasses.asdict(agent_rotation.next_step(seen, beside, change, begin))
    return dataclasses.asdict(rotation.next_step(seen, beside, begin))


def _observations(looks: Looks) -> dict[str, Observation | None]:
    return {name: None if look is None else from_dict(look) for name, look in looks.items()}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_rotation_step": k3s_rotation_step}
