# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lower the maximum share of a placement: decide the fullest host and a few others anew, exactly, with everything else left alone.

Large neighbourhood search (Shaw 1998) with neighbourhoods in a fixed order: the emptiest partners first.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.budget import Budget
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, Bin, Instance, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads
from ansible_collections.groundwork.platform.plugins.module_utils._placement.search import Search, order

PARTNERS = 12  # hosts that are tried beside the fullest, alone and in pairs
EACH = 1_000  # spots that one neighbourhood may look at


def lower_peak(loads: Loads, floor: int, budget: Budget) -> None:
    """Take steps until the maximum share is ``floor``, no neighbourhood has a better placement, or the budget is spent."""
    while budget and loads.peak > floor and _step(loads, floor, budget):
        pass


def _step(loads: Loads, floor: int, budget: Budget) -> bool:
    """Make one of the fullest hosts less full; whether that was possible."""
    peak = loads.peak
    on = loads.movable_by_host()
    budget.spend(len(loads.at) // 20)
    full = [host for host in sorted(on) if any(loads.is_full(index, peak) for index in on[host])]
    for host in full:
        others = sorted((other for other in on if other != host), key=lambda number: (loads.host_share[number], number))[:PARTNERS]
        for partners in (*((other,) for other in others), *itertools.combinations(others, 2)):
            hosts = (host, *partners)
            if budget and _decided_anew(loads, hosts, [index for number in hosts for index in on[number]], floor, budget):
                return True
    return False


def _decided_anew(loads: Loads, hosts: t.Sequence[int], indices: t.Sequence[int], floor: int, budget: Budget) -> bool:
    """Search for a placement of these items on these hosts that is better than the present one, and take it."""
    before = [(index, loads.lift(index)) for index in sorted(indices)]
    part = Part(loads, hosts, [index for index, _spot in before])
    now = Loads(part.instance)
    for number, (_index, spot) in enumerate(before):
        now.place(number, part.inward(spot))
    search = Search(part.instance, order(part.instance), floor, budget.portion(EACH))
    search.run(None, (now.violations, now.ranks(max(now.peak, floor))))
    spots = [spot for _index, spot in before] if search.best is None else [part.outward(spot) for spot in search.best]
    for (index, _spot), spot in zip(before, spots):
        loads.place(index, spot)
    return search.best is not None


class Part:
    """The instance of some items on some hosts, numbered anew; other items are constants."""

    def __init__(self, loads: Loads, hosts: t.Sequence[int], indices: t.Sequence[int]) -> None:
        whole = loads.instance
        self._hosts = {host: number for number, host in enumerate(sorted(hosts))}
        items = [whole.items[index] for index in indices]
        used = sorted({store for item in items for host, store in item.spots if host in self._hosts})
        self._stores = {store: number for number, store in enumerate(used)}
        groups = {group: number for number, group in enumerate(sorted({item.group for item in items if item.group != NOWHERE}))}
        self.instance = Instance(
            items=tuple(
                dataclasses.replace(
                    item,
                    spots=tuple(self.inward(spot) for spot in item.spots if spot[0] in self._hosts),
                    group=groups.get(item.group, NOWHERE),
                    preferred=self._hosts.get(item.preferred, len(hosts)) if item.preferred != NOWHERE else NOWHERE,
                    keys=(),
                )
                for item in items
            ),
            cpu=tuple(Bin(loads.cpu[host], whole.cpu[host].limit) for host in self._hosts),
            ram=tuple(Bin(loads.ram[host], whole.ram[host].limit) for host in self._hosts),
            disk=tuple(Bin(loads.disk[store], whole.disk[store].limit) for store in self._stores),
            domain=tuple(whole.domain[host] for host in self._hosts),
            fixed=tuple({domain: count for domain, count in loads.members[group].items() if count} for group in groups),
            spread=whole.spread,
            shares_first=whole.shares_first,
        )

    def inward(self, spot: Spot) -> Spot:
        """A spot in this part's numbers."""
        return self._hosts[spot[0]], self._stores[spot[1]]

    def outward(self, spot: Spot) -> Spot:
        """A spot of this part in the numbers of the whole."""
        return list(self._hosts)[spot[0]], list(self._stores)[spot[1]]
