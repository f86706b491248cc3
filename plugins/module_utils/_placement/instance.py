# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The placement problem in integers, as the search works on it (pure data).

Hosts, datastores, groups and failure domains are numbers into lists; hosts and items are in natural order of their names.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

PPM = 1_000_000  # shares are parts per million of a limit, rounded down: integers compare the same everywhere
Spot = tuple[int, int]  # host, datastore
NOWHERE = -1


@dataclass(frozen=True)
class Bin:
    """One resource of a host, or a datastore: what is used when the search begins, and the limit."""

    used: int
    limit: int


@dataclass(frozen=True)
class Item:
    """A machine that needs a decision.

    ``spots`` are where it may be as far as constraints go that no other machine has a part in; machines that may be in the same
    spots share one tuple. ``stay`` is where an existing machine is now, ``stay_broken`` whether being there breaks a constraint.
    ``keys`` are the families among which it is spread evenly (objective, level 5).
    """

    name: str
    cpu: int
    ram: int
    disk: int
    spots: tuple[Spot, ...]
    group: int = NOWHERE
    preferred: int = NOWHERE
    keys: tuple[int, ...] = ()
    stay: Spot | None = None
    stay_broken: bool = False

    @property
    def kind(self) -> tuple[t.Any, ...]:
        """Equal for machines that may change places without anything else changing."""
        return (self.group, self.cpu, self.ram, self.disk, self.spots, self.preferred, self.stay)


@dataclass(frozen=True)
class Instance:
    """Everything the search needs. ``fixed`` counts existing machines that stay: per group by failure domain.

    ``spread`` says whether sharing a failure domain is refused or only avoided; ``shares_first`` whether a lower maximum share is
    worth moves; ``family_fixed`` counts machines that stay per family (Item.keys) by host. ``hosts`` are names, ``stores`` pairs of
    vCenter and name.
    """

    items: tuple[Item, ...]
    cpu: tuple[Bin, ...]
    ram: tuple[Bin, ...]
    disk: tuple[Bin, ...]
    domain: tuple[int, ...]
    fixed: tuple[t.Mapping[int, int], ...] = ()
    family_fixed: tuple[t.Mapping[int, int], ...] = ()
    spread: bool = True
    shares_first: bool = False
    hosts: tuple[str, ...] = ()
    stores: tuple[tuple[str, str], ...] = ()
