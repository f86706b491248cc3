# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up placement problems of every size, for tests and figures: the same seed makes the same problem."""

from __future__ import annotations

import random
from collections.abc import Sequence

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, Bin, Instance, Item

HOST = (192, 520_000, 8_000_000)  # vCPUs, MB of memory, MB of datastore
SIZES = ((2, 8), (4, 16), (4, 32), (8, 32), (8, 64), (16, 64), (16, 128), (2, 4), (4, 8), (8, 16))  # vCPUs, GB


def instance(seed: int, groups: int, hosts: int, load: float, *, different: bool = False) -> Instance:
    """Groups of three alike machines on hosts with a datastore each, scaled so that all demand is about ``load`` of all capacity.

    ``different`` makes hosts of two sizes, lets some machines be on some hosts only, and puts load on hosts that is there already.
    """
    chance = random.Random(seed)
    sizes = [(cpu, gb * 1024, chance.choice((40, 100, 200, 400)) * 1024 + gb * 1024) for cpu, gb in chance.choices(SIZES, k=groups)]
    wanted = [3 * sum(size[part] for size in sizes) for part in range(3)]
    weights = [chance.choice((1.0, 1.5)) if different else 1.0 for _host in range(hosts)]
    limits = [[int(wanted[part] / load * weight / sum(weights)) for weight in weights] for part in range(3)]
    used = [[int(limit * chance.choice((0, 0, 0.1))) if different else 0 for limit in limits[part]] for part in range(3)]
    bins = [tuple(Bin(use, limit + use) for use, limit in zip(used[part], limits[part], strict=True)) for part in range(3)]
    items: list[Item] = []
    for group, (cpu, ram, disk) in enumerate(sizes):
        allowed: Sequence[int] = range(hosts)
        if different and hosts > 4 and chance.random() < 0.3:
            allowed = sorted(chance.sample(range(hosts), max(3, hosts * 2 // 3)))
        spots = tuple((host, host) for host in allowed)
        items += [Item(f"vm-{group}-{number}", cpu, ram, disk, spots, group) for number in range(3)]
    assert items[0].preferred == NOWHERE
    return Instance(tuple(items), bins[0], bins[1], bins[2], tuple(range(hosts)), tuple({} for _group in sizes))
