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
    domains = {id(spots): {instance.domain[host] for host, _store in spots} for spots in {id(item.spots): item.spots for item in instance.items}.values()}
    for group in sorted(groups):
        deficient = _deficient(instance, groups[group], domains)
        if deficient:
            return deficient
    return ()


def _deficient(instance: Instance, members: t.Sequence[int], domains_of: t.Mapping[int, set[int]]) -> tuple[int, ...]:
    fixed = instance.fixed[instance.items[members[0]].group]
    if all(len(domains_of[id(instance.items[index].spots)]) >= len(members) + len(fixed) for index in members):
        return ()  # enough for everyone, whatever the others take
    domains = {}
    for index in members:
        item = instance.items[index]
        stay = {instance.domain[item.stay[0]]} if item.stay else set()
        domains[index] = sorted(domains_of[id(item.spots)] - set(fixed) | stay)
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
