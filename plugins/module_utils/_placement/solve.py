# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the machines of an instance go: several greedy placements, an exact search while the problem is small, small steps beyond.

Deterministic: no clock, no chance, and every budget counts spots looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.bounds import lower_bound
from ansible_collections.groundwork.platform.plugins.module_utils._placement.greedy import ORDERS, greedy
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import Instance, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads, Score
from ansible_collections.groundwork.platform.plugins.module_utils._placement.matching import short
from ansible_collections.groundwork.platform.plugins.module_utils._placement.polish import heal, polish
from ansible_collections.groundwork.platform.plugins.module_utils._placement.repair import Repair
from ansible_collections.groundwork.platform.plugins.module_utils._placement.search import Search

EXACT = 60  # items up to which the exact search is tried; beyond, it improves too seldom
POLISHED = 2_000_000  # bytes of score work: items times spots up to which lower levels of the objective are looked at


@dataclass(frozen=True)
class Solution:
    """Spots of the items, None for those without; ``proven`` says that no placement has a better score above level 5.

    ``complete`` is False with ``proven`` when it is certain that not all can be placed. ``peak`` and ``bound`` are shares in
    parts per million.
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
        return 0 if self.proven or not self.bound else -(-(self.peak - self.bound) * 1000 // self.bound)


def solve(instance: Instance, budget: int) -> Solution:
    """The best placement that the budget finds. Pure and deterministic."""
    deficient = short(instance)
    floor = 0 if deficient else lower_bound(instance)
    loads = _best_greedy(instance, budget, few=len(instance.items) <= EXACT)
    proven = bool(deficient)
    if not deficient and len(instance.items) <= EXACT:
        loads, proven = _exact(instance, loads, floor, budget)
    if loads.placed == len(instance.items) and len(instance.items) <= EXACT:
        polish(loads, budget)
    score = loads.score()
    proven = proven or (score[:2] == (0, 0) and score.ranks == (floor, 0, 0)) or (score[:2] == (0, 0) and score.ranks == (0, 0, floor))
    return Solution(tuple(loads.at), score, loads.peak, floor, proven)


def fits(instance: Instance, budget: int) -> bool | None:
    """Whether all items can be placed; None if the budget does not tell."""
    if short(instance):
        return False
    loads = _best_greedy(instance, budget, few=True)
    if loads.placed == len(instance.items):
        return True
    search = Search(instance, _order(instance), 0, budget).run()
    return True if search.best is not None else False if search.exhausted else None


def _best_greedy(instance: Instance, budget: int, few: bool) -> Loads:
    """The best of the greedy placements, each improved by small steps; beyond a few items only the first that is complete."""
    best: Loads | None = None
    for order in ORDERS:
        loads = Loads(instance)
        missing = greedy(loads, order)
        repair = Repair(loads, budget)
        if missing:
            missing = repair.place_all(missing)
        heal(loads, budget)
        repair.lower_peak(0)
        if best is None or loads.score() < best.score():
            best = loads
        if not few and not missing:
            break
    return best if best is not None else Loads(instance)


def _exact(instance: Instance, known: Loads, floor: int, budget: int) -> tuple[Loads, bool]:
    """The result of the exact search from a known placement, and whether it is proven."""
    whole = known.placed == len(instance.items)
    search = Search(instance, _order(instance), floor, budget)
    if whole:
        head = (known.violations, known.ranks(max(known.peak, floor)))
        search.run([spot for spot in known.at if spot is not None], head)
    else:
        search.run()
    if search.best is None:
        return known, search.exhausted
    loads = Loads(instance)
    for index, spot in enumerate(search.best):
        loads.place(index, spot)
    return loads, search.exhausted


def _order(instance: Instance) -> list[int]:
    """The order in which the exact search decides: hardest first, equal kinds side by side."""
    key = ORDERS[0](instance)
    items = instance.items
    return sorted(range(len(items)), key=lambda i: (key(items[i]), items[i].cpu, items[i].ram, items[i].disk, items[i].group, i))
