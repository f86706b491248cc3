# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Levelling lowers the maximum share, keeps every rule, and leaves alone what is where it was asked to be."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.bounds import lower_bound
from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.greedy import greedy, hardest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import Bin, Instance
from ansible_collections.groundwork.platform.plugins.module_utils._placement.level import level
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads

from tests.support.placements import instance

SPOTS = 100_000


def begun(problem: Instance) -> Loads:
    loads = Loads(problem)
    assert not greedy(loads, hardest), "the family is one that the greedy pass places"
    return loads


def anew(loads: Loads) -> Loads:
    """The same placement put together item by item, each of which must be allowed."""
    again = Loads(loads.instance)
    for index, spot in enumerate(loads.at):
        assert spot is not None
        assert again.share_after(loads.instance.items[index], spot) != REFUSED
        again.place(index, spot)
    return again


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("different", [False, True])
def test_lowers_the_maximum_share_within_all_rules(seed: int, different: bool) -> None:
    problem = instance(seed, 20, 8, 0.8, different=different)
    loads = begun(problem)
    before = loads.score()
    level(loads, lower_bound(problem), Budget(SPOTS))
    assert loads.peak < before.ranks[2]
    assert anew(loads).score() == loads.score()
    assert loads.score().violations <= before.violations


@pytest.mark.parametrize("seed", [5, 6])
def test_reaches_the_bound_from_far_above_it(seed: int) -> None:
    problem = instance(seed, 20, 8, 0.8)
    loads, floor = begun(problem), lower_bound(problem)
    assert loads.peak > floor * 1.03
    level(loads, floor, Budget(SPOTS))
    assert loads.peak == floor


def test_the_same_twice_and_nothing_without_a_budget() -> None:
    problem = instance(2, 12, 5, 0.8)
    first, second, third = begun(problem), begun(problem), begun(problem)
    level(first, 0, Budget(SPOTS))
    level(second, 0, Budget(SPOTS))
    level(third, 0, Budget(0))
    assert first.at == second.at != third.at == begun(problem).at


def test_machines_in_their_preferred_place_stay() -> None:
    problem = instance(3, 20, 8, 0.8)
    start = begun(problem)
    wishes = [spot[0] if spot and index % 2 else -1 for index, spot in enumerate(start.at)]
    wanted = dataclasses.replace(problem, items=tuple(dataclasses.replace(item, preferred=wish) for item, wish in zip(problem.items, wishes, strict=True)))
    loads = Loads(wanted)
    for index, spot in enumerate(start.at):
        assert spot is not None
        loads.place(index, spot)
    level(loads, 0, Budget(SPOTS))
    assert loads.peak < start.peak
    assert loads.violations == 0
    assert [loads.at[index] for index in range(1, 60, 2)] == [start.at[index] for index in range(1, 60, 2)]


def test_a_host_that_others_have_filled_hides_nothing() -> None:
    """What is there already is fuller than anything that new machines make: the others cannot be lowered by it, and are left."""
    problem = instance(4, 6, 4, 0.6)
    full = dataclasses.replace(problem, cpu=(*problem.cpu, Bin(99, 100)), ram=(*problem.ram, Bin(0, 1)), domain=(*problem.domain, 4))
    loads = begun(full)
    before = list(loads.at)
    level(loads, 0, Budget(SPOTS))
    assert loads.at == before
