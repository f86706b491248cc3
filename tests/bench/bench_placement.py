# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where machines go.

Made-up sites, groups of three machines that must not share a host, three resources. The comparison with CP-SAT is in the same run:
its model is tuned (ascending hosts within a group, our placement as a hint), it gets some seconds on two cores, ours runs on one.
"""

from __future__ import annotations

import functools
import statistics

from ansible_collections.groundwork.platform.plugins.module_utils._placement.conflict import conflict
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision, decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.explain import explain
from ansible_collections.groundwork.platform.plugins.module_utils._placement.resilience import losses
from ansible_collections.groundwork.platform.plugins.module_utils._placement.solve import solve

from tests.bench.model import Figure, median_seconds, seconds
from tests.support.cpsat import Model
from tests.support.placements import estate, instance

SPOTS = 200_000
# groups of three, hosts, load of all capacity, seconds for CP-SAT
FAMILIES = [(3, 3, 0.9, 5.0), (10, 4, 0.9, 5.0), (20, 8, 0.8, 10.0), (100, 30, 0.8, 20.0)]
SEEDS = range(3)


def measure() -> list[Figure]:
    """Large sites in seconds, small ones against the best known answer."""
    large, brown, small = estate(1, 10_002, 0, 500, 0.84), estate(1, 9, 9_999, 500, 0.84), estate(1, 9, 0, 3, 0.8)
    return [
        Figure("10 002 new machines on 500 hosts", median_seconds(lambda: plan(large), 3), "s", 3),
        Figure("the same, above the bound of the maximum share", plan(large).solution.gap_permille, "‰"),
        Figure("9 new machines among 9 999 on 500 hosts", median_seconds(lambda: plan(brown)), "s", 0.2),
        Figure("9 new machines on 3 hosts, with reasons and the loss of each host", median_seconds(lambda: whole(small)), "s"),
        *(figure for family in FAMILIES for figure in compared(*family)),
    ]


def plan(site: Estate) -> Decision:
    """A decision from what was read on, as a run of the module makes it."""
    return decide(Estate(site.wanted.values(), site.hosts.values(), site.targets, site.snapshots, site.policy))


def whole(site: Estate) -> None:
    """A decision with all that is said about it."""
    decision = plan(site)
    explain(decision)
    losses(decision)
    conflict(decision)


def compared(groups: int, hosts: int, load: float, limit: float) -> list[Figure]:
    """Maximum share and time of one family, ours in relation to CP-SAT's; machines that only CP-SAT could place count as missed."""
    shares, gaps, times, missed = [], [], [], 0
    for seed in SEEDS:
        problem = instance(seed, groups, hosts, load)
        ours = solve(problem, SPOTS)
        theirs = Model(problem).solve(limit, ours.at if ours.complete else ())
        missed += int(bool(theirs.feasible) and not ours.complete)
        if theirs.feasible and ours.complete:
            shares.append(ours.peak / theirs.peak)
            gaps.append((ours.peak / theirs.bound - 1) * 1000)
            times.append(seconds(functools.partial(solve, problem, SPOTS)) / theirs.seconds)
    name = f"{3 * groups} machines on {hosts} hosts, load {load:g}"
    found = [Figure(f"{name}: placed by CP-SAT in {limit:g} s only", missed, "of 3", 0)]
    if shares:
        found += [
            Figure(f"{name}: maximum share against CP-SAT's, mean", statistics.mean(shares), "×", 1.005),
            Figure(f"{name}: maximum share above CP-SAT's bound, mean", statistics.mean(gaps), "‰", 5),
            Figure(f"{name}: time against CP-SAT's, mean", statistics.mean(times), "×"),
        ]
    return found
