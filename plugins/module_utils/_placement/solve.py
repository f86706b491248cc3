# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the machines of an instance go: greedy placements, levelled out, and an exact search while the problem is small.

Deterministic: no clock, no chance, and the budget counts spots looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.bounds import IMPOSSIBLE, lower_bound
from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.greedy import ORDERS, greedy
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import PPM, Instance, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.level import level
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads, Score
from ansible_collections.groundwork.platform.plugins.module_utils._placement.matching import short
from ansible_collections.groundwork.platform.plugins.module_utils._placement.neighbourhood import lower_peak
from ansible_collections.groundwork.platform.plugins.module_utils._placement.polish import heal, polish
from ansible_collections.groundwork.platform.plugins.module_utils._placement.repair import Repair
from ansible_collections.groundwork.platform.plugins.module_utils._placement.search import Search, order

EXACT = 60  # items up to which the exact search is tried; beyond, it improves too seldom
SEVERAL = 1000  # items up to which several greedy placements are begun with; beyond, one takes long enough
THOROUGH = 4  # times the budget for levelling out while the exact search is tried: what that cannot decide is mostly one machine off the best


@dataclass(frozen=True)
class Solution:
    """Spots of the items, None for those without.

    ``proven`` says that no placement is better above level 5 of the objective or, where items are without a spot, that not all
    can have one. ``peak`` and ``bound`` are shares in parts per million; a ``bound`` above one whole says that not all can be placed.
    """

    at: tuple[Spot | None, ...]
    score: Score
    peak: int
    bound: int
    proven: bool

    @property
    def complete(self) -> bool:
        """Whether every item has a spot."""
        return not self.score.unplaced

    @property
    def gap_permille(self) -> int:
        """How far the maximum share may be above the best possible one, rounded up; 0 when that is proven."""
        return 0 if self.proven or self.score.unplaced or not self.bound else -(-(self.peak - self.bound) * 1000 // self.bound)


def solve(instance: Instance, spots: int) -> Solution:
    """The best placement that looking at so many spots finds, in each of its stages; levelling out a small problem may look at more. Pure and deterministic."""
    floor = IMPOSSIBLE if short(instance) else lower_bound(instance)
    few = len(instance.items) <= EXACT
    starts, levelling = _greedy_placements(instance, floor, Budget(spots)), Budget(spots * THOROUGH if few else spots)
    for number, start in enumerate(starts):
        part = levelling.share(len(starts) - number)
        if few:
            lower_peak(start, floor, part.share(4))
        level(start, floor, part)
    loads = min(starts, key=Loads.score)
    proven = floor == IMPOSSIBLE or _best_possible(loads, floor)
    if few:
        if not proven:
            loads, proven = _exact(instance, loads, floor, Budget(spots // 2))
        polish(loads, Budget(spots // 4))
    return Solution(tuple(loads.at), loads.score(), loads.peak, floor, proven or _best_possible(loads, floor))


def fits(instance: Instance, spots: int) -> bool | None:
    """Whether all items can be placed; None if looking at so many spots does not tell."""
    if short(instance) or lower_bound(instance) == IMPOSSIBLE:
        return False
    budget = Budget(spots)
    if any(loads.placed == len(instance.items) for loads in _greedy_placements(instance, PPM, budget.share(4))):
        return True
    search = Search(instance, order(instance), 0, budget).run()
    return True if search.best is not None else False if search.exhausted else None


def _best_possible(loads: Loads, floor: int) -> bool:
    """Whether nothing above level 5 of the objective could be better."""
    return loads.placed == len(loads.at) and not loads.violations and not loads.moves and loads.peak <= floor


def _greedy_placements(instance: Instance, floor: int, budget: Budget) -> list[Loads]:
    """Different greedy placements in which chains have made room; no further one after one that cannot be better, or of many items is complete."""
    found: list[Loads] = []
    for ordering in ORDERS:
        loads, part = Loads(instance), budget.share(4)
        missing = Repair(loads, part).place_all(greedy(loads, ordering))
        heal(loads, part)
        if all(loads.at != other.at for other in found):
            found.append(loads)
        if not missing and (len(instance.items) > SEVERAL or _best_possible(loads, floor)):
            break
    return found


def _exact(instance: Instance, known: Loads, floor: int, budget: Budget) -> tuple[Loads, bool]:
    """The result of the exact search from a known placement, and whether it is proven."""
    search = Search(instance, order(instance), floor, budget)
    if known.placed == len(instance.items):
        search.run([spot for spot in known.at if spot is not None], (known.violations, known.ranks(max(known.peak, floor))))
    else:
        search.run()
    if search.best is None:
        return known, search.exhausted
    loads = Loads(instance)
    for index, spot in enumerate(search.best):
        loads.place(index, spot)
    return loads, search.exhausted
