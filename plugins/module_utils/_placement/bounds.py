# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no placement can be better than (pure): a lower bound of the maximum share."""

from __future__ import annotations

import bisect
import math
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import PPM, Bin, Instance, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads

IMPOSSIBLE = PPM + 1  # what new machines take is never above their hosts' limits


def lower_bound(instance: Instance) -> int:
    """A maximum share that every complete placement reaches at least, in parts per million; IMPOSSIBLE if there is none.

    The greatest of: what is there already, what the least fitting item makes of its best spot, and all demand spread over all
    hosts and datastores that any item may use, in steps of its greatest common divisor (machines with even numbers of vCPUs fill
    hosts in twos).
    """
    loads = Loads(instance)
    best = loads.peak
    if not instance.items or any(item.stay for item in instance.items):
        return 0  # what moves away may lower what is there already
    lists = {id(item.spots): item.spots for item in instance.items}
    sizes: dict[int, dict[tuple[int, int, int], t.Any]] = {}
    for item in instance.items:
        sizes.setdefault(id(item.spots), {})[item.cpu, item.ram, item.disk] = item
    for key, alike in sizes.items():
        for item in alike.values():
            shares = [share for spot in lists[key] for share in [loads.share_after(item, spot)] if share != REFUSED]
            if not shares:
                return IMPOSSIBLE
            best = max(best, min(shares))
    spots: set[Spot] = set().union(*lists.values())
    hosts, stores = {host for host, _store in spots}, {store for _host, store in spots}
    even = max(
        _even([instance.cpu[host] for host in hosts], [item.cpu for item in instance.items]),
        _even([instance.ram[host] for host in hosts], [item.ram for item in instance.items]),
        _even([instance.disk[store] for store in stores], [item.disk for item in instance.items]),
    )
    return even if even == IMPOSSIBLE else max(best, even)


def _even(bins: t.Sequence[Bin], demands: t.Sequence[int]) -> int:
    """The least share up to which the bins hold all demands, if these could be cut into pieces of their common divisor."""
    step, total = math.gcd(*demands) or 1, sum(demands)

    def holds(share: int) -> bool:
        """A share is rounded down, so a bin is filled until the next part per million would be reached."""
        room = (min(-(-(share + 1) * b.limit // PPM) - 1, b.limit) - b.used for b in bins)
        return sum(max(left, 0) // step * step for left in room) >= total

    return bisect.bisect_left(_Answers(holds), True)


class _Answers(t.Sequence[bool]):
    """The answers for all shares, computed when bisect asks for one."""

    def __init__(self, ask: t.Callable[[int], bool]) -> None:
        self._ask = ask

    def __len__(self) -> int:
        return IMPOSSIBLE

    def __getitem__(self, share: t.Any) -> t.Any:
        return self._ask(share)
