# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lower levels of the objective: with nothing that counts more made worse, spread families evenly and level out the loads."""

from __future__ import annotations

import itertools

from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads


def heal(loads: Loads, budget: int) -> int:
    """Move existing machines that may be moved where that makes the score better; returns what is left of the budget."""
    for index, item in enumerate(loads.instance.items):
        if item.stay is not None:
            budget, _moved = _best_spot(loads, index, budget)
    return budget


def polish(loads: Loads, budget: int) -> int:
    """Move single machines, and exchange pairs, while the score, or the order of equal scores, gets better; returns what is left of the budget."""
    better = True
    while better and budget > 0:
        better = False
        for index in range(len(loads.at)):
            budget, moved = _best_spot(loads, index, budget)
            better = better or moved
        for one, other in itertools.combinations(range(len(loads.at)), 2):
            if budget <= 0:
                break
            budget -= 2
            better = _exchanged(loads, one, other) or better
    return budget


def _best_spot(loads: Loads, index: int, budget: int) -> tuple[int, bool]:
    item = loads.instance.items[index]
    start = loads.score()
    was = loads.at[index]
    if was is None or budget <= 0:
        return budget, False
    loads.lift(index)
    best, spot = start, was
    for candidate in item.spots:
        budget -= 1
        if loads.share_after(item, candidate) != REFUSED:
            loads.place(index, candidate)
            best, spot = min((best, spot), (loads.score(), candidate))
            loads.lift(index)
    loads.place(index, spot)
    return budget, spot != was


def _exchanged(loads: Loads, one: int, other: int) -> bool:
    """Exchange two items if that is better, or as good and the first then has the first spot; otherwise leave them."""
    items, start = loads.instance.items, loads.score()
    first, second = loads.at[one], loads.at[other]
    if first is None or second is None or first == second:
        return False
    if first not in items[other].spots or second not in items[one].spots:
        return False
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
