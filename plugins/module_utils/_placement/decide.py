# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each machine goes that needs a decision: the search's answer in the names of the site (pure, deterministic)."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.build import build
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import Instance, Item
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._placement.solve import Solution, solve


@dataclass(frozen=True)
class Place:
    """A host and a datastore, by their names within the site; ``moves_from`` is the host that an existing machine leaves."""

    host: str
    datastore: str
    moves_from: str = ""


@dataclass(frozen=True)
class Decision:
    """``places`` by machine name; machines in ``unplaced`` need a place and have none. Existing machines that stay are in neither."""

    estate: Estate
    instance: Instance
    solution: Solution
    places: t.Mapping[str, Place]
    unplaced: tuple[str, ...]

    @functools.cached_property
    def items(self) -> t.Mapping[str, Item]:
        """What was decided on, by machine name."""
        return {item.name: item for item in self.instance.items}

    def loads(self, without: str = "") -> Loads:
        """What hosts and datastores carry by this decision, one machine left out."""
        loads = Loads(self.instance)
        for index, spot in enumerate(self.solution.at):
            if spot is not None and self.instance.items[index].name != without:
                loads.place(index, spot)
        return loads


def decide(estate: Estate, free: t.Sequence[WantedVM] | None = None) -> Decision:
    """Decide the given machines, by default all that need it. Nothing is placed while a vCenter cannot be seen (C2)."""
    instance = build(estate, estate.free() if free is None else free)
    solution = solve(instance, estate.policy.node_budget)
    places: dict[str, Place] = {}
    unplaced = []
    for item, spot in zip(instance.items, solution.at):
        if spot is None:
            unplaced.append(item.name)
        else:
            leaves = instance.hosts[item.stay[0]] if item.stay and spot != item.stay else ""
            if item.stay is None or leaves:
                places[item.name] = Place(instance.hosts[spot[0]], instance.stores[spot[1]][1], leaves)
    return Decision(estate, instance, solution, places, tuple(unplaced))
