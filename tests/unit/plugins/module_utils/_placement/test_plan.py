# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan decides, and that it decides the same whatever the order of what it is given."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, Policy, Snapshot, VMDetails
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._placement.sites import HOSTS, Site, anywhere, machine, shuffled, wanted

CHECKOUT = Path(__file__).parents[5]
BEGUN = VMDetails(14, 200, frozenset({"LAN"}), frozenset({"S1"}), {"env": "dev", "node": "node-1", "state": "creating"})
PLACES = {1: ("a", "host-1"), 2: ("a", "host-2"), 3: ("old", "host-1")}


def whole() -> Site:
    """All three machines are there as wanted."""
    site = Site()
    site.add(*(machine(wanted(number), *place) for number, place in PLACES.items()))
    return site


def test_what_is_missing_is_created_where_the_site_says() -> None:
    plan = Site().plan()
    assert [(entry.vm.name, entry.action, entry.vcenter, entry.hostname) for entry in plan.entries] == [
        ("node-1", "create", "a", "s1.example.test"),
        ("node-2", "create", "a", "s2.example.test"),
        ("node-3", "create", "old", "s3.example.test"),
    ]
    assert plan.problems == ()
    assert plan.changes == plan.entries


def test_what_is_there_is_kept_without_drift() -> None:
    plan = whole().plan()
    assert {entry.action for entry in plan.entries} == {"keep"}
    assert [entry.drift for entry in plan.entries] == [(), (), ()]
    assert plan.changes == ()


@given(
    st.permutations([wanted(1), wanted(2), wanted(3)]), st.permutations(HOSTS), st.permutations(["a", "old"]), st.randoms(use_true_random=False), st.booleans()
)
def test_the_order_of_everything_does_not_matter(vms: Any, hosts: Any, vcenters: Any, random: Any, present: bool) -> None:
    site = whole() if present else Site()
    snapshots: dict[str, Snapshot] = {}
    for name in vcenters:
        machines = list(site.snapshots[name].vms)
        random.shuffle(machines)
        snapshots[name] = dataclasses.replace(site.snapshots[name], vms=tuple(machines))
    told = Site(vms=vms, hosts=tuple(hosts), snapshots=snapshots, policy=site.policy)
    assert told.plan() == site.plan()


def test_a_hundred_orders_make_one_plan_id() -> None:
    site = Site(vms=[anywhere(number, name=f"{env}-{number}", env=env, disk_gb=100) for env in ("dev", "prod", "test") for number in (1, 2, 3)])
    site.add(machine(site.vms[4], "a", "host-2"))
    assert len({shuffled(site, seed).plan().plan_id for seed in range(100)}) == 1


ONE_PLAN = """
from tests.unit.plugins.module_utils._placement.sites import Site, anywhere
print(Site(vms=[anywhere(number, name=f"{env}-{number}", env=env, disk_gb=100) for env in ("dev", "prod") for number in (1, 2, 3)]).plan().plan_id)
"""


def test_the_hash_seed_of_python_does_not_matter() -> None:
    def planned(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{CHECKOUT}:{CHECKOUT / '.build/collections'}"}
        return subprocess.run([sys.executable, "-c", ONE_PLAN], check=True, capture_output=True, text=True, env=environment).stdout

    assert len({planned(seed) for seed in ("0", "1", "2")}) == 1


@given(st.sets(st.integers(1, 3)), st.sets(st.integers(1, 3)))
def test_removing_a_wanted_machine_changes_nothing_for_the_others(present: set[int], removed: set[int]) -> None:
    site = Site()
    site.add(*(machine(wanted(number), *PLACES[number]) for number in present))
    before = {entry.vm.name: entry for entry in site.plan().entries}
    site.vms = [wanted(number) for number in (1, 2, 3) if number not in removed]
    assert all(before[entry.vm.name] == entry for entry in site.plan().entries)


@given(st.sets(st.integers(1, 3)))
def test_what_exists_is_never_created_again(present: set[int]) -> None:
    site = Site()
    site.add(*(machine(wanted(number), *PLACES[number]) for number in present))
    assert {name for name, action in site.actions().items() if action == "keep"} == {f"node-{number}" for number in present}


def test_the_id_tells_plans_apart_and_free_space_does_not_enter() -> None:
    site = Site()
    first = site.plan().plan_id
    site.change_store("S1", free=site.snapshots["a"].datastores["S1"].free - 1)
    assert site.plan().plan_id == first
    site.vms[0] = wanted(1, memory_mb=16384)
    assert site.plan().plan_id != first


def test_another_vcenter_of_the_same_name_is_another_plan() -> None:
    site = Site()
    first = site.plan().plan_id
    site.snapshots["a"] = dataclasses.replace(site.snapshots["a"], uuid="reinstalled")
    assert site.plan().plan_id != first


@pytest.mark.parametrize(
    ("changes", "action"),
    [({"powered_on": False}, "power_on"), ({"details": BEGUN}, "complete"), ({"details": BEGUN, "powered_on": False}, "complete"), ({}, "keep")],
)
def test_our_own_machine(changes: dict[str, Any], action: str) -> None:
    site = Site()
    site.add(machine(wanted(1), "a", "host-1", **changes))
    assert site.actions()["node-1"] == action


def test_a_vcenter_that_was_not_read_is_not_taken_for_empty() -> None:
    site = Site()
    del site.snapshots["old"]
    assert set(site.actions().values()) == {"unknown"}
    assert {entry.reason for entry in site.plan().entries} == {"old cannot be read, it may be there"}
    assert (site.plan().changes, site.plan().problems) == ((), ())


def test_equal_ids_in_two_vcenters_are_different_hosts() -> None:
    """A machine on host-1 of "old" does not weigh on host-1 of "a"."""
    site = whole()
    site.policy = Policy(vcpus_per_core=1.0)
    site.vms.append(wanted(1, name="node-4", env="test", vcpus=32 - 8))
    assert site.codes() == []
    site.vms[-1] = wanted(1, name="node-4", env="test", vcpus=32 - 8 + 1)
    assert site.codes() == ["C4"]


def test_natural_order() -> None:
    assert sorted(["node-10", "node-9", "a-1"], key=natural) == ["a-1", "node-9", "node-10"]


def test_planning_a_site_without_machines() -> None:
    assert Site(vms=[]).plan().entries == ()


def test_what_the_site_leaves_open_is_filled_in_by_the_decision() -> None:
    """New machines get host and datastore; an existing one is where it is, which is no drift."""
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)], policy=Policy(layout="aligned"))
    site.add(machine(wanted(1), "a", "host-2"))
    plan = site.plan()
    assert [(entry.action, entry.vm.host, entry.vm.datastore, entry.drift) for entry in plan.entries] == [
        ("keep", "HOST2", "S1", ()),
        ("create", "HOST1", "S1", ()),
        ("create", "HOST3", "S3", ()),
    ]


def test_a_move_that_is_allowed_is_told_with_where_it_comes_from() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)], policy=Policy(moves="repair", allow_moves=frozenset({"node-2"})))
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2, datastore="S1"), "a", "host-1"))
    entry = site.plan().entries[1]
    assert (entry.action, entry.vm.host, entry.reason, entry.moid) == ("move", "HOST2", "moves from HOST1", "vm-node-2")


def test_a_machine_without_a_place_is_refused_with_every_host_and_what_helps() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)])
    site.change_host(3, max_hardware=13)
    problem = site.plan().problems[0]
    assert (problem.code, problem.place) == ("P-NO-PLACE", "node-3")
    assert "HOST1: C3" in problem.reason
    assert "HOST3: C8" in problem.reason
    assert problem.remedy == "a virtual hardware version that HOST3 runs"


def test_what_is_seen_is_told_while_another_vcenter_cannot_be_read() -> None:
    """Machines of the vCenter that answers are kept; what it does not hold may be in the other, and is not said to have no place."""
    site = whole()
    site.vms.append(wanted(1, name="node-4", env="test"))
    del site.snapshots["old"]
    assert site.actions() == {"node-1": "keep", "node-2": "keep", "node-3": "unknown", "node-4": "unknown"}
    assert (site.plan().changes, site.plan().problems) == ((), ())


def test_what_was_not_searched_is_not_said_to_help_nothing() -> None:
    """A full datastore takes a search to find, and beyond sixty machines no change is tried."""
    site = Site(policy=Policy(node_budget=0), vms=[anywhere(number) for number in (1, 2, 3)])
    site.change_store("S1", free=381 * GB)
    assert [problem.remedy for problem in site.plan().problems] == [
        "what would help was not searched (the budget of the search ran out before it could tell): look at what stands against each host"
    ]
    site = Site(vms=[anywhere(number) for number in (1, 2, 3, 4)])
    site.vms += [anywhere(1, name=f"more-{number}", env=f"e{number}", vcpus=1, memory_mb=64, disk_gb=20) for number in range(60)]
    assert "not searched (more than 60 machines need a decision)" in site.plan().problems[0].remedy


def test_why_a_host_was_chosen_is_told_unless_it_was_pinned() -> None:
    site = Site(vms=[anywhere(1), anywhere(2, allow=("HOST2",)), wanted(3)])
    assert [entry.reason for entry in site.plan().entries] == [
        "does not exist; lowest maximum share among 3 hosts",
        "does not exist; no other host may have it",
        "does not exist",
    ]
    site.policy = Policy(layout="aligned")
    assert site.plan().entries[0].reason == "does not exist; its host by layout aligned"


def test_missing_folders_are_part_of_the_plan_parents_first_and_change_its_id() -> None:
    site = Site(vms=[wanted(1, folder="k8s/dev/a"), wanted(3, folder="k8s"), wanted(2, folder="k8s/dev/a")])
    plan = site.plan()
    assert [(folder.vcenter, folder.path) for folder in plan.folders] == [("a", "k8s/dev"), ("a", "k8s/dev/a")]
    there = dataclasses.replace(site.snapshots["a"], folders={"": "g1", "k8s": "g2", "k8s/dev": "g3", "k8s/dev/a": "g4"})
    site.snapshots["a"] = there
    assert site.plan().folders == ()
    assert site.plan().plan_id != plan.plan_id
