# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lower the maximum share of a placement: aim at a lower one, then move and exchange machines, and keep the best that was met.

Tabu search (Glover 1989): each step takes the best change on what is fullest, even one that makes things worse, and a machine
does not return at once to where it was. The way may lead above limits; what is kept never is.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.excess import Excess
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, Item, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads

PARTNERS = 40  # hosts that take part in a step beside the fullest, the emptiest first
PATIENCE = 60  # steps in a row that come no nearer to the aim
# Aims, tried one after the other: one part in so many of the way down to the least possible maximum share, and for how many steps (or
# a few more) a machine stays away from where it was: longer leads further away, shorter looks closer.
AIMS = ((1, 20), (4, 30), (10, 12))


def level(loads: Loads, floor: int, budget: Budget) -> None:
    """Lower the maximum share towards ``floor`` until no aim helps, or the budget is spent. Only new machines move; no wish is lost."""
    if loads.peak <= floor:
        return
    movable = [index for index, item in enumerate(loads.instance.items) if _may_move(item, loads.at[index])]
    fixed = Loads(loads.instance)
    for index in sorted(set(range(len(loads.at))).difference(movable)):
        spot = loads.at[index]
        if spot is not None:
            fixed.place(index, spot)
    floor, tried = max(floor, fixed.peak), 0
    while tried < len(AIMS) and loads.peak > floor and budget:
        parts, rest = AIMS[tried]
        aim = loads.peak - max(1, (loads.peak - floor) // parts)
        tried = 0 if Levelling(loads, movable, Excess(loads, fixed, aim), rest, budget).run() else tried + 1


def _may_move(item: Item, spot: Spot | None) -> bool:
    return spot is not None and item.stay is None and (item.preferred == NOWHERE or spot[0] != item.preferred)


class Step(t.NamedTuple):
    """An item goes to a spot, and ``other``, if there is one, takes its place; the excess grows by ``growth``."""

    growth: int
    item: int
    spot: Spot
    other: int = NOWHERE


class Levelling:
    """The way of one placement towards one aim, in a fixed order and counted against a budget."""

    def __init__(self, loads: Loads, movable: t.Sequence[int], excess: Excess, rest: int, budget: Budget) -> None:
        self._loads, self._movable, self._excess, self._away, self._budget = loads, movable, excess, rest, budget
        self._items = loads.instance.items
        lists = {id(spots): spots for spots in (self._items[index].spots for index in movable)}
        self._spots = {number: _by_host(spots) for number, spots in lists.items()}
        self._hosts = sorted({host for spots in self._spots.values() for host in spots})
        self._rests: dict[tuple[int, int], int] = {}
        self._number = 0

    def run(self) -> bool:
        """Whether a lower maximum share was found; the placement with the lowest is left in the loads."""
        peak = start = self._loads.peak
        best = list(self._loads.at)
        now = least = self._excess.update()
        stalled = 0
        while now and stalled < PATIENCE and self._budget:
            step = self._best(least - now)
            if step is None:
                break
            self._take(step)
            now = self._excess.update()
            stalled = 0 if now < least else stalled + 1
            least = min(least, now)
            if self._loads.peak < peak:
                peak, best = self._loads.peak, list(self._loads.at)
        self._put({index: spot for index, spot in enumerate(best) if spot is not None and spot != self._loads.at[index]})
        return peak < start

    def _best(self, record: int) -> Step | None:
        """The best step off what is fullest; one that has to rest is taken only if the excess grows by less than ``record``."""
        host, store = self._excess.worst()
        on: dict[int, list[int]] = {}
        full: list[tuple[int, Spot]] = []
        for index in self._movable:
            spot = self._loads.at[index]
            if spot is not None:
                on.setdefault(spot[0], []).append(index)
                if host == spot[0] or store == spot[1]:
                    full.append((index, spot))
        partners = sorted(self._hosts, key=lambda number: (self._loads.host_share[number], number))[:PARTNERS]
        best: Step | None = None
        for index, home in full:
            for number in partners:
                if self._free(self._items[index], home[0], number):
                    best = self._moved(best, record, index, home, number)
                    best = self._exchanged(best, record, index, home, on.get(number, ()))
        return best

    def _moved(self, best: Step | None, record: int, index: int, home: Spot, host: int) -> Step | None:
        """The better one of the best step so far and those that move an item to a host."""
        item = self._items[index]
        spots = self._spots[id(item.spots)].get(host, ())
        self._budget.spend(len(spots))
        for spot in spots:
            if spot != home:
                growth = self._excess.change(home, spot, item.cpu, item.ram, item.disk)
                if (best is None or growth < best.growth) and (growth < record or not self._rest(index, host)):
                    best = Step(growth, index, spot)
        return best

    def _exchanged(self, best: Step | None, record: int, index: int, home: Spot, others: t.Sequence[int]) -> Step | None:
        """The better one of the best step so far and those that exchange an item with one of the others."""
        item, at = self._items[index], self._loads.at
        self._budget.spend(len(others))
        for other in others:
            partner, spot = self._items[other], at[other]
            if spot is None or spot == home or not self._free(partner, spot[0], home[0]):
                continue
            if item.spots is not partner.spots and (spot not in item.spots or home not in partner.spots):
                continue
            growth = self._excess.change(home, spot, item.cpu - partner.cpu, item.ram - partner.ram, item.disk - partner.disk)
            if (best is None or growth < best.growth) and (growth < record or not (self._rest(index, spot[0]) or self._rest(other, home[0]))):
                best = Step(growth, index, spot, other)
        return best

    def _free(self, item: Item, host: int, to_host: int) -> bool:
        """Whether an item shares a failure domain with none of its group when it goes from one host to another."""
        if item.group == NOWHERE:
            return True
        domains = self._loads.instance.domain
        return not self._loads.members[item.group].get(domains[to_host], 0) or domains[host] == domains[to_host]

    def _rest(self, index: int, host: int) -> bool:
        """Whether an item has left a host lately."""
        return self._rests.get((index, host), 0) > self._number

    def _take(self, step: Step) -> None:
        self._number += 1
        indices = [step.item] if step.other == NOWHERE else [step.item, step.other]
        spots = [self._loads.lift(index) for index in indices]
        for index, left in zip(indices, spots):
            self._rests[index, left[0]] = self._number + self._away + (7 * self._number + index) % 5
        for index, spot in zip(indices, [step.spot, *spots]):
            self._loads.place(index, spot)

    def _put(self, spots: t.Mapping[int, Spot]) -> None:
        """Bring items to new spots, all of them at the same time."""
        for index in spots:
            self._loads.lift(index)
        for index, spot in spots.items():
            self._loads.place(index, spot)


def _by_host(spots: t.Sequence[Spot]) -> dict[int, list[Spot]]:
    found: dict[int, list[Spot]] = {}
    for spot in spots:
        found.setdefault(spot[0], []).append(spot)
    return found
