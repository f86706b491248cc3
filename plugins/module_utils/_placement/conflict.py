# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why not all machines can be placed: the smallest facts that contradict each other, and the smallest single change that helps (pure).

The set is irreducible: not everything fits while all of its facts hold, and everything does once any one of them is dropped.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision
from ansible_collections.groundwork.platform.plugins.module_utils._placement.relax import WANTED, Fact, Relaxable
from ansible_collections.groundwork.platform.plugins.module_utils._placement.solve import EXACT, fits

# What one would rather change: wishes in the matrix, then repairs, purchases, and what gives up something.
PRICE = {"C10": 0, "C9": 1, "C7": 1, "C12": 1, "C1": 2, "C2": 2, "C6": 3, "C5": 4, "C4": 4, "C8": 5, WANTED: 6, "C3": 7}
TOO_MANY = f"more than {EXACT} machines need a decision"
UNDECIDED = "the budget of the search ran out before it could tell"
UNITS = {"C4": (1, "vCPUs"), "C5": (1024, "GB of memory"), "C6": (1024, "GB of space")}


@dataclass(frozen=True)
class Help:
    """One change after which all machines have a place; ``amount`` in the unit of UNITS, 0 where nothing is to be measured."""

    fact: Fact
    amount: int
    text: str


@dataclass(frozen=True)
class Conflict:
    """Facts that contradict each other; none if no such set was found.

    ``minimal`` False: the budget did not tell of every fact whether it is needed. ``unsearched`` says why ``helps`` may not hold every
    single change that helps, and is empty when it does.
    """

    facts: tuple[Fact, ...]
    reasons: tuple[str, ...]
    minimal: bool
    helps: tuple[Help, ...]
    unsearched: str = ""


def conflict(decision: Decision) -> Conflict | None:
    """The contradiction behind machines without a place; None if all have one, or while a vCenter is unseen: there is nothing to go by."""
    if not decision.unplaced or decision.estate.unseen:
        return None
    budget = decision.estate.policy.node_budget // 4
    for names in _suspects(decision):
        relaxable = Relaxable(decision, names)
        facts = relaxable.facts(names)
        if fits(relaxable.instance(facts), budget) is False:
            found = [irreducible(relaxable, order, budget) for order in (facts, facts[::-1])]
            core, minimal = min(found, key=lambda one: (not one[1], len(one[0])))
            helps, unsearched = _helps(decision, core, budget)
            core = sorted(core, key=lambda fact: fact.order)
            return Conflict(tuple(core), tuple(_sentence(decision, relaxable, fact) for fact in core), minimal, helps, unsearched)
    return Conflict((), (), False, (), TOO_MANY if len(decision.instance.items) > EXACT else UNDECIDED)


def _suspects(decision: Decision) -> t.Iterator[list[str]]:
    """Sets of machines that may contradict each other, small ones first: each without a place, its environment, all if they are few."""
    yield from ([name] for name in decision.unplaced)
    wanted = decision.estate.wanted
    groups = dict.fromkeys(wanted[name].group for name in decision.unplaced if wanted[name].group)
    yield from ([item.name for item in decision.instance.items if wanted[item.name].group == group] for group in groups)
    if len(decision.instance.items) <= EXACT:
        yield [item.name for item in decision.instance.items]


def irreducible(relaxable: Relaxable, facts: t.Sequence[Fact], budget: int) -> tuple[list[Fact], bool]:
    """Drop facts, first in bunches, while what is left is contradictory; and whether every fact left is certainly needed."""
    core = list(facts)
    size = len(core) // 2
    while size:
        for start in range(len(core) - size, -size, -size):
            rest = core[: max(start, 0)] + core[start + size :]
            if len(rest) < len(core) and fits(relaxable.instance(rest), budget) is False:
                core = rest
        size //= 2
    certain = all(fits(relaxable.instance([other for other in core if other != fact]), budget) for fact in core)
    return core, certain


def _helps(decision: Decision, core: t.Sequence[Fact], budget: int) -> tuple[tuple[Help, ...], str]:
    """Single changes of the core after which all machines fit, the smallest first; and why there may be others, if so."""
    names = [item.name for item in decision.instance.items]
    if len(names) > EXACT:
        return (), TOO_MANY
    relaxable = Relaxable(decision, names)
    everything = relaxable.facts(names)
    found, unsearched = [], ""
    for fact in core:
        helps = fits(relaxable.instance([other for other in everything if other != fact]), budget)
        if helps is None:
            unsearched = UNDECIDED
        elif helps:
            amount = _least(relaxable, everything, fact, budget) if fact.code in UNITS else 0
            share = amount * UNITS[fact.code][0] * 1000 // max(relaxable.limit(fact), 1) if amount else 0
            found.append(((PRICE[fact.code], share, fact.order), Help(fact, amount, _change(fact, amount, relaxable))))
    return tuple(text for _price, text in sorted(found)), unsearched


def _least(relaxable: Relaxable, everything: t.Sequence[Fact], fact: Fact, budget: int) -> int:
    """How much higher a limit must be at least, found by halving, in the unit of UNITS; 0 if a higher limit is not what is missing."""
    unit = UNITS[fact.code][0]
    low, high = 0, 1
    while not fits(relaxable.instance(everything, {fact: high * unit}), budget):
        low, high = high, 2 * high
        if high * unit > 2 * relaxable.limit(fact) + (1 << 22):
            return 0
    while high - low > 1:
        middle = (low + high) // 2
        if fits(relaxable.instance(everything, {fact: middle * unit}), budget):
            high = middle
        else:
            low = middle
    return high


def _change(fact: Fact, amount: int, relaxable: Relaxable) -> str:
    """A change in words."""
    if amount:
        return f"{amount} more {UNITS[fact.code][1]} on {fact.subject}"
    text = {
        WANTED: f"doing without {fact.subject}",
        "C1": f"bringing {fact.subject} back",
        "C2": f"giving vCenter {fact.subject}",
        "C3": f"letting servers of {fact.subject} share a failure domain",
        "C4": f"smaller machines, or more threads on {fact.subject}",
        "C7": f"a usable datastore on {fact.subject}",
        "C8": f"a virtual hardware version that {fact.subject} runs",
        "C9": f"the missing networks on {fact.subject}",
        "C10": f"letting {fact.subject} be on other hosts",
        "C12": f"what is missing in {fact.subject}: datacenter or template",
    }.get(fact.code, f"lifting {fact.code} for {fact.subject}")
    return f"{text}, if it has the room" if relaxable.of_unknown_size(fact) else text


def _sentence(decision: Decision, relaxable: Relaxable, fact: Fact) -> str:
    """A fact in words, with its code."""
    if fact in relaxable.reasons:
        return f"{fact.code} {fact.subject}: {relaxable.reasons[fact]}"
    if fact.code == WANTED:
        vm = decision.estate.wanted[fact.subject]
        return f"{vm.name} is wanted with {vm.vcpus} vCPUs, {vm.memory_mb} MB and {vm.disk_gb} GB"
    if fact.code == "C3":
        return f"C3 {fact.subject}: its servers do not share a failure domain"
    unit = {"C4": "vCPUs", "C5": "MB of memory", "C6": "MB of space"}[fact.code]
    return f"{fact.code} {fact.subject}: carries at most {relaxable.limit(fact)} {unit}"
