# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""By how much hosts and datastores are above a maximum share that is aimed at (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import PPM, Bin, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import Loads


class Excess:
    """What ``loads`` have above ``share``, in squared parts per million: twice as far above counts four times.

    ``fixed`` are the loads without what may be moved; where these alone are above the share, they are what is aimed at.
    ``hosts`` and ``stores`` are what each had when update was last called.
    """

    def __init__(self, loads: Loads, fixed: Loads, share: int) -> None:
        instance = loads.instance
        self._loads = loads
        self._cpu, self._ram, self._disk = (
            _rooms(bins, used, share) for bins, used in ((instance.cpu, fixed.cpu), (instance.ram, fixed.ram), (instance.disk, fixed.disk))
        )
        self.hosts: list[int] = []
        self.stores: list[int] = []
        self.update()

    def update(self) -> int:
        """Count everything anew; returns the sum."""
        self.hosts = [self._host(number, 0, 0) for number in range(len(self._cpu))]
        self.stores = [self._store(number, 0) for number in range(len(self._disk))]
        return sum(self.hosts) + sum(self.stores)

    def worst(self) -> Spot:
        """The host, or the datastore, that is furthest above; the other number is -1."""
        host, store = _greatest(self.hosts), _greatest(self.stores)
        return (host, -1) if self.hosts[host] >= self.stores[store] else (-1, store)

    def change(self, home: Spot, spot: Spot, cpu: int, ram: int, disk: int) -> int:
        """By how much the sum grows if that much goes from one spot to another."""
        (host, store), (to_host, to_store) = home, spot
        change = 0
        if host != to_host:
            change = self._host(host, -cpu, -ram) - self.hosts[host] + self._host(to_host, cpu, ram) - self.hosts[to_host]
        if store != to_store:
            change += self._store(store, -disk) - self.stores[store] + self._store(to_store, disk) - self.stores[to_store]
        return change

    def _host(self, host: int, cpu: int, ram: int) -> int:
        """What a host would have above the share with that much more."""
        room, limit = self._cpu[host]
        over_cpu = self._loads.cpu[host] + cpu - room
        excess = (over_cpu * PPM // limit + 1) ** 2 if over_cpu > 0 else 0
        room, limit = self._ram[host]
        over_ram = self._loads.ram[host] + ram - room
        return excess + (over_ram * PPM // limit + 1) ** 2 if over_ram > 0 else excess

    def _store(self, store: int, disk: int) -> int:
        room, limit = self._disk[store]
        over = self._loads.disk[store] + disk - room
        return (over * PPM // limit + 1) ** 2 if over > 0 else 0


def _rooms(bins: t.Sequence[Bin], fixed: t.Sequence[int], share: int) -> list[tuple[int, int]]:
    """What each may hold, and its limit. Shares are rounded down: a bin is filled until the next part per million would be reached."""
    share = min(share, PPM - 1)
    return [(max(((share + 1) * max(part.limit, 1) - 1) // PPM, used), max(part.limit, 1)) for part, used in zip(bins, fixed)]


def _greatest(values: t.Sequence[int]) -> int:
    return max(range(len(values)), key=lambda number: (values[number], -number))
