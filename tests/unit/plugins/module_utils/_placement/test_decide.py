# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every decision, whatever the site: it keeps all constraints, is the same for every order, and moves nothing unasked."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.explain import explain
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._placement.checker import breaches
from tests.unit.plugins.module_utils._placement.sites import Site, anywhere, host, machine, shuffled, snapshot, wanted
from tests.unit.plugins.module_utils._placement.strategies import sites

EXAMPLES = settings(max_examples=60, deadline=None)


@EXAMPLES
@given(sites())
def test_a_decision_keeps_every_constraint(site: Site) -> None:
    decision = decide(site.estate())
    assert breaches(site, decision) == []
    missing = {vm.name for vm in site.vms} - {state.name for snapshot in site.snapshots.values() for state in snapshot.vms}
    assert missing == set(decision.places) | set(decision.unplaced)


@EXAMPLES
@given(sites(moves=True))
def test_a_decision_with_moves_keeps_every_constraint_too(site: Site) -> None:
    assert breaches(site, decide(site.estate())) == []


@EXAMPLES
@given(sites())
def test_what_is_explained_is_what_was_decided(site: Site) -> None:
    """A machine without a place has a reason on every host; one with a place has none against its host."""
    decision = decide(site.estate())
    reasons = explain(decision)
    for name in decision.unplaced:
        assert all(reasons[name].values())
    for name, place in decision.places.items():
        assert reasons[name][place.host] == []


@settings(max_examples=40, deadline=None)
@given(sites(moves=True), st.integers(0, 1000))
def test_the_order_of_what_is_told_does_not_matter(site: Site, seed: int) -> None:
    first, second = decide(site.estate()), decide(shuffled(site, seed).estate())
    assert (first.places, first.unplaced, first.solution) == (second.places, second.unplaced, second.solution)


@EXAMPLES
@given(sites(), st.data())
def test_removing_a_wanted_machine_moves_nothing(site: Site, data: st.DataObject) -> None:
    """What exists is in no decision, with or without the others."""
    there = {state.name for snapshot in site.snapshots.values() for state in snapshot.vms}
    site.vms = [vm for vm in site.vms if data.draw(st.booleans())]
    assert not there & set(decide(site.estate()).places)


@EXAMPLES
@given(sites(moves=True))
def test_nothing_moves_that_is_not_named(site: Site) -> None:
    there = {state.name for snapshot in site.snapshots.values() for state in snapshot.vms}
    assert there & set(decide(site.estate()).places) <= site.policy.allow_moves


@EXAMPLES
@given(sites(), st.sampled_from(["a", "old"]))
def test_nothing_is_created_while_a_vcenter_cannot_be_seen(site: Site, name: str) -> None:
    del site.snapshots[name]
    assert decide(site.estate()).places == {}


@EXAMPLES
@given(sites())
def test_a_further_host_never_makes_the_possible_impossible(site: Site) -> None:
    site.policy = dataclasses.replace(site.policy, layout="balanced")
    if decide(site.estate()).unplaced:
        return
    before = site.snapshots["a"]
    more = snapshot("a", (5,))
    site.hosts = (*site.hosts, HostEntry("HOST5", "s5.example.test", "a", ("S5",), "room5"))
    site.snapshots["a"] = dataclasses.replace(
        before, hosts={**before.hosts, "s5.example.test": host(5, moid="host-5")}, datastores={**before.datastores, **more.datastores}
    )
    assert decide(site.estate()).unplaced == ()


@pytest.mark.parametrize(("layout", "places"), [("aligned", "123 123 123"), ("rotated", "123 231 312")])
def test_layouts_of_the_site_with_three_hosts(layout: str, places: str) -> None:
    """Node n of every environment on HOSTn, or one host further in each environment."""
    site = Site(policy=Policy(layout=layout))
    site.vms = [anywhere(number, name=f"{env}-{number}", env=env, disk_gb=100) for env in ("dev", "prod", "test") for number in (1, 2, 3)]
    decided = decide(site.estate()).places
    hosts = [decided[vm.name].host[-1] for vm in site.vms]
    assert " ".join("".join(hosts[start : start + 3]) for start in (0, 3, 6)) == places


def test_balanced_keeps_first_nodes_apart() -> None:
    site = Site(vms=[anywhere(number, name=f"{env}-{number}", env=env, disk_gb=100) for env in ("dev", "prod", "test") for number in (1, 2, 3)])
    places = decide(site.estate()).places
    assert {places[f"{env}-1"].host for env in ("dev", "prod", "test")} == {"HOST1", "HOST2", "HOST3"}


def test_a_layout_gives_way_to_what_is_there() -> None:
    """Node 1 was put on HOST2 by hand: it stays, and node 2 takes another host."""
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)], policy=Policy(layout="aligned"))
    site.add(machine(wanted(1), "a", "host-2"))
    assert {name: place.host for name, place in decide(site.estate()).places.items()} == {"node-2": "HOST1", "node-3": "HOST3"}


def test_a_named_machine_moves_to_heal_a_violation_and_no_other_does() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)])
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2, datastore="S1"), "a", "host-1"))
    assert set(decide(site.estate()).places) == {"node-3"}
    site.policy = Policy(moves="repair", allow_moves=frozenset({"node-2"}))
    places = decide(site.estate()).places
    assert (places["node-2"].host, places["node-2"].moves_from) == ("HOST2", "HOST1")
    assert places["node-3"].host == "HOST3"


def test_machines_are_moved_for_balance_only_when_that_is_wished() -> None:
    site = Site(vms=[anywhere(1, role="agent", memory_mb=100_000), anywhere(2, role="agent", memory_mb=100_000)])
    site.add(machine(wanted(1, memory_mb=100_000), "a", "host-1"), machine(wanted(2, datastore="S1", memory_mb=100_000), "a", "host-1"))
    site.policy = Policy(moves="repair", allow_moves=frozenset({"node-1", "node-2"}))
    assert decide(site.estate()).places == {}
    site.policy = dataclasses.replace(site.policy, moves="rebalance")
    assert len(decide(site.estate()).places) == 1
