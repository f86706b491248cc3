# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The placement problem as a constraint model for CP-SAT: what the planner's own search is held against.

Tuned as one would for production: machines of a kind take hosts in ascending order, loads are counted in steps of what all
demands are multiples of, and a known placement is given as a hint. Without that it is far slower and its bound says less, and a
comparison would be unfair.
"""

from __future__ import annotations

import collections
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, PPM, Bin, Instance, Spot
from ortools.sat.python import cp_model

WORKERS = 2


@dataclass(frozen=True)
class Answer:
    """What the solver found: ``feasible`` None if it ran out of time, shares in parts per million."""

    feasible: bool | None
    peak: int
    bound: int
    at: tuple[Spot, ...]
    seconds: float


class Model:
    """Minimise the maximum share of an instance without moves and wishes."""

    def __init__(self, instance: Instance) -> None:
        if any(item.stay or item.preferred != NOWHERE for item in instance.items) or not instance.spread:
            raise ValueError("only instances without moves, layouts and soft rules are modelled")
        self._instance = instance
        self._model = cp_model.CpModel()
        self._x = [{spot: self._model.new_bool_var("") for spot in item.spots} for item in instance.items]
        self._peak = self._model.new_int_var(0, PPM, "peak")
        for number in range(len(instance.items)):
            self._model.add_exactly_one(self._x[number].values())
        self._capacities()
        for bins, sizes in ((instance.cpu, "cpu"), (instance.ram, "ram"), (instance.disk, "disk")):
            self._steps(bins, [getattr(item, sizes) for item in instance.items])
        self._spread()
        self._symmetry()
        self._model.minimize(self._peak)

    def _capacities(self) -> None:
        items = self._instance.items
        for host in range(len(self._instance.cpu)):
            here = [(items[number], x) for number, spots in enumerate(self._x) for spot, x in spots.items() if spot[0] == host]
            self._limit(self._instance.cpu[host], [(item.cpu, x) for item, x in here])
            self._limit(self._instance.ram[host], [(item.ram, x) for item, x in here])
        for store in range(len(self._instance.disk)):
            self._limit(
                self._instance.disk[store], [(items[number].disk, x) for number, spots in enumerate(self._x) for spot, x in spots.items() if spot[1] == store]
            )

    def _limit(self, part: Bin, terms: Sequence[tuple[int, cp_model.IntVar]]) -> None:
        """The load is within the limit, and its share, rounded down, within the peak."""
        load = part.used + sum(amount * x for amount, x in terms)
        if terms:
            self._model.add(load <= part.limit)
        self._model.add(load * PPM <= (self._peak + 1) * max(part.limit, 1) - 1)

    def _steps(self, bins: Sequence[Bin], demands: Sequence[int]) -> None:
        """Equal bins hold equally many whole steps below the peak, and all of them together all demand: a cut for the bound."""
        step = math.gcd(*demands)
        held = []
        for part, number in collections.Counter(bins).items():
            steps = self._model.new_int_var(0, max(0, part.limit - part.used) // step, "")
            needed = self._model.new_bool_var("")
            self._model.add(steps == 0).only_enforce_if(~needed)
            self._model.add((part.used + step * steps) * PPM <= (self._peak + 1) * max(part.limit, 1) - 1).only_enforce_if(needed)
            held.append(number * steps)
        self._model.add(sum(held) >= sum(demands) // step)

    def _spread(self) -> None:
        instance = self._instance
        groups: dict[tuple[int, int], list[cp_model.IntVar]] = {}
        for item, spots in zip(instance.items, self._x, strict=True):
            for spot, x in spots.items():
                if item.group != NOWHERE:
                    groups.setdefault((item.group, instance.domain[spot[0]]), []).append(x)
        for (group, domain), variables in groups.items():
            self._model.add(sum(variables) <= max(0, 1 - instance.fixed[group].get(domain, 0)))

    def _symmetry(self) -> None:
        last: dict[object, int] = {}
        for number, item in enumerate(self._instance.items):
            before = last.get(item.kind)
            last[item.kind] = number
            if before is not None:
                self._model.add(self._host(before) <= self._host(number))

    def _host(self, number: int) -> cp_model.LinearExprT:
        return sum(spot[0] * x for spot, x in self._x[number].items())

    def solve(self, seconds: float, hint: Iterable[Spot | None] = ()) -> Answer:
        """Search for some seconds, from a known placement if there is one."""
        for number, spot in enumerate(hint):
            if spot is not None:
                self._model.add_hint(self._x[number][spot], True)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.num_workers = WORKERS
        status = solver.solve(self._model)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            at = tuple(next(spot for spot, x in spots.items() if solver.boolean_value(x)) for spots in self._x)
            return Answer(True, self._reached(at), round(solver.best_objective_bound), at, solver.wall_time)
        return Answer(False if status == cp_model.INFEASIBLE else None, 0, 0, (), solver.wall_time)

    def _reached(self, at: Sequence[Spot]) -> int:
        """The maximum share of a placement; one that is not proven may be better than the variable says."""
        placed = list(zip(self._instance.items, at, strict=True))
        loads = [
            *((part, sum(item.cpu for item, spot in placed if spot[0] == host)) for host, part in enumerate(self._instance.cpu)),
            *((part, sum(item.ram for item, spot in placed if spot[0] == host)) for host, part in enumerate(self._instance.ram)),
            *((part, sum(item.disk for item, spot in placed if spot[1] == store)) for store, part in enumerate(self._instance.disk)),
        ]
        return max((part.used + more) * PPM // max(part.limit, 1) for part, more in loads)
