# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An environment as a migration sees it, changed by each step as the playbooks and the owner would change it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation
from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.decide import next_step
from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.model import Machine, Place, Server, Step

OLD, NEW = "vcenter-b", "vcenter-a"


@dataclasses.dataclass
class Node:
    """One server, as it really is. ``stage`` of its removal: 0 nothing, 1 K3s stopped, 2 member gone, 3 data aside."""

    wanted: Place
    leaving: bool = False
    place: Place | None = None
    on: bool = True
    ours: bool = True
    healthy: bool = True
    stage: int = 0

    @property
    def member(self) -> bool:
        return self.place is not None and self.stage < 2


class Environment:
    """Servers node-1, node-2 … each on a host of its own number."""

    def __init__(self, nodes: dict[str, Node], hosts: Iterable[Place]) -> None:
        self.nodes, self.hosts = nodes, set(hosts)

    def voters(self) -> set[str]:
        return {name for name, node in self.nodes.items() if node.member}

    def healthy(self) -> set[str]:
        return {name for name in self.voters() if self.nodes[name].healthy and self.nodes[name].stage == 0 and self.nodes[name].on}

    def servers(self) -> list[Server]:
        members = tuple(Member(f"{name}-0a1b2c3d", ("https://192.0.2.1:2380",), False) for name in sorted(self.voters()))
        return [self._server(name, members) for name in self.nodes]

    def step(self) -> Step:
        return next_step(self.servers())

    def _server(self, name: str, members: tuple[Member, ...]) -> Server:
        node = self.nodes[name]
        machines = (Machine(node.place, node.on, node.ours),) if node.place else ()
        lacks = "" if node.wanted in self.hosts else f"is not in {node.wanted.vcenter}"
        seen = self._seen(name, members) if node.place and node.on else None
        return Server(name, node.wanted, node.wanted.host, node.leaving, machines, lacks, seen)

    def _seen(self, name: str, members: tuple[Member, ...]) -> Observation:
        node = self.nodes[name]
        fine = name in self.healthy()
        return Observation(
            name,
            "amd64",
            unit_state="active" if node.stage == 0 else "inactive",
            unit_enabled=node.stage == 0,
            has_etcd=node.stage < 3,
            member_name=f"{name}-0a1b2c3d",
            members=members if fine else None,
            etcd_healthy=fine,
            api_ready=fine,
        )

    def carry_out(self, step: Step, stages: int = 3) -> None:
        """What a run does for this step; ``stages`` of a removal, when it is killed within."""
        node = self.nodes.get(step.node)
        if step.action == "join":
            for name in sorted(self.nodes):
                other = self.nodes[name]
                if other.place is None and not other.leaving:
                    other.place, other.on, other.healthy, other.stage = other.wanted, True, True, 0
        elif node is not None and step.action == "leave":
            node.stage = min(3, node.stage + stages)
        elif node is not None and step.action == "switch_off":
            node.on = False

    def by_hand(self, name: str) -> None:
        """The owner deletes the old machine, and the new host is there."""
        node = self.nodes[name]
        node.place = None
        self.hosts.add(node.wanted)


def three(*, moved: int = 1) -> Environment:
    """Three servers, the first so many of which are to go to hosts of the other vCenter that are there."""
    nodes = {f"node-{i}": Node(Place(NEW, f"new-{i}" if i <= moved else f"old-{i}"), place=Place(OLD if i <= moved else NEW, f"old-{i}")) for i in (1, 2, 3)}
    return Environment(nodes, [node.wanted for node in nodes.values()])
