# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no placement can be better than (pure): lower bounds of the maximum share."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import PPM, Bin, Instance
from ansible_collections.groundwork.platform.plugins.module_utils._placement.loads import REFUSED, Loads


def lower_bound(instance: Instance) -> int:
    """A maximum share that every complete placement reaches at least, in parts per million.

    The greatest of: what is there already, what the least fitting item makes of its best spot, and all demand spread evenly
    over all hosts and datastores that any item may use.
    """
    loads = Loads(instance)
    if any(item.stay for item in instance.items):
        return loads.peak  # what moves away leaves no trace that could be counted here
    best = loads.peak
    for spots, alike in _by_spots(instance).items():
        for item in alike:
            shares = [share for spot in spots for share in [loads.share_after(item, spot)] if share != REFUSED]
            best = max(best, min(shares, default=0))
    hosts = {host for item in instance.items for host, _store in item.spots}
    stores = {store for item in instance.items for _host, store in item.spots}
    return max(
        best,
        _even([instance.cpu[host] for host in hosts], sum(item.cpu for item in instance.items)),
        _even([instance.ram[host] for host in hosts], sum(item.ram for item in instance.items)),
        _even([instance.disk[store] for store in stores], sum(item.disk for item in instance.items)),
    )


def _by_spots(instance: Instance) -> dict[t.Any, list[t.Any]]:
    """One item of each size and group by the spots that they may use."""
    found: dict[t.Any, dict[t.Any, t.Any]] = {}
    for item in instance.items:
        found.setdefault(item.spots, {})[item.cpu, item.ram, item.disk] = item
    return {spots: list(sizes.values()) for spots, sizes in found.items()}


def _even(bins: t.Sequence[Bin], demand: int) -> int:
    limit = sum(b.limit for b in bins)
    return (sum(b.used for b in bins) + demand) * PPM // limit if limit else 0
