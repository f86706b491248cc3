# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster's DRS knows, and what it is told."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import ClusterState, DrsChange, Rule, Snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, moid_of

try:
    from pyVmomi import vim
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


def known(config: t.Any) -> tuple[bool, tuple[Rule, ...], dict[str, bool]]:
    """Whether DRS is on, its rules between machines, and which machines with a setting of their own it moves."""
    rules = [rule for rule in config.rule if isinstance(rule, (vim.cluster.AntiAffinityRuleSpec, vim.cluster.AffinityRuleSpec))]
    overrides = {moid_of(item.key): item.enabled is not False for item in config.drsVmConfig}
    return bool(config.drsConfig and config.drsConfig.enabled), tuple(_rule(rule) for rule in rules), overrides


def _rule(rule: t.Any) -> Rule:
    apart = isinstance(rule, vim.cluster.AntiAffinityRuleSpec) and bool(rule.enabled) and bool(rule.mandatory)
    return Rule(rule.key, rule.name, apart, frozenset(moid_of(machine) for machine in rule.vm))


def calls(session: Session, before: Snapshot, changes: t.Sequence[DrsChange], moids: t.Mapping[str, str]) -> dict[str, t.Callable[[], t.Any]]:
    """One call for each cluster that is told something, by its name; ``moids`` are of the machines, by name."""
    there = {vm.moid for vm in before.vms}
    found: dict[str, t.Callable[[], t.Any]] = {}
    for cluster in before.clusters:
        told = [change for change in changes if change.cluster == cluster.name]
        if told:
            reconfigure = vim.ClusterComputeResource(cluster.moid, session.stub).ReconfigureComputeResource_Task
            found[cluster.name] = functools.partial(reconfigure, spec=spec(cluster, told, moids, there), modify=True)
    return found


def spec(cluster: ClusterState, changes: t.Iterable[DrsChange], moids: t.Mapping[str, str], there: t.Collection[str]) -> t.Any:
    """All changes of one cluster. A rule keeps the machines that it has, as far as they are ``there``; one that does something else is replaced."""
    rules: list[t.Any] = []
    settings: list[t.Any] = []
    for change in changes:
        for name in change.stay:
            left = vim.cluster.DrsVmConfigInfo(key=vim.VirtualMachine(moids[name]), enabled=False)
            operation = "edit" if moids[name] in cluster.overrides else "add"
            settings.append(vim.cluster.DrsVmConfigSpec(operation=operation, info=left))
        if change.rule:
            old = [rule for rule in cluster.rules if rule.name == change.rule]
            rules += [vim.cluster.RuleSpec(operation="remove", removeKey=rule.key) for rule in old]
            members = {moids[name] for name in change.apart}.union(*(rule.vms & set(there) for rule in old))
            machines = [vim.VirtualMachine(moid) for moid in sorted(members)]
            info = vim.cluster.AntiAffinityRuleSpec(name=change.rule, enabled=True, mandatory=True, userCreated=True, vm=machines)
            rules.append(vim.cluster.RuleSpec(operation="add", info=info))
    return vim.cluster.ConfigSpecEx(rulesSpec=rules, drsVmConfigSpec=settings)
