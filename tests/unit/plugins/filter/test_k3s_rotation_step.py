# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From looks to the next step of a rotation."""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.filter.k3s_rotation_step import FilterModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, to_dict

from tests.unit.plugins.module_utils._k3s.k3s_model import Cluster

STEP = FilterModule().filters()["k3s_rotation_step"]


def results(looks: dict[str, Observation]) -> dict[str, dict[str, Any] | None]:
    return {name: to_dict(seen) for name, seen in looks.items()}


def test_servers_token() -> None:
    looks = results(Cluster.healthy(3, "o" * 40, "a" * 40).look())
    assert STEP(looks)["action"] == "done"
    assert STEP(looks, begin=True) == {"action": "rotate", "host": "node-1", "via": None, "reason": "every server is settled and healthy"}
    assert "node-3 was not reached" in STEP({**looks, "node-3": None}, begin=True)["reason"]


def test_agents_token() -> None:
    cluster = Cluster.healthy(3, "s" * 40, "o" * 40)
    assert STEP(results(cluster.look()), results(cluster.look_at_agents()), "agent", begin=True)["action"] == "new"
    cluster.servers["node-2"].config["node"] = "n" * 40
    assert STEP(results(cluster.look()), {}, "agent")["action"] == "restart"
    assert STEP(results(cluster.look()), {}, "agent", change=False)["action"] == "write"
