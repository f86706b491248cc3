# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lower the maximum share by small steps: move a machine off the fullest host or datastore, or exchange it for another's."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import PPM, Item, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads

PARTNERS = 40  # hosts that are tried, the emptiest first


class Exchange:
    """Steps on one placement, in a fixed order and counted against a budget."""

    def __init__(self, loads: Loads, budget: Budget) -> None:
        self._loads, self._budget = loads, budget
        self._items = loads.instance.items
        self._start = (0, 0, 0)

    def lower_peak(self, floor: int) -> None:
        """Take steps until the maximum share is ``floor``, none helps, or the budget is spent."""
        while self._budget and self._loads.peak > floor and self._step(self._loads.peak):
            pass

    def _step(self, peak: int) -> bool:
        loads = self._loads
        on = loads.movable_by_host()
        self._start = (loads.violations, peak, loads.as_full_as(peak))
        self._budget.spend(len(loads.at) // 20)
        full = [index for host in sorted(on) for index in on[host] if loads.is_full(index, peak)]
        return any(self._move(index, peak) or self._exchange(index, peak, on) for index in full if self._budget)

    def _move(self, index: int, peak: int) -> bool:
        loads, item = self._loads, self._items[index]
        was = loads.lift(index)
        self._budget.spend(len(item.spots))
        options = [(share, spot) for spot in item.spots if spot != was for share in [loads.share_after(item, spot)] if REFUSED < share < peak]
        if options:
            loads.place(index, min(options)[1])
            if self._forward():
                return True
            loads.lift(index)
        loads.place(index, was)
        return False

    def _exchange(self, index: int, peak: int, on: t.Mapping[int, t.Sequence[int]]) -> bool:
        """Exchange an item with one of another host such that both hosts are below the peak."""
        loads = self._loads
        was = loads.lift(index)
        for host in sorted((host for host in on if host != was[0]), key=lambda number: (loads.host_share[number], number))[:PARTNERS]:
            for other in on[host]:
                self._budget.spend(1)
                if self._relieves(self._items[other], was, self._items[index], loads.at[other], peak) and self._exchanged(index, other, was):
                    return True
        loads.place(index, was)
        return False

    def _relieves(self, partner: Item, was: Spot, item: Item, home: Spot | None, peak: int) -> bool:
        """Whether both spots would be below the peak after the exchange, by their loads alone; ``item`` is nowhere."""
        loads, instance = self._loads, self._loads.instance
        if home is None:
            return False
        cpu, ram, disk = item.cpu - partner.cpu, item.ram - partner.ram, item.disk - partner.disk
        return (
            (loads.cpu[was[0]] + partner.cpu) * PPM < peak * instance.cpu[was[0]].limit
            and (loads.ram[was[0]] + partner.ram) * PPM < peak * instance.ram[was[0]].limit
            and (loads.cpu[home[0]] + cpu) * PPM < peak * instance.cpu[home[0]].limit
            and (loads.ram[home[0]] + ram) * PPM < peak * instance.ram[home[0]].limit
            and (was[1] == home[1] or (loads.disk[was[1]] + partner.disk) * PPM < peak * instance.disk[was[1]].limit)
            and (was[1] == home[1] or (loads.disk[home[1]] + disk) * PPM < peak * instance.disk[home[1]].limit)
        )

    def _exchanged(self, index: int, other: int, was: Spot) -> bool:
        """Put two items into each other's spots if they may be there and it is a step forward; ``index`` is nowhere before."""
        loads, item, partner = self._loads, self._items[index], self._items[other]
        home = loads.lift(other)
        if home in item.spots and was in partner.spots and loads.share_after(item, home) != REFUSED:
            loads.place(index, home)
            if loads.share_after(partner, was) != REFUSED:
                loads.place(other, was)
                if self._forward():
                    return True
                loads.lift(other)
            loads.lift(index)
        loads.place(other, home)
        return False

    def _forward(self) -> bool:
        """Whether a step led to a lower maximum share, or to fewer that are as full, without further violations."""
        peak = self._loads.peak
        return (self._loads.violations, peak, self._loads.as_full_as(peak)) < self._start
