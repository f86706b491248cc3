# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration looks at: where each server's machine is and is to be, and what was seen of K3s on it (pure data)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Observation, from_dict

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A host by its name in vCenter, and the vCenter."""

    vcenter: str
    host: str

    def __str__(self) -> str:
        return f"{self.host} ({self.vcenter})"


@dataclass(frozen=True)
class Machine:
    """A virtual machine that has a server's name. ``ours``: groundwork created it."""

    place: Place
    on: bool
    ours: bool


@dataclass(frozen=True)
class Server:
    """One server of the environment. ``leaving``: the matrix wants it to go for good. ``domain``: what fails together with its wanted host.

    ``machines`` are all of its name, over all vCenters. ``host_lacks`` says why the wanted host takes no machine now; empty if it does.
    ``seen`` is None where K3s could not be looked at.
    """

    name: str
    wanted: Place
    domain: str
    leaving: bool = False
    machines: tuple[Machine, ...] = ()
    host_lacks: str = ""
    seen: Observation | None = None

    @property
    def on(self) -> bool:
        """Whether a machine of its name is switched on."""
        return any(machine.on for machine in self.machines)

    @property
    def elsewhere(self) -> bool:
        """Whether its machine is not where the matrix wants it."""
        return not self.leaving and any(machine.place != self.wanted for machine in self.machines)

    @property
    def changes_host(self) -> bool:
        """Whether it goes to a host that it is not on now; else it comes back to its own, installed anew."""
        return self.elsewhere and self.wanted.host not in {machine.place.host for machine in self.machines}

    @property
    def to_go(self) -> bool:
        """Whether the server has to leave the cluster as it is now."""
        return self.leaving or self.elsewhere


@dataclass(frozen=True)
class Step:
    """What comes next, for one server: join, leave, switch_off, by_hand, done; or refuse, with everything that stands against it.

    ``leaver`` is the server that leaves the cluster in this run: the operator has to confirm it. ``todo`` are all that still have to go.
    ``trial``: its new host is there already, so the planner can say beforehand whether it takes the machine.
    """

    action: str
    node: str
    reason: str
    leaver: str = ""
    trial: bool = False
    todo: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def servers_of(looks: Sequence[Plain], nodes: Sequence[Plain], hosts: Sequence[Plain], found: Plain) -> list[Server]:
    """Servers from what Ansible has: results of k3s_node_info, the inventory's ``groundwork_node`` and ``vsphere_hosts``, the result of vsphere_vm_info."""
    seen = {look["item"]["name"]: from_dict(look["k3s"]) if "k3s" in look else None for look in looks}
    by_key = {host["name"]: host for host in hosts}
    return [_server(node, by_key[node["hypervisor"]], found, seen.get(node["name"])) for node in nodes]


def _server(node: Plain, host: Plain, found: Plain, seen: Observation | None) -> Server:
    place = Place(host["vcenter"], host["hostname"].lower())
    machines = tuple(
        Machine(Place(machine["vcenter"], machine["host"]), machine["powered_on"], machine["ours"])
        for machine in found["machines"]
        if machine["name"] == node["name"]
    )
    lacks = found["hosts"].get(place.vcenter, {}).get(place.host, f"is not in {place.vcenter}")
    return Server(node["name"], place, host["failure_domain"], node["leaving"], machines, lacks, seen)
