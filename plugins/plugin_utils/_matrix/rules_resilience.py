# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loss of one host would mean: warnings, not errors."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts, Wanted
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import rule
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules_capacity import by_host, failure_domain


@rule(
    "GW451",
    "the loss of one host leaves machines without a place",
    "With local datastores machines are not restarted elsewhere but created again; this warning says for which there would be no room.",
    warning=True,
)
def loss_of_a_host(facts: Facts) -> Iterator[Finding]:
    """For each host: which of its machines fit nowhere else, by memory and by anti-affinity."""
    placed = by_host(facts)
    for host, machines in placed.items():
        homeless = [machine.name for machine in _without_a_place(facts, placed, host)]
        if homeless:
            shown = ", ".join(homeless[:6]) + (f" and {len(homeless) - 6} more" if len(homeless) > 6 else "")
            message = f"if {host} is lost, {len(homeless)} of its {len(machines)} machines have no other host: {shown}; {_voters(facts, machines)}"
            yield Finding(("hypervisors", host), message, "accept this, or add a host in another failure domain", at_key=True)


def _without_a_place(facts: Facts, placed: dict[str, list[Wanted]], lost: str) -> Iterator[Wanted]:
    """Greedy: the largest machine first, onto the host with the most free memory."""
    gone = failure_domain(facts, lost)
    others = [host for host in facts.matrix.hypervisors if failure_domain(facts, host) != gone]
    free = [(-_free_memory(facts, placed, host), host) for host in others]
    heapq.heapify(free)
    servers = {(machine.environment, failure_domain(facts, host)) for host in others for machine in placed.get(host, ()) if machine.role == "server"}
    for machine in sorted(placed[lost], key=lambda wanted: -(wanted.size.memory_gb if wanted.size else 0)):
        aside = []
        while (
            free and machine.role == "server" and facts.matrix.placement.spread_servers and (machine.environment, failure_domain(facts, free[0][1])) in servers
        ):
            aside.append(heapq.heappop(free))
        need = machine.size.memory_gb if machine.size else 0
        if free and -free[0][0] >= need:
            memory, host = heapq.heappop(free)
            heapq.heappush(free, (memory + need, host))
            if machine.role == "server":
                servers.add((machine.environment, failure_domain(facts, host)))
        else:
            yield machine
        for entry in aside:
            heapq.heappush(free, entry)


def _free_memory(facts: Facts, placed: dict[str, list[Wanted]], host: str) -> int:
    return facts.matrix.hypervisors[host].memory_gb - sum(machine.size.memory_gb for machine in placed.get(host, ()) if machine.size)


def _voters(facts: Facts, machines: list[Wanted]) -> str:
    """What the loss means for the etcd majority of the environments that it touches."""
    lost: dict[str, int] = {}
    for machine in machines:
        if machine.environment and machine.role == "server":
            lost[machine.environment] = lost.get(machine.environment, 0) + 1
    stopped = [key for key, count in lost.items() if count * 2 >= len(facts.servers(key))]
    if stopped:
        return f"{', '.join(stopped)} would lose the etcd majority and stop"
    kept = [f"{key} {len(facts.servers(key)) - count} of {len(facts.servers(key))}" for key, count in lost.items()]
    return f"voters left: {', '.join(kept)}" if kept else "no cluster loses a voter"
