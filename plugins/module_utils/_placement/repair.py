# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains that make room: a machine without a place takes that of another, which finds a new one itself."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads

CHAIN = 3  # machines that may have to make room one after the other


class Repair:
    """Steps on one placement, in a fixed order and counted against a budget."""

    def __init__(self, loads: Loads, budget: Budget) -> None:
        self._loads, self._budget = loads, budget
        self._items = loads.instance.items

    def place_all(self, missing: t.Sequence[int]) -> list[int]:
        """Try to place items that found no spot by moving others away; returns those that stay without."""
        return [index for index in missing if not self._insert(index, CHAIN, frozenset())]

    def _insert(self, index: int, depth: int, fixed: frozenset[int]) -> bool:
        """Place an item, if need be by evicting one other that finds a new spot itself in at most ``depth`` further steps."""
        loads, item = self._loads, self._items[index]
        options = [(share, spot) for spot in item.spots for share in [loads.share_after(item, spot)] if share != REFUSED]
        self._budget.spend(len(item.spots))
        if options:
            loads.place(index, min(options)[1])
            return True
        if not depth:
            return False
        hosts = {host for host, _store in item.spots}
        return any(self._evict(other, index, depth, fixed) for other in self._on(hosts, fixed | {index}) if self._budget)

    def _evict(self, other: int, index: int, depth: int, fixed: frozenset[int]) -> bool:
        """Whether taking one item away lets another take its place, and the first find one elsewhere."""
        loads, item = self._loads, self._items[index]
        was = loads.lift(other)
        spots = [spot for spot in item.spots if self._near(spot, was)]
        self._budget.spend(2 + len(spots))
        for spot in spots:
            if loads.share_after(item, spot) != REFUSED:
                loads.place(index, spot)
                if self._insert(other, depth - 1, fixed | {index}):
                    return True
                loads.lift(index)
        loads.place(other, was)
        return False

    def _near(self, spot: Spot, other: Spot) -> bool:
        """Whether taking something off one spot can make room at the other: same host, datastore or failure domain."""
        domain = self._loads.instance.domain
        return spot[1] == other[1] or domain[spot[0]] == domain[other[0]]

    def _on(self, hosts: t.Collection[int], fixed: t.Collection[int]) -> list[int]:
        """Items on these hosts that may be moved, the smallest first."""
        found = [index for index, spot in enumerate(self._loads.at) if spot is not None and spot[0] in hosts and index not in fixed]
        return sorted(found, key=lambda index: (self._items[index].ram, self._items[index].cpu, self._items[index].disk, index))
