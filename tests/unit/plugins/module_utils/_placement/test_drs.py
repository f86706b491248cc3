# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""DRS is told what it lacks, once, of machines of ours in clusters where it is on."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import ClusterState, DrsChange, Policy, Rule

from tests.unit.plugins.module_utils._placement.sites import Site, host, machine, wanted

CLUSTER = ClusterState("domain-c1", "compute", drs=True)
APART = Rule(7, "groundwork dev", apart=True, vms=frozenset({"vm-node-1", "vm-node-2"}))
LEFT = {"vm-node-1": False, "vm-node-2": False}
RULE = DrsChange("a", "compute", "groundwork dev", apart=("node-1", "node-2"))
STAY = DrsChange("a", "compute", stay=("node-1", "node-2"))


def site(cluster: ClusterState, *, there: bool = True) -> Site:
    """HOST1 and HOST2 are in the cluster, HOST3 stands alone in the other vCenter."""
    found = Site()
    hosts = {f"s{number}.example.test": host(number, cluster="domain-c1") for number in (1, 2)}
    found.snapshots["a"] = dataclasses.replace(found.snapshots["a"], hosts=hosts, clusters=(cluster,))
    if there:
        found.add(machine(wanted(1), "a", "host-1"), machine(wanted(2), "a", "host-2"), machine(wanted(3), "old", "host-1"))
    return found


@pytest.mark.parametrize("there", [True, False])
def test_a_rule_and_overrides_for_machines_that_are_there_or_new(there: bool) -> None:
    plan = site(CLUSTER, there=there).plan()
    assert plan.drs == (RULE, STAY)
    assert plan.vcenters == (["a"] if there else ["a", "old"])


def test_what_drs_knows_is_not_told_again() -> None:
    plan = site(dataclasses.replace(CLUSTER, rules=(APART,), overrides=LEFT)).plan()
    assert plan.drs == ()
    assert plan.vcenters == []


@pytest.mark.parametrize(
    "rule",
    [
        dataclasses.replace(APART, apart=False),
        dataclasses.replace(APART, name="somebody's"),
        dataclasses.replace(APART, vms=frozenset({"vm-node-1"})),
    ],
)
def test_a_rule_that_is_not_ours_whole_and_in_force_is_none(rule: Rule) -> None:
    assert site(dataclasses.replace(CLUSTER, rules=(rule,), overrides=LEFT)).plan().drs == (RULE,)


def test_a_rule_may_hold_more_than_is_wanted_here() -> None:
    more = dataclasses.replace(APART, vms=APART.vms | {"vm-other"})
    assert site(dataclasses.replace(CLUSTER, rules=(more,), overrides=LEFT)).plan().drs == ()


def test_a_machine_that_drs_would_move_is_told() -> None:
    found = site(dataclasses.replace(CLUSTER, rules=(APART,), overrides={**LEFT, "vm-node-2": True})).plan()
    assert found.drs == (DrsChange("a", "compute", stay=("node-2",)),)


def test_without_drs_nothing_is_told() -> None:
    assert site(dataclasses.replace(CLUSTER, drs=False)).plan().drs == ()


def test_adopted_machines_are_left_to_their_owner() -> None:
    found = site(CLUSTER)
    found.vms = [dataclasses.replace(vm, adopt=True) for vm in found.vms]
    strange = [dataclasses.replace(vm, details=dataclasses.replace(vm.details, marker={})) for vm in found.snapshots["a"].vms if vm.details]
    found.snapshots["a"] = dataclasses.replace(found.snapshots["a"], vms=tuple(strange))
    assert {entry.action for entry in found.plan().entries if entry.vcenter == "a"} == {"adopt"}
    assert found.plan().drs == ()


def test_where_sharing_a_host_is_allowed_there_is_no_rule() -> None:
    found = site(CLUSTER)
    found.policy = Policy(spread_servers=False)
    assert found.plan().drs == (STAY,)


def test_what_drs_is_told_is_part_of_the_plans_id() -> None:
    assert site(CLUSTER).plan().plan_id != site(dataclasses.replace(CLUSTER, drs=False)).plan().plan_id
