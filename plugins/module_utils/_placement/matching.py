# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the machines of each group find failure domains of their own: bipartite matching (pure).

Where no capacity is short this decides feasibility, and by Hall's theorem the machines that an augmenting path has visited in
vain are a set that asks for fewer domains than it has members.
"""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, Instance


def short(instance: Instance) -> tuple[int, ...]:
    """Items of the first group that has too few domains, as a deficient set; empty if every group can be matched."""
    if not instance.spread:
        return ()
    groups: dict[int, list[int]] = {}
    for index, item in enumerate(instance.items):
        if item.group != NOWHERE:
            groups.setdefault(item.group, []).append(index)
    for group in sorted(groups):
        deficient = _deficient(instance, groups[group], instance.fixed[group])
        if deficient:
            return deficient
    return ()


def _deficient(instance: Instance, members: t.Sequence[int], fixed: t.Mapping[int, int]) -> tuple[int, ...]:
    domains = {}
    for index in members:
        item = instance.items[index]
        allowed = {instance.domain[host] for host, _store in item.spots}
        stay = {instance.domain[item.stay[0]]} if item.stay else set()
        domains[index] = sorted(allowed - set(fixed) | stay)
    owner: dict[int, int] = {}

    def assign(index: int, seen: set[int]) -> bool:
        for domain in domains[index]:
            if domain not in seen:
                seen.add(domain)
                if domain not in owner or assign(owner[domain], seen):
                    owner[domain] = index
                    return True
        return False

    for index in members:
        seen: set[int] = set()
        if not assign(index, seen):
            return tuple(sorted({index, *(owner[domain] for domain in seen)}))
    return ()
