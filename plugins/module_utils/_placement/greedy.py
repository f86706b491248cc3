# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A good placement at once: the hardest machine first, on the host that it loads least. O(items x hosts)."""

from __future__ import annotations

import heapq
import itertools
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, PPM, Instance, Item, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads

Order = t.Callable[[Instance], t.Callable[[Item], t.Any]]


def greedy(loads: Loads, order: Order) -> list[int]:
    """Place what is nowhere yet; returns the items that found no spot, hardest first."""
    items = loads.instance.items
    key = order(loads.instance)
    for index, item in enumerate(items):
        if item.stay is not None and loads.at[index] is None:
            loads.place(index, item.stay)  # what exists always has a place
    pending = [index for index, spot in enumerate(loads.at) if spot is None]
    pending.sort(key=lambda index: (key(items[index]), items[index].cpu, items[index].ram, items[index].disk, items[index].group, index))
    left: list[int] = []
    for _kind, same in itertools.groupby(pending, key=lambda index: items[index].kind[1:5]):
        run = list(same)
        if len(run) > 1 and all(items[index].preferred == NOWHERE for index in run):
            left += _alike(loads, run)
        else:
            left += [index for index in run if not _one(loads, index)]
    return left


def _one(loads: Loads, index: int) -> bool:
    """Place an item where its penalty, then the resulting share, is smallest."""
    item = loads.instance.items[index]
    best: tuple[t.Any, Spot] | None = None
    for spot in item.spots:
        share = loads.share_after(item, spot)
        if share == REFUSED:
            continue
        candidate = ((loads.penalty(item, spot), share), spot)
        if best is None or candidate < best:
            best = candidate
    if best is not None:
        loads.place(index, best[1])
    return best is not None


def _alike(loads: Loads, run: t.Sequence[int]) -> list[int]:
    """Place items of equal size and equal spots: the shares of all spots are computed once, then only that of the spot just taken."""
    items = loads.instance.items
    sample = items[run[0]]
    anyone = Item("", sample.cpu, sample.ram, sample.disk, sample.spots)
    heap = [(share, spot) for spot in sample.spots for share in [loads.share_after(anyone, spot)] if share != REFUSED]
    heapq.heapify(heap)
    left: list[int] = []
    for index in run:
        passed: list[tuple[int, Spot]] = []
        taken = None
        while heap and taken is None:
            share, spot = heapq.heappop(heap)
            now = loads.share_after(anyone, spot)
            if now == REFUSED:
                continue
            if now != share:  # somebody else was put on this host, or into this datastore
                heapq.heappush(heap, (now, spot))
            elif loads.share_after(items[index], spot) == REFUSED or _shares_softly(loads, items[index], spot):
                passed.append((share, spot))
            else:
                taken = spot
        if taken is None and passed and not loads.instance.spread:
            taken = passed.pop(0)[1]
        if taken is None:
            left.append(index)
        else:
            loads.place(index, taken)
            passed.append((loads.share_after(anyone, taken), taken))
        for entry in passed:
            if entry[0] != REFUSED:
                heapq.heappush(heap, entry)
    return left


def _shares_softly(loads: Loads, item: Item, spot: Spot) -> bool:
    return not loads.instance.spread and loads.penalty(item, spot)[0] > 0


def hardest(instance: Instance) -> t.Callable[[Item], t.Any]:
    """By the greatest share that an item takes of an average host, then by the fewest spots."""
    part = _average(instance)
    return lambda item: (-max(part(item)), len(item.spots))


def fewest(instance: Instance) -> t.Callable[[Item], t.Any]:
    """By the fewest spots, then by size."""
    part = _average(instance)
    return lambda item: (len(item.spots), -max(part(item)))


def largest(instance: Instance) -> t.Callable[[Item], t.Any]:
    """By the sum of the shares that an item takes of an average host."""
    part = _average(instance)
    return lambda item: (-sum(part(item)), len(item.spots))


def by_group(instance: Instance) -> t.Callable[[Item], t.Any]:
    """Groups one after the other, the largest first: their members hinder each other."""
    part = _average(instance)
    total: dict[int, int] = {}
    for item in instance.items:
        if item.group != NOWHERE:
            total[item.group] = total.get(item.group, 0) + sum(part(item))
    return lambda item: (-total.get(item.group, 0), item.group)


ORDERS: tuple[Order, ...] = (hardest, fewest, largest, by_group)


def _average(instance: Instance) -> t.Callable[[Item], tuple[int, int, int]]:
    """The shares that an item takes of the average host and datastore."""
    cpu, ram, disk = (
        max(1, sum(b.limit for b in bins if b.limit > 1) // max(1, sum(1 for b in bins if b.limit > 1))) for bins in (instance.cpu, instance.ram, instance.disk)
    )
    return lambda item: (item.cpu * PPM // cpu, item.ram * PPM // ram, item.disk * PPM // disk)
