# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What contradicts each other when not all machines can be placed: no fact too many, none too few, and what would help."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.conflict import Conflict, Help, conflict
from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.instance import NOWHERE, Instance, Spot
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, Policy, WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._placement.relax import WANTED, Fact, Relaxable
from hypothesis import given, settings

from tests.unit.plugins.module_utils._placement.sites import HOSTS, TARGETS, Site, anywhere
from tests.unit.plugins.module_utils._placement.strategies import sites


def environments(*names: str, **changes: int) -> list[WantedVM]:
    return [anywhere(number, name=f"{env}-{number}", env=env, disk_gb=100, **changes) for env in names for number in (1, 2, 3)]


def found(site: Site) -> Conflict:
    result = conflict(decide(site.estate()))
    assert result is not None
    return result


def check_minimal(site: Site, result: Conflict) -> None:
    """Infeasible as given, and feasible after dropping any one member."""
    decision = decide(site.estate())
    relaxable = Relaxable(decision, [item.name for item in decision.instance.items])
    assert not possible(relaxable.instance(result.facts))
    for fact in result.facts:
        assert possible(relaxable.instance([other for other in result.facts if other != fact])), fact


def possible(problem: Instance, at: tuple[Spot, ...] = ()) -> bool:
    """Whether all machines can be placed, by trying everything: the planner's searches and bounds have no part in it."""
    if len(at) == len(problem.items):
        return True
    return any(possible(problem, (*at, spot)) for spot in problem.items[len(at)].spots if allowed(problem, (*at, spot)))


def allowed(problem: Instance, at: tuple[Spot, ...]) -> bool:
    """Whether the last of some machines is where it may be beside the others."""
    host, store = at[-1]
    item, placed = problem.items[len(at) - 1], list(zip(problem.items, at, strict=False))
    same = [other for other, spot in placed[:-1] if other.group == item.group and problem.domain[spot[0]] == problem.domain[host]]
    beside = problem.fixed[item.group].get(problem.domain[host], 0) if item.group != NOWHERE else 0
    return (
        (item.group == NOWHERE or not problem.spread or not (same or beside))
        and problem.cpu[host].used + sum(other.cpu for other, spot in placed if spot[0] == host) <= problem.cpu[host].limit
        and problem.ram[host].used + sum(other.ram for other, spot in placed if spot[0] == host) <= problem.ram[host].limit
        and problem.disk[store].used + sum(other.disk for other, spot in placed if spot[1] == store) <= problem.disk[store].limit
    )


def changed(site: Site, change: Help) -> Site | None:
    """The site after a change that helps; None for kinds of change that this test does not know to make."""
    code, subject = change.fact
    vms, snapshots, policy = site.vms, dict(site.snapshots), dataclasses.replace(site.policy, node_budget=200_000)
    if code == WANTED:
        vms = [vm for vm in vms if vm.name != subject]
    elif code == "C10":
        vms = [dataclasses.replace(vm, host="", allow=(), deny=()) if vm.name == subject else vm for vm in vms]
    elif code in ("C4", "C5") and change.amount:
        entry = next(entry for entry in site.hosts if entry.name == subject)
        before = snapshots[entry.vcenter]
        host = before.hosts[entry.hostname]
        cores, memory = (-(-change.amount // 4), 0) if code == "C4" else (0, change.amount * 1024)
        larger = dataclasses.replace(host, cores=host.cores + cores, memory_mb=host.memory_mb + memory)
        snapshots[entry.vcenter] = dataclasses.replace(before, hosts={**before.hosts, entry.hostname: larger})
    elif code == "C6" and change.amount:
        vcenter, name = subject.split(":")
        before = snapshots[vcenter]
        more_bytes = -(-change.amount * GB * 100 // 85)
        store = before.datastores[name]
        store = dataclasses.replace(store, capacity=store.capacity + more_bytes, free=store.free + more_bytes)
        snapshots[vcenter] = dataclasses.replace(before, datastores={**before.datastores, name: store})
    else:
        return None
    return dataclasses.replace(site, vms=vms, snapshots=snapshots, policy=policy)


def old_host() -> Site:
    """The site of two vCenters whose third host is too old for the machines: the planner's own example."""
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)])
    site.change_host(3, max_hardware=13)
    return site


def four_on_three() -> Site:
    return Site(vms=[anywhere(number) for number in (1, 2, 3, 4)])


def too_much_memory() -> Site:
    return Site(vms=environments("dev", "prod", "test", memory_mb=100_000))


def full_datastore() -> Site:
    site = Site(vms=environments("dev"))
    site.change_store("S1", free=281 * GB)
    return site


def pinned_twice() -> Site:
    return Site(vms=[anywhere(1, host="HOST1"), anywhere(2, host="HOST1"), anywhere(3)])


@pytest.mark.parametrize("make", [old_host, four_on_three, too_much_memory, full_datastore, pinned_twice])
def test_the_set_is_contradictory_and_nothing_in_it_can_be_spared(make: Callable[[], Site]) -> None:
    site = make()
    result = found(site)
    assert result.minimal
    assert len(result.facts) == len(result.reasons)
    check_minimal(site, result)


@settings(max_examples=40, deadline=None)
@given(sites())
def test_every_set_that_is_called_minimal_is(site: Site) -> None:
    result = conflict(decide(site.estate()))
    if result is not None and result.minimal:
        check_minimal(site, result)


@settings(max_examples=40, deadline=None)
@given(sites())
def test_every_change_that_is_said_to_help_does_when_the_site_makes_it(site: Site) -> None:
    result = conflict(decide(site.estate()))
    for change in result.helps if result is not None else ():
        after = changed(site, change)
        assert after is None or decide(after.estate()).unplaced == (), change


def test_three_nodes_and_two_hosts_that_can_run_them() -> None:
    result = found(old_host())
    assert result.facts == (*(Fact(WANTED, f"node-{number}") for number in (1, 2, 3)), Fact("C3", "dev"), Fact("C8", "HOST3"))
    assert result.reasons[-1] == "C8 HOST3: wants vmx-14, s3.example.test runs up to vmx-13"
    assert result.helps[0].text == "a virtual hardware version that HOST3 runs"
    assert result.helps[-1].text == "letting servers of dev share a failure domain"


def test_the_help_is_exactly_enough() -> None:
    """131 GB are free for 132 of need beside 150 of headroom: one more is wanted, and with it the plan works."""
    site = full_datastore()
    first = found(site).helps[0]
    assert (first.fact, first.amount) == (Fact("C6", "a:S1"), 1)
    assert first.text == "1 more GB of space on a:S1"
    site.change_store("S1", free=282 * GB)
    assert decide(site.estate()).unplaced == ()


def test_what_helps_does_help() -> None:
    """A pin that is lifted is the smallest change, and without it all machines have a place."""
    site = pinned_twice()
    first = found(site).helps[0]
    assert first.text == "letting node-1 be on other hosts"
    site.vms[0] = dataclasses.replace(site.vms[0], host="")
    assert decide(site.estate()).unplaced == ()


def test_a_machine_that_fits_nowhere_is_told_alone() -> None:
    site = Site(vms=[*environments("dev"), anywhere(1, name="giant", env="big", vcpus=200)])
    result = found(site)
    assert result.facts[0] == Fact(WANTED, "giant")
    assert {fact.code for fact in result.facts[1:]} == {"C4"}


def test_no_conflict_where_everything_has_a_place() -> None:
    assert conflict(decide(Site(vms=environments("dev", "test")).estate())) is None


@pytest.mark.parametrize("name", ["a", "old"])
def test_nothing_is_guessed_while_a_vcenter_cannot_be_seen(name: str) -> None:
    """A server pinned to the vCenter that answers is not helped by bringing that one back."""
    site = Site(vms=[anywhere(1, host="HOST1"), anywhere(2, host="HOST2"), anywhere(3, host="HOST3")])
    del site.snapshots[name]
    assert conflict(decide(site.estate())) is None


def test_a_host_that_is_not_found_has_no_size_to_complain_of() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)])
    site.hosts = (*HOSTS[:2], dataclasses.replace(HOSTS[2], hostname="s9.example.test"))
    result = found(site)
    check_minimal(site, result)
    assert {(fact.code, fact.subject) for fact in result.facts if fact.code not in (WANTED, "C3")} == {("C1", "HOST3")}
    assert result.helps[0].text == "bringing HOST3 back, if it has the room"


def test_a_vcenter_that_is_not_given_is_a_fact_about_itself() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)], targets={"a": TARGETS["a"]})
    del site.snapshots["old"]
    assert found(site).helps[0].text == "giving vCenter old, if it has the room"


@pytest.mark.parametrize("budget", [0, 40, 400])
def test_a_small_budget_claims_nothing_that_is_not_so(budget: int) -> None:
    site = too_much_memory()
    site.policy = Policy(node_budget=budget)
    result = conflict(decide(site.estate()))
    if result is not None and result.minimal:
        check_minimal(site, result)
