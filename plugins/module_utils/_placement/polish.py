# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lower levels of the objective: with nothing that counts more made worse, spread families evenly and level out the loads."""

from __future__ import annotations

import itertools

from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads


def heal(loads: Loads, budget: Budget) -> None:
    """Move existing machines that may be moved where that makes the score better."""
    for index, item in enumerate(loads.instance.items):
        if item.stay is not None and budget:
            _best_spot(loads, index, budget)


def polish(loads: Loads, budget: Budget) -> None:
    """Move single machines, and exchange pairs, while the score, or the order of equal scores, gets better.

    The last machines give way first, so that the first ones are where one expects them.
    """
    indices = range(len(loads.at))[::-1]
    better = True
    while better and budget:
        moved = [_best_spot(loads, index, budget) for index in indices if budget]
        exchanged = [_exchanged(loads, one, other, budget) for other, one in itertools.combinations(indices, 2) if budget]
        better = any(moved) or any(exchanged)


def _best_spot(loads: Loads, index: int, budget: Budget) -> bool:
    """Put an item where the score is best; whether that is another spot."""
    item = loads.instance.items[index]
    start, was = loads.score(), loads.at[index]
    if was is None:
        return False
    budget.spend(len(item.spots))
    loads.lift(index)
    rest = loads.peak
    best, spot = start, was
    for candidate in item.spots:
        share = loads.share_after(item, candidate)
        if share != REFUSED:
            best, spot = min((best, spot), (loads.score_with(item, candidate, max(rest, share)), candidate))
    loads.place(index, spot)
    return spot != was


def _exchanged(loads: Loads, one: int, other: int, budget: Budget) -> bool:
    """Exchange two items if that is better, or as good and the first then has the first spot; otherwise leave them."""
    items = loads.instance.items
    first, second = loads.at[one], loads.at[other]
    budget.spend(1)
    if first is None or second is None or first == second or first not in items[other].spots or second not in items[one].spots:
        return False
    start = loads.score()
    budget.spend(4)
    loads.lift(one)
    loads.lift(other)
    if loads.share_after(items[one], second) != REFUSED:
        loads.place(one, second)
        if loads.share_after(items[other], first) != REFUSED:
            loads.place(other, first)
            if (loads.score(), second) < (start, first):
                return True
            loads.lift(other)
        loads.lift(one)
    loads.place(one, first)
    loads.place(other, second)
    return False
