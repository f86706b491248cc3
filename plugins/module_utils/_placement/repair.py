# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Better placements from a given one, by small steps: chains that make room, and exchanges that lower the maximum share.

Every step is taken in a fixed order and counted against a budget, so the result depends on neither luck nor speed.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import Item, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads

CHAIN = 3  # machines that may have to make room one after the other
NEIGHBOURS = 40  # bins that are tried as partners, the emptiest first


class Repair:
    """Steps on one placement; ``left`` is what remains of the budget, in spots looked at."""

    def __init__(self, loads: Loads, budget: int) -> None:
        self.loads, self.left = loads, budget
        self._start = (0, 0, 0)
        self._home: Spot = (0, 0)
        self._items = loads.instance.items

    def place_all(self, missing: t.Sequence[int]) -> list[int]:
        """Try to place items that found no spot by moving others away; returns those that stay without."""
        return [index for index in missing if not self._insert(index, CHAIN, frozenset())]

    def _insert(self, index: int, depth: int, fixed: frozenset[int]) -> bool:
        """Place an item, if need be by evicting one other that finds a new spot itself in at most ``depth`` further steps."""
        loads, item = self.loads, self._items[index]
        options = sorted((share, spot) for spot in item.spots for share in [loads.share_after(item, spot)] if share != REFUSED)
        self.left -= len(item.spots)
        if options:
            loads.place(index, options[0][1])
            return True
        if not depth or self.left <= 0:
            return False
        hosts = {host for host, _store in item.spots}
        for other in self._on(hosts, fixed | {index}):
            if self.left <= 0:
                break
            was = loads.lift(other)
            spots = [spot for spot in item.spots if self._near(spot, was)]
            self.left -= len(spots)
            for spot in spots:
                if loads.share_after(item, spot) == REFUSED:
                    continue
                loads.place(index, spot)
                if self._insert(other, depth - 1, fixed | {index}):
                    return True
                loads.lift(index)
            loads.place(other, was)
        return False

    def _near(self, spot: Spot, other: Spot) -> bool:
        """Whether taking something off one spot can make room at the other: same host, datastore or failure domain."""
        domain = self.loads.instance.domain
        return spot[1] == other[1] or domain[spot[0]] == domain[other[0]]

    def _on(self, hosts: t.Collection[int], fixed: t.Collection[int]) -> list[int]:
        """Items on these hosts that may be moved, the smallest first."""
        found = [index for index, spot in enumerate(self.loads.at) if spot is not None and spot[0] in hosts and index not in fixed]
        return sorted(found, key=lambda index: (self._items[index].ram, self._items[index].cpu, self._items[index].disk, index))

    def lower_peak(self, floor: int) -> None:
        """Take machines off the fullest host or datastore, or exchange them, until the maximum share is ``floor`` or nothing helps."""
        loads = self.loads
        while self.left > 0 and loads.peak > floor:
            if not self._lower_once(loads.peak):
                return

    def _lower_once(self, peak: int) -> bool:
        loads = self.loads
        full = [
            index
            for index, spot in enumerate(loads.at)
            if spot is not None and self._items[index].stay is None and (loads.host_share[spot[0]] == peak or loads.disk_share[spot[1]] == peak)
        ]
        self._start = (loads.violations, peak, self._as_full_as(peak))
        return any(self._move(index, peak) or self._exchange(index, peak) for index in full)

    def _as_full_as(self, peak: int) -> int:
        """How many hosts and datastores have this share."""
        return self.loads.host_share.count(peak) + self.loads.disk_share.count(peak)

    def _move(self, index: int, peak: int) -> bool:
        loads, item = self.loads, self._items[index]
        was = loads.lift(index)
        self.left -= len(item.spots)
        options = sorted((share, spot) for spot in item.spots for share in [loads.share_after(item, spot)] if share != REFUSED and share < peak)
        for _share, spot in options[:NEIGHBOURS]:
            if spot[0] != was[0] or spot[1] != was[1]:
                loads.place(index, spot)
                if self._forward():
                    return True
                loads.lift(index)
        loads.place(index, was)
        return False

    def _exchange(self, index: int, peak: int) -> bool:
        """Exchange an item with one of another host such that both hosts are below the peak."""
        loads, item = self.loads, self._items[index]
        was = loads.lift(index)
        allowed = set(item.spots)
        partners: dict[int, list[int]] = {}
        for other, spot in enumerate(loads.at):
            if spot is not None and spot in allowed and spot[0] != was[0] and self._items[other].stay is None:
                partners.setdefault(spot[0], []).append(other)
        for host in sorted(partners, key=lambda number: (loads.host_share[number], number))[:NEIGHBOURS]:
            for other in partners[host]:
                self.left -= 2
                if self._swapped(index, other, was, peak) and self._forward():
                    return True
                self._undo(index, other)
            if self.left <= 0:
                break
        loads.place(index, was)
        return False

    def _swapped(self, index: int, other: int, was: Spot, peak: int) -> bool:
        """Put both items into each other's spots if that keeps both below the peak; ``index`` is nowhere before."""
        loads, item, partner = self.loads, self._items[index], self._items[other]
        if item.kind == partner.kind or was not in partner.spots or not _lighter(partner, item):
            return False
        self._home = loads.lift(other)
        if 0 <= loads.share_after(item, self._home) < peak:
            loads.place(index, self._home)
            if 0 <= loads.share_after(partner, was) < peak:
                loads.place(other, was)
                return True
            loads.lift(index)
        loads.place(other, self._home)
        return False

    def _undo(self, index: int, other: int) -> None:
        """Take an exchange back, if it was made."""
        if self.loads.at[index] is not None:
            self.loads.lift(other)
            self.loads.lift(index)
            self.loads.place(other, self._home)

    def _forward(self) -> bool:
        """Whether a step led to a lower maximum share, or to fewer that are as full, without further violations."""
        peak = self.loads.peak
        return (self.loads.violations, peak, self._as_full_as(peak)) < self._start


def _lighter(one: Item, other: Item) -> bool:
    return one.cpu < other.cpu or one.ram < other.ram or one.disk < other.disk
