# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exact branch and bound for small problems: the least (violations, moves, maximum share), or the proof that nothing fits.

Machines of equal kind take spots in ascending order, untouched hosts that are alike count once, and a branch ends where the
rest could not fit below the best known placement even if it could be cut into pieces.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.greedy import hardest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, PPM, Instance, Item, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads

Head = tuple[int, tuple[int, int, int]]  # violations, and Loads.ranks


def order(instance: Instance) -> list[int]:
    """The order in which items are decided: hardest first, equal kinds side by side."""
    key = hardest(instance)
    items = instance.items
    return sorted(range(len(items)), key=lambda i: (key(items[i]), items[i].cpu, items[i].ram, items[i].disk, items[i].group, i))


class Search:
    """One search. ``best`` holds the best spots found, ``exhausted`` whether everything was looked at or excluded."""

    def __init__(self, instance: Instance, ordered: t.Sequence[int], floor: int, budget: Budget) -> None:
        self._instance, self._order, self._floor = instance, list(ordered), floor
        self._loads = Loads(instance)
        self._budget = budget
        self.best: list[Spot] | None = None
        self._head: Head | None = None
        self.exhausted = True
        self._rest = self._suffixes()
        self._twins = _twins(instance)

    def run(self, best: t.Sequence[Spot] | None = None, head: Head | None = None) -> Search:
        """Search from a known placement with its head, or from nothing."""
        self.best, self._head = (list(best) if best is not None else None), head
        self._visit(0)
        return self

    def _suffixes(self) -> list[tuple[int, int, int, int]]:
        """From each depth on: the vCPUs and memory that are still to be placed, and the least of each that one item takes."""
        rest = [(0, 0, 0, 0)]
        for index in reversed(self._order):
            item = self._instance.items[index]
            cpu, ram, least_cpu, least_ram = rest[-1]
            first = len(rest) == 1
            rest.append((cpu + item.cpu, ram + item.ram, item.cpu if first else min(least_cpu, item.cpu), item.ram if first else min(least_ram, item.ram)))
        return rest[::-1]

    def _visit(self, depth: int) -> None:
        loads = self._loads
        if depth == len(self._order):
            self._head = (loads.violations, loads.ranks(max(loads.peak, self._floor)))
            self.best = [spot for spot in loads.at if spot is not None]
            return
        index = self._order[depth]
        for head, spot in self._branches(depth):
            if self._head is not None and head >= self._head:
                break
            if not self._budget:
                self.exhausted = False
                return
            loads.place(index, spot)
            if self._room(depth + 1):
                self._visit(depth + 1)
            loads.lift(index)

    def _branches(self, depth: int) -> list[tuple[Head, Spot]]:
        """Spots that lead to something better than the best known, best first."""
        loads, index = self._loads, self._order[depth]
        item = self._instance.items[index]
        least = self._not_before(depth, item)
        peak = max(loads.peak, self._floor)
        found = []
        twins = set()
        self._budget.spend(len(item.spots))
        for spot in item.spots:
            if least is not None and spot < least:
                continue
            share = loads.share_after(item, spot)
            if share == REFUSED:
                continue
            violations, moves, moved = loads.penalty(item, spot)
            ranks = loads.ranks(max(peak, share))
            ranks = (ranks[0], ranks[1] + moves, ranks[2] + moved) if self._instance.shares_first else (ranks[0] + moves, ranks[1] + moved, ranks[2])
            head = (loads.violations + violations, ranks)
            if self._head is not None and head >= self._head:
                continue
            twin = self._twins.get(spot)
            if twin is not None and self._untouched(spot[0]):
                if twin in twins:
                    continue
                twins.add(twin)
            found.append(((head, share), spot))
        found.sort()
        return [(key[0], spot) for key, spot in found]

    def _not_before(self, depth: int, item: Item) -> Spot | None:
        """The spot of the item before, if the two may change places: only ascending orders are looked at."""
        if not depth:
            return None
        before = self._order[depth - 1]
        return self._loads.at[before] if self._instance.items[before].kind == item.kind and item.stay is None else None

    def _untouched(self, host: int) -> bool:
        return self._loads.cpu[host] == self._instance.cpu[host].used

    def _room(self, depth: int) -> bool:
        """Whether the rest fits, as if it could be cut into pieces, into what hosts have left below the best known maximum share."""
        cpu, ram, least_cpu, least_ram = self._rest[depth]
        share = self._allowed()
        self._budget.spend(len(self._instance.cpu) // 4)
        for host, (cpus, rams) in enumerate(zip(self._instance.cpu, self._instance.ram)):
            left_cpu = cpus.limit * share // PPM - self._loads.cpu[host]
            left_ram = rams.limit * share // PPM - self._loads.ram[host]
            if left_cpu >= least_cpu and left_ram >= least_ram:
                cpu -= left_cpu
                ram -= left_ram
                if cpu <= 0 and ram <= 0:
                    return True
        return cpu <= 0 and ram <= 0

    def _allowed(self) -> int:
        """The greatest share that leads to something better, in parts per million, from what is placed now."""
        if self._head is None or self._instance.shares_first:
            return PPM
        violations, (moves, moved, peak) = self._head
        if (self._loads.violations, self._loads.moves, self._loads.moved_gb) < (violations, moves, moved):
            return PPM
        return min(peak, PPM)  # shares are rounded down: what is below peak fits a limit that is rounded down from peak


def _twins(instance: Instance) -> dict[Spot, t.Any]:
    """What spots of untouched hosts are alike in; spots of hosts that anything tells apart are left out."""
    if any(item.preferred != NOWHERE or item.stay is not None for item in instance.items):
        return {}
    stores: dict[int, list[int]] = {}
    wanted_by: dict[int, list[int]] = {}
    for number, item in enumerate(instance.items):
        for host, store in item.spots:
            if store not in stores.setdefault(host, []):
                stores[host].append(store)
            wanted_by.setdefault(host, []).append(number)
    domains = collections.Counter(instance.domain)
    users = collections.Counter(store for of_host in stores.values() for store in of_host)
    counted = {domain for group in instance.fixed for domain in group}
    twins = {}
    for host, of_host in stores.items():
        if domains[instance.domain[host]] == 1 and instance.domain[host] not in counted and all(users[store] == 1 for store in of_host):
            alike = (instance.cpu[host], instance.ram[host], tuple(instance.disk[store] for store in of_host), tuple(wanted_by[host]))
            twins.update({(host, store): (alike, place) for place, store in enumerate(of_host)})
    return twins
