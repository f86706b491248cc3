# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts and datastores carry while a search puts machines on them and takes them off again."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, PPM, Bin, Instance, Item, Spot

REFUSED = -1


class Score(t.NamedTuple):
    """The objective, smaller is better, compared from left to right; spot order, by which the search looks, breaks what ties are left.

    Machines without a place, soft violations, then what ``ranks`` says: moves and their GB before the maximum share, or after
    it; then how unevenly families are spread, and the sum of the squared shares.
    """

    unplaced: int
    violations: int
    ranks: tuple[int, int, int]
    imbalance: int
    squares: int


class Loads:
    """The state of a search. ``at`` holds the spot of each item, or None."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.at: list[Spot | None] = [None] * len(instance.items)
        self.cpu, self.ram, self.disk = ([b.used for b in bins] for bins in (instance.cpu, instance.ram, instance.disk))
        self._cpu_limit, self._ram_limit, self._disk_limit = ([max(b.limit, 1) for b in bins] for bins in (instance.cpu, instance.ram, instance.disk))
        self.members = [dict(count) for count in instance.fixed]
        self.arrived: list[dict[int, int]] = [{} for _count in instance.fixed]
        self._newcomers = [0] * len(instance.cpu)
        self.families = [dict(count) for count in instance.family_fixed]
        self.host_share = [max(_share(c), _share(r)) for c, r in zip(instance.cpu, instance.ram)]
        self.disk_share = [_share(b) for b in instance.disk]
        self.placed = self.violations = self.moves = self.moved_gb = 0
        self.imbalance = sum(count * count for family in self.families for count in family.values())
        self.squares = sum(_share(b) ** 2 for bins in (instance.cpu, instance.ram, instance.disk) for b in bins)

    def share_after(self, item: Item, spot: Spot) -> int:
        """The greater share of the host and the datastore with the item there; REFUSED if it does not fit or must not be there."""
        host, store = spot
        stays = spot == item.stay
        if item.group != NOWHERE and self.instance.spread:
            counted = self.arrived if stays else self.members  # who is there already may stay beside others that are there already
            if counted[item.group].get(self.instance.domain[host], 0):
                return REFUSED
        cpu, ram = self.cpu[host] + item.cpu, self.ram[host] + item.ram
        disk = self.disk[store] if stays else self.disk[store] + item.disk
        too_much = cpu > self._cpu_limit[host] or ram > self._ram_limit[host] or disk > self._disk_limit[store]
        if too_much and (not stays or self._newcomers[host]):  # a host that is too full already keeps what it has, and gets nothing new
            return REFUSED
        return max(cpu * PPM // self._cpu_limit[host], ram * PPM // self._ram_limit[host], disk * PPM // self._disk_limit[store])

    def penalty(self, item: Item, spot: Spot) -> tuple[int, int, int]:
        """Soft violations, moves and moved GB that the item adds there."""
        host = spot[0]
        violations = int(item.preferred not in (NOWHERE, host))
        if item.group != NOWHERE and self.members[item.group].get(self.instance.domain[host], 0):
            violations += 1
        if item.stay is None:
            return violations, 0, 0
        if spot == item.stay:
            return violations + item.stay_broken, 0, 0
        return violations, 1, -(-item.disk // 1024)

    def place(self, index: int, spot: Spot) -> None:
        """Put an item that is nowhere into a spot, which share_after has allowed."""
        item = self.instance.items[index]
        self._count(self.penalty(item, spot), 1)
        self.at[index] = spot
        self._shift(item, spot, 1)

    def lift(self, index: int) -> Spot:
        """Take an item off its spot, which is returned; the order in which items come and go does not matter."""
        spot = self.at[index]
        if spot is None:
            raise ValueError(f"item {index} is nowhere")
        item = self.instance.items[index]
        self.at[index] = None
        self._shift(item, spot, -1)
        self._count(self.penalty(item, spot), -1)
        return spot

    def _count(self, penalty: tuple[int, int, int], sign: int) -> None:
        self.placed += sign
        self.violations += sign * penalty[0]
        self.moves += sign * penalty[1]
        self.moved_gb += sign * penalty[2]

    def _shift(self, item: Item, spot: Spot, sign: int) -> None:
        host, store = spot
        if item.group != NOWHERE:
            domain = self.instance.domain[host]
            for counted in (self.members[item.group],) if spot == item.stay else (self.members[item.group], self.arrived[item.group]):
                counted[domain] = counted.get(domain, 0) + sign
        for key in item.keys:
            before = self.families[key].get(host, 0)
            self.families[key][host] = before + sign
            self.imbalance += 2 * before * sign + 1
        self.squares -= self._squares(host, store)
        self.cpu[host] += sign * item.cpu
        self.ram[host] += sign * item.ram
        if spot != item.stay:
            self.disk[store] += sign * item.disk
            self._newcomers[host] += sign
        self.squares += self._squares(host, store)

    def _squares(self, host: int, store: int) -> int:
        """The squared shares of a host and a datastore; their shares are brought up to date on the way."""
        cpu = self.cpu[host] * PPM // self._cpu_limit[host]
        ram = self.ram[host] * PPM // self._ram_limit[host]
        disk = self.disk[store] * PPM // self._disk_limit[store]
        self.host_share[host] = max(cpu, ram)
        self.disk_share[store] = disk
        return cpu * cpu + ram * ram + disk * disk

    def score_with(self, item: Item, spot: Spot, peak: int) -> Score:
        """The objective if an item that is nowhere were put into a spot, which makes the maximum share ``peak``."""
        host, store = spot
        violations, moves, moved = self.penalty(item, spot)
        imbalance = sum(2 * self.families[key].get(host, 0) + 1 for key in item.keys)
        cpu, ram = self.cpu[host] * PPM // self._cpu_limit[host], self.ram[host] * PPM // self._ram_limit[host]
        disk = self.disk_share[store]
        cpu_after, ram_after = (self.cpu[host] + item.cpu) * PPM // self._cpu_limit[host], (self.ram[host] + item.ram) * PPM // self._ram_limit[host]
        disk_after = disk if spot == item.stay else (self.disk[store] + item.disk) * PPM // self._disk_limit[store]
        more = cpu_after**2 - cpu**2 + ram_after**2 - ram**2 + disk_after**2 - disk**2
        moves, moved = self.moves + moves, self.moved_gb + moved
        ranks = (peak, moves, moved) if self.instance.shares_first else (moves, moved, peak)
        return Score(len(self.at) - self.placed - 1, self.violations + violations, ranks, self.imbalance + imbalance, self.squares + more)

    @property
    def peak(self) -> int:
        """The maximum share of all hosts and datastores."""
        fullest_host, fullest_disk = max(self.host_share, default=0), max(self.disk_share, default=0)
        return max(fullest_host, fullest_disk)

    def is_full(self, index: int, peak: int) -> bool:
        """Whether an item's host or datastore has this share."""
        spot = self.at[index]
        return spot is not None and peak in (self.host_share[spot[0]], self.disk_share[spot[1]])

    def as_full_as(self, peak: int) -> int:
        """How many hosts and datastores have this share."""
        return self.host_share.count(peak) + self.disk_share.count(peak)

    def movable_by_host(self) -> dict[int, list[int]]:
        """New machines by the host they are on: those whose place costs no move."""
        found: dict[int, list[int]] = {}
        for index, spot in enumerate(self.at):
            if spot is not None and self.instance.items[index].stay is None:
                found.setdefault(spot[0], []).append(index)
        return found

    def ranks(self, peak: int) -> tuple[int, int, int]:
        """Moves, moved GB and the given maximum share in the order in which they count."""
        return (peak, self.moves, self.moved_gb) if self.instance.shares_first else (self.moves, self.moved_gb, peak)

    def score(self) -> Score:
        """The objective of what is placed now."""
        return Score(len(self.at) - self.placed, self.violations, self.ranks(self.peak), self.imbalance, self.squares)


def _share(part: Bin) -> int:
    return part.used * PPM // max(part.limit, 1)
