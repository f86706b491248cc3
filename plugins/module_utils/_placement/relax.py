# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A placement problem as a set of facts that can be dropped one by one, to find out which of them contradict each other (pure)."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement import eligibility
from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import CONSTRAINTS
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import Decision
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, Bin, Instance, Item, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, WantedVM

WANTED = "wanted"
ENOUGH = 1 << 50  # a limit that nothing reaches


class Fact(t.NamedTuple):
    """Something that holds: ``code`` is a constraint's, or WANTED; ``subject`` the host, datastore, vCenter, environment or machine."""

    code: str
    subject: str

    @property
    def order(self) -> tuple[int, str]:
        """Wishes first, then constraints in the order of their numbers."""
        return (list(CONSTRAINTS).index(self.code) + 1 if self.code in CONSTRAINTS else 0, self.subject)


class Relaxable:
    """Machines of a decision and everything that stands against them. ``reasons`` tells a fact's figures where it has some.

    An existing machine that may be moved is no fact that could be dropped: it is there. A host that is not found has no size: once what
    stands against it is dropped, it is taken to have room.
    """

    def __init__(self, decision: Decision, names: t.Collection[str]) -> None:
        self._estate = decision.estate
        self._base = dataclasses.replace(decision.instance, items=tuple(item for item in decision.instance.items if item.name in names))
        self._hosts = {name: number for number, name in enumerate(self._base.hosts)}
        self._sized = {entry.name for entry in self._estate.hosts.values() if self._estate.state(entry)}
        self.reasons: dict[Fact, str] = {}
        self._blocked: dict[str, list[tuple[frozenset[Fact], tuple[Spot, ...]]]] = {}
        for item in self._base.items:
            vm = self._estate.wanted[item.name]
            self._blocked[item.name] = [found for entry in self._estate.hosts.values() for found in [self._against(vm, entry)] if found[0]]

    def _against(self, vm: WantedVM, entry: HostEntry) -> tuple[frozenset[Fact], tuple[Spot, ...]]:
        """What keeps a machine off a host on its own, and the spots that it had there otherwise; the last datastore is one in thought."""
        facts = set()
        for refusal in eligibility.refusals(self._estate, vm, entry):
            subject = {"C2": entry.vcenter, "C12": entry.vcenter, "C10": vm.name}.get(refusal.code, entry.name)
            fact = Fact(refusal.code, subject)
            facts.add(fact)
            self.reasons.setdefault(fact, refusal.reason)
        host, snapshot = self._estate.state(entry), self._estate.snapshots.get(entry.vcenter)
        names = eligibility.stores(vm, entry, host, snapshot)[0] if host and snapshot else []
        stores = [self._base.stores.index((entry.vcenter, name)) for name in names] or [len(self._base.disk)]
        return frozenset(facts), tuple((self._hosts[entry.name], store) for store in stores)

    def facts(self, names: t.Collection[str]) -> list[Fact]:
        """All facts that have to do with some of the machines."""
        items = [item for item in self._base.items if item.name in names]
        found = {Fact(WANTED, item.name) for item in items if item.stay is None}
        found |= {fact for item in items for facts, _spots in self._blocked[item.name] for fact in facts}
        found |= {Fact("C3", self._group(item)) for item in items if item.group != NOWHERE and self._base.spread}
        spots = {spot for item in items for spots in (item.spots, *(spots for _facts, spots in self._blocked[item.name])) for spot in spots}
        hosts = {self._base.hosts[host] for host, _store in spots} & self._sized
        found |= {Fact(code, host) for host in hosts for code in ("C4", "C5")}
        found |= {Fact("C6", self.store_name(store)) for _host, store in spots if store < len(self._base.disk)}
        return sorted(found, key=lambda fact: fact.order)

    def of_unknown_size(self, fact: Fact) -> bool:
        """Whether a fact is about hosts of which none has been seen."""
        hosts = {entry.name for entry in self._estate.hosts.values() if fact.subject in (entry.name, entry.vcenter)}
        return bool(hosts) and not hosts & self._sized

    def _group(self, item: Item) -> str:
        return self._estate.wanted[item.name].group

    def store_name(self, store: int) -> str:
        """A datastore with its vCenter, whose names it shares with no other."""
        return ":".join(self._base.stores[store])

    def instance(self, kept: t.Collection[Fact], more: t.Mapping[Fact, int] | None = None) -> Instance:
        """The problem in which only the kept facts hold; ``more`` raises limits instead of dropping them."""
        holds, more = set(kept), more or {}
        items = tuple(self._item(item, holds) for item in self._base.items if item.stay or Fact(WANTED, item.name) in holds)

        def bins(code: str, names: t.Iterable[str], parts: t.Iterable[Bin]) -> tuple[Bin, ...]:
            facts = ((Fact(code, name), part) for name, part in zip(names, parts))
            return tuple(Bin(part.used, part.limit + more.get(fact, 0) if fact in holds else ENOUGH) for fact, part in facts)

        stores = [self.store_name(number) for number in range(len(self._base.disk))]
        return dataclasses.replace(
            self._base,
            items=items,
            cpu=bins("C4", self._base.hosts, self._base.cpu),
            ram=bins("C5", self._base.hosts, self._base.ram),
            disk=(*bins("C6", stores, self._base.disk), Bin(0, ENOUGH)),
        )

    def _item(self, item: Item, holds: t.Collection[Fact]) -> Item:
        freed = {spot for facts, spots in self._blocked[item.name] if not facts & set(holds) for spot in spots}
        group = item.group if item.group != NOWHERE and Fact("C3", self._group(item)) in holds else NOWHERE
        return dataclasses.replace(item, spots=tuple(sorted({*item.spots, *freed})), group=group, preferred=NOWHERE)

    def limit(self, fact: Fact) -> int:
        """The limit that a fact of capacity is about, in vCPUs or MB."""
        if fact.code == "C6":
            return next(part.limit for number, part in enumerate(self._base.disk) if self.store_name(number) == fact.subject)
        return (self._base.cpu if fact.code == "C4" else self._base.ram)[self._hosts[fact.subject]].limit
