# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there and should not be: told once for each breach, and nothing moves for it."""

from __future__ import annotations

import dataclasses

from ansible_collections.groundwork.platform.plugins.module_utils._placement import report
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.explain import explain
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, Policy, Violation

from tests.unit.plugins.module_utils._placement.sites import HOSTS, Site, anywhere, machine, wanted


def together() -> Site:
    """Three servers of one environment, two of them on HOST1."""
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)])
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2, datastore="S1"), "a", "host-1"), machine(wanted(3), "old", "host-1"))
    return site


def test_servers_of_one_environment_on_one_host_are_told_once() -> None:
    plan = together().plan()
    assert plan.violations == (Violation("C3", ("node-1", "node-2"), "servers of dev share HOST1: what fails there takes 2 of them"),)
    assert report.violation_warnings(plan) == ["C3 node-1, node-2: servers of dev share HOST1: what fails there takes 2 of them"]
    assert (plan.problems, plan.changes) == ((), ())


def test_a_failure_domain_is_more_than_a_host() -> None:
    site = Site(vms=[anywhere(1), anywhere(2)], hosts=(HOSTS[0], HostEntry("HOST2", "s2.example.test", "a", ("S2",), "room1"), HOSTS[2]))
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2), "a", "host-2"))
    (found,) = site.plan().violations
    assert found.reason.startswith("servers of dev share HOST1, HOST2:")


def test_what_may_share_or_is_apart_or_leaves_is_none() -> None:
    site = together()
    site.policy = Policy(spread_servers=False)
    assert site.plan().violations == ()
    site.policy = Policy(moves="repair", allow_moves=frozenset({"node-2"}))
    assert site.actions()["node-2"] == "move"
    assert site.plan().violations == ()
    agents = together()
    agents.vms = [anywhere(number, role="agent") for number in (1, 2, 3)]
    assert agents.plan().violations == ()


def test_a_server_that_is_not_wanted_here_counts_by_its_marker() -> None:
    site = together()
    site.vms = site.vms[:1]
    assert [found.machines for found in site.plan().violations] == [("node-1", "node-2")]


def test_a_server_that_was_replaced_keeps_its_place_until_it_is_deleted_and_harms_nobody() -> None:
    """Off and dropped from the matrix: no breach beside another, and yet nothing new is put there without a word on what to do."""
    site = together()
    site.vms = [site.vms[0], anywhere(4, allow=("HOST1",))]
    before = site.snapshots["a"]
    off = [dataclasses.replace(state, powered_on=state.name != "node-2") for state in before.vms]
    site.snapshots["a"] = dataclasses.replace(before, vms=tuple(off))
    assert site.plan().violations == ()
    (refusal,) = explain(decide(site.estate()))["node-4"]["HOST1"]
    assert (refusal.code, refusal.remedy.startswith("delete node-2, which nobody wants here and is off")) == ("C3", True)


def test_what_a_machine_replaces_does_not_keep_it_away() -> None:
    """Another host of the same room takes over a server that will be removed first; without that word it would be in its own way."""
    hosts = (HOSTS[0], HostEntry("HOST2", "s2.example.test", "a", ("S2",), "room1"), HOSTS[2])
    site = Site(vms=[wanted(2, name="node-1-to-be", replaces="node-1"), wanted(3)], hosts=hosts)
    site.add(machine(wanted(1), "a", "host-1"))
    assert site.codes() == []
    site.vms[0] = dataclasses.replace(site.vms[0], replaces="")
    assert site.codes() == ["C3"]


def test_a_machine_on_a_host_that_it_is_denied() -> None:
    site = Site(vms=[anywhere(1, deny=("HOST1",)), anywhere(2, allow=("HOST1", "HOST3")), anywhere(3, allow=("HOST3",))])
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2), "a", "host-2"), machine(wanted(3), "old", "host-1"))
    assert [(found.code, found.machines, found.reason) for found in site.plan().violations] == [
        ("C10", ("node-1",), "is on HOST1, and is denied on HOST1"),
        ("C10", ("node-2",), "is on HOST2, and is allowed on HOST1, HOST3 only"),
    ]
    site.vms = [dataclasses.replace(vm, host="HOST3") for vm in site.vms[:1]]
    assert site.plan().violations == (), "a pin is told as drift"
