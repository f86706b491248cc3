# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site at one moment, with the look-ups that the parts of the planner share (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import identity_problem, is_ours, template_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    HostEntry,
    HostState,
    Policy,
    Problem,
    Snapshot,
    Target,
    VMState,
    WantedVM,
)
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural


class Estate:
    """What is wanted and what is there. Attributes are in natural order of the names, whatever order came in.

    ``unseen`` are vCenters without a snapshot: what they hold is unknown, not nothing. ``residents`` are machines by the site's host that they
    are on, ``located`` the hosts of those that have a wanted name, ``members`` machines by group and failure domain, ``idle`` those of
    them that nobody wants here and that are off. Names in ``twice`` are wanted by several machines and planned once.
    """

    def __init__(
        self,
        wanted: t.Iterable[WantedVM],
        hosts: t.Iterable[HostEntry],
        targets: t.Mapping[str, Target],
        snapshots: t.Mapping[str, Snapshot],
        policy: Policy,
    ) -> None:
        self.targets, self.snapshots, self.policy = targets, snapshots, policy
        self.wanted: dict[str, WantedVM] = {}
        twice: set[str] = set()
        for vm in wanted:
            twin = self.wanted.setdefault(vm.name, vm)
            if twin is not vm:
                twice.add(vm.name)
                self.wanted[vm.name] = min(vm, twin, key=str)
        self.twice = tuple(sorted(twice))
        self.wanted = {name: self.wanted[name] for name in sorted(self.wanted, key=natural)}
        self.hosts = {host.name: host for host in sorted(hosts, key=lambda h: natural(h.name))}
        self.unseen = tuple(sorted(name for name in targets if name not in snapshots))
        self._by_moid = {(entry.vcenter, state.moid): entry for entry in self.hosts.values() for state in [self.state(entry)] if state is not None}
        self._leaving = {vm.replaces for vm in self.wanted.values()} - {""}
        self._by_uuid = {vm.uuid: vm.name for vm in self.wanted.values() if vm.uuid}
        self.found: dict[str, list[VMState]] = {}
        self.residents: dict[str, list[VMState]] = {name: [] for name in self.hosts}
        self.members: dict[str, dict[str, list[str]]] = {}
        self.idle: set[str] = set()
        self.located: dict[str, HostEntry] = {}
        for vcenter in sorted(snapshots):
            self._look_at(snapshots[vcenter])
        self._templates = {name: template_of(target, snapshots[name]) if name in snapshots else None for name, target in targets.items()}
        for states in self.found.values():
            states.sort(key=lambda s: (s.vcenter, s.path, s.moid))

    def wanted_name(self, state: VMState) -> str:
        """The name that a machine is wanted by: an adopted one may have another in vCenter."""
        return self._by_uuid.get(state.uuid, state.name)

    def _look_at(self, snapshot: Snapshot) -> None:
        names = {host.moid: host.name.lower() for host in snapshot.hosts.values()}
        hosts = {moid: entry for (vcenter, moid), entry in self._by_moid.items() if vcenter == snapshot.vcenter}
        for state in snapshot.vms:
            name = self.wanted_name(state)
            wanted = name in self.wanted
            if wanted:
                self.found.setdefault(name, []).append(state)
            if state.template:
                continue
            entry = hosts.get(state.host)
            if entry is not None:
                self.residents[entry.name].append(state)
                if wanted:
                    self.located[name] = entry
            group = self.group_of(state)
            if group and state.name not in self._leaving:
                domain = entry.domain if entry else names.get(state.host, state.host)
                self.members.setdefault(group, {}).setdefault(domain, []).append(name)
                if not wanted and not state.powered_on:
                    self.idle.add(name)

    def state(self, entry: HostEntry) -> HostState | None:
        """The host as its vCenter sees it; None if it is not there, or its vCenter cannot be seen."""
        snapshot = self.snapshots.get(entry.vcenter)
        return snapshot.hosts.get(entry.hostname.lower()) if snapshot else None

    def template(self, vcenter: str) -> VMState | None:
        """What machines of a vCenter are cloned from."""
        return self._templates[vcenter]

    def host_of(self, state: VMState) -> HostEntry | None:
        """The site's host that a machine is on; None if the site does not use that host."""
        return self._by_moid.get((state.vcenter, state.host))

    def group_of(self, state: VMState) -> str:
        """The group that an existing machine belongs to, wanted or not: its marker tells what it was made for."""
        vm = self.wanted.get(self.wanted_name(state))
        if vm is not None and (vm.adopt or is_ours(vm, state)):
            return vm.group
        marker = state.details.marker if state.details else {}
        return marker.get("env", "") if marker.get("role", "server") == "server" else ""

    def identity(self, vm: WantedVM) -> Problem | None:
        """What stands against taking the machines of this name, if there are any, for the wanted one."""
        found = self.found.get(vm.name, ())
        return None if not found and self.unseen else identity_problem(vm, found)

    def existing(self, vm: WantedVM) -> VMState | None:
        """The machine that is the wanted one."""
        found = self.found.get(vm.name, ())
        return found[0] if len(found) == 1 and self.identity(vm) is None else None

    def movable(self, vm: WantedVM) -> bool:
        """Whether policy allows to move this existing machine, and everything that its move needs can be seen."""
        return self.policy.moves != "never" and vm.name in self.policy.allow_moves and not self.unseen

    def free(self) -> list[WantedVM]:
        """Machines that need a decision: those that do not exist, and those that may be moved."""
        return [vm for vm in self.wanted.values() if vm.name not in self.found or self._may_leave(vm)]

    def _may_leave(self, vm: WantedVM) -> bool:
        return self.movable(vm) and self.identity(vm) is None and self.host_of(self.found[vm.name][0]) is not None
