# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an estate to the integers that the search works on (pure)."""

from __future__ import annotations

import bisect
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import eligibility, layout
from ansible_collections.groundwork.platform.plugins.module_utils._placement.demand import cpu_limit, demand, disk_limit, disk_used, overhead_mb, ram_limit
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, Bin, Instance, Item, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, WantedVM

UNKNOWN = Bin(0, 1)


def build(estate: Estate, free: t.Sequence[WantedVM] | None = None) -> Instance:
    """The instance that decides the given machines, by default all that need a decision; everything else is a constant."""
    return Builder(estate, estate.free() if free is None else free).instance()


class Builder:
    """Turns one estate into one instance."""

    def __init__(self, estate: Estate, free: t.Sequence[WantedVM]) -> None:
        self._estate, self._free = estate, free
        self._moving = {vm.name for vm in free if vm.name in estate.found}
        self._hosts = list(estate.hosts.values())
        self._number = {entry.name: number for number, entry in enumerate(self._hosts)}
        keys = {(entry.vcenter, name) for entry in self._hosts for state in [estate.state(entry)] if state for name in state.datastores}
        self._stores = {key: number for number, key in enumerate(sorted(keys))}
        self._threads = sorted({state.threads for entry in self._hosts for state in [estate.state(entry)] if state})
        self._domains = _Numbers()
        self._groups = _Numbers()
        self._families = _Numbers()
        self._spots: dict[t.Any, tuple[Spot, ...]] = {}

    def instance(self) -> Instance:
        """The whole of it."""
        domain = tuple(self._domains[entry.domain] for entry in self._hosts)
        preferred = layout.preferred(self._free, self._estate.policy.layout, len(self._hosts))
        items = tuple(self._item(vm, preferred.get(vm.name, NOWHERE)) for vm in self._free)
        bins = [self._bins(entry) for entry in self._hosts]
        return Instance(
            items=items,
            cpu=tuple(cpu for cpu, _ram in bins),
            ram=tuple(ram for _cpu, ram in bins),
            disk=tuple(self._store(key) for key in self._stores),
            domain=domain,
            fixed=self._fixed(),
            family_fixed=self._family_fixed(),
            spread=self._estate.policy.spread_servers,
            shares_first=self._estate.policy.moves == "rebalance",
            hosts=tuple(entry.name for entry in self._hosts),
            stores=tuple(self._stores),
        )

    def _item(self, vm: WantedVM, preferred: int) -> Item:
        need = demand(vm, self._estate.policy)
        keys = [self._families["env", vm.env]] if vm.env else []
        if self._estate.policy.layout == "balanced" and vm.env:
            keys.append(self._families["place", vm.role, vm.index])
        spots, stay, broken = self._spots_of(vm), None, False
        if vm.name in self._moving:
            stay, broken = self._stay(vm, spots)
            spots = tuple(sorted({*spots, stay}))
        group = self._groups[vm.group] if vm.group else NOWHERE
        return Item(vm.name, need.cpu, need.ram, need.disk, spots, group, preferred, tuple(keys), stay, broken)

    def _spots_of(self, vm: WantedVM) -> tuple[Spot, ...]:
        """Spots by the constraints that no other machine has a part in; judged once for all machines that ask for the same."""
        smaller = tuple(template.details.disk_gb > vm.disk_gb for template in map(self._estate.template, self._estate.targets) if template and template.details)
        threads = bisect.bisect_left(self._threads, vm.vcpus)
        key = (vm.host, vm.datastore, vm.networks, vm.folder, vm.hardware_version, vm.allow, vm.deny, smaller, threads)
        if key not in self._spots:
            found = [(self._number[entry.name], self._stores[entry.vcenter, name]) for entry in self._hosts for name in self._eligible(vm, entry)]
            self._spots[key] = tuple(sorted(found))
        return self._spots[key]

    def _eligible(self, vm: WantedVM, entry: HostEntry) -> list[str]:
        host = self._estate.state(entry)
        if host is None or eligibility.refusals(self._estate, vm, entry):
            return []
        return eligibility.stores(vm, entry, host, self._estate.snapshots[entry.vcenter])[0]

    def _stay(self, vm: WantedVM, spots: t.Sequence[Spot]) -> tuple[Spot, bool]:
        """Where an existing machine is, and whether it could not be put there today."""
        state = self._estate.found[vm.name][0]
        entry = self._estate.host_of(state)
        if entry is None:
            raise ValueError(f"{vm.name} is on no host of the site and cannot be decided")
        names = sorted(state.details.datastores) if state.details else []
        known = [self._stores[entry.vcenter, name] for name in names if (entry.vcenter, name) in self._stores]
        host = self._number[entry.name]
        allowed = [store for number, store in spots if number == host and (store in known or not known)]
        store = (allowed or known or [0])[0]
        return (host, store), not allowed

    def _bins(self, entry: HostEntry) -> tuple[Bin, Bin]:
        """CPU and memory of a host with the machines that stay on it."""
        state, policy = self._estate.state(entry), self._estate.policy
        if state is None:
            return UNKNOWN, UNKNOWN
        staying = [vm for vm in self._estate.residents[entry.name] if vm.name not in self._moving]
        ram = sum([vm.memory_mb + overhead_mb(vm.vcpus, vm.memory_mb) for vm in staying])
        return Bin(sum([vm.vcpus for vm in staying]), cpu_limit(state, policy)), Bin(ram, ram_limit(state, policy))

    def _store(self, key: tuple[str, str]) -> Bin:
        store = self._estate.snapshots[key[0]].datastores.get(key[1])
        return Bin(disk_used(store), disk_limit(store, self._estate.policy)) if store else UNKNOWN

    def _fixed(self) -> tuple[t.Mapping[int, int], ...]:
        """Per group the machines that stay, by failure domain; members that move are left out."""
        found = []
        for group in self._groups:
            domains = self._estate.members.get(str(group), {})
            counts = {self._domains[domain]: len([name for name in names if name not in self._moving]) for domain, names in domains.items()}
            found.append({domain: count for domain, count in counts.items() if count})
        return tuple(found)

    def _family_fixed(self) -> tuple[t.Mapping[int, int], ...]:
        """Per family the machines that stay, by host."""
        counts: list[dict[int, int]] = [{} for _family in self._families]
        for name, entry in self._estate.located.items():
            vm = self._estate.wanted[name]
            for family in (("env", vm.env), ("place", vm.role, vm.index)) if name not in self._moving else ():
                if family in self._families:
                    of_family = counts[self._families[family]]
                    of_family[self._number[entry.name]] = of_family.get(self._number[entry.name], 0) + 1
        return tuple(counts)


class _Numbers(dict[t.Hashable, int]):
    """Numbers things in the order in which they are first asked for."""

    def __missing__(self, key: t.Hashable) -> int:
        self[key] = len(self)
        return self[key]
