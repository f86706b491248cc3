# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step at a time, from any state that a run can leave behind; the voters never fall below the majority."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import quorum
from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.decide import next_step
from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.model import Machine, Place
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._migration.environment import NEW, OLD, Environment, Node, three


def reinstalled() -> Environment:
    """eNeG's: the host of node-1 itself moves to the other vCenter, installed anew."""
    found = three()
    found.nodes["node-1"].wanted = Place(NEW, "old-1")
    found.hosts = {Place(NEW, "old-2"), Place(NEW, "old-3")}
    return found


def grown() -> Environment:
    """node-1 goes for good, node-4 comes in its place."""
    found = three(moved=0)
    found.nodes["node-1"].leaving = True
    found.nodes["node-4"] = Node(Place(NEW, "new-4"))
    found.hosts.add(Place(NEW, "new-4"))
    return found


def actions(environment: Environment) -> list[tuple[str, str]]:
    """All steps to the end, carried out."""
    taken = []
    for _step in range(20):
        step = environment.step()
        taken.append((step.action, step.node))
        if step.action in ("done", "refuse"):
            return taken
        if step.action == "by_hand":
            environment.by_hand(step.node)
        environment.carry_out(step)
    raise AssertionError(taken)


def test_a_server_that_keeps_its_name_leaves_first() -> None:
    assert actions(three()) == [("leave", "node-1"), ("switch_off", "node-1"), ("by_hand", "node-1"), ("join", "node-1"), ("done", "")]


def test_a_host_that_is_installed_anew_need_not_be_there_before() -> None:
    found = reinstalled()
    assert (found.step().trial, three().step().trial) == (False, True), "only a host that is there can be asked"
    assert actions(found)[0] == ("leave", "node-1")
    assert actions(reinstalled())[-1] == ("done", "")


def test_what_the_owner_has_to_do_is_said() -> None:
    for environment, words in ((reinstalled(), "take old-1 out of vcenter-b, install it anew"), (three(), "delete_vms.yml -e machines=node-1")):
        environment.carry_out(environment.step())
        environment.carry_out(environment.step())
        assert words in environment.step().reason
    environment = reinstalled()
    environment.nodes["node-1"].place = None
    assert environment.step().action == "by_hand"
    assert "old-1 is not in vcenter-a" in environment.step().reason


def test_a_server_that_goes_for_good_leaves_last() -> None:
    found = grown()
    assert (found.step().action, found.step().node, found.step().leaver) == ("join", "node-4", "node-1")
    assert actions(found) == [("join", "node-4"), ("leave", "node-1"), ("switch_off", "node-1"), ("done", "")]
    assert "delete what is left of them (delete_vms.yml -e machines=node-1" in found.step().reason
    found.nodes["node-1"].place = None
    assert "Now take them out of the matrix, then run site.yml." in found.step().reason


def test_all_servers_move_one_after_the_other() -> None:
    taken = actions(three(moved=3))
    assert [node for action, node in taken if action == "leave"] == ["node-1", "node-2", "node-3"]
    assert [step[0] for step in taken[:5]] == ["leave", "switch_off", "by_hand", "join", "leave"]


def test_nothing_to_do() -> None:
    step = three(moved=0).step()
    assert (step.action, step.todo, step.problems) == ("done", (), ())


@pytest.mark.parametrize("stages", [1, 2])
def test_a_removal_that_was_cut_off_goes_on_although_two_are_left(stages: int) -> None:
    found = three(moved=3)
    found.carry_out(found.step(), stages)
    assert (found.step().action, found.step().node, found.step().leaver) == ("leave", "node-1", "node-1")


def refusal(environment: Environment) -> str:
    step = environment.step()
    assert step.action == "refuse", step
    (problem,) = step.problems
    return problem


def test_only_from_among_three_healthy_voters() -> None:
    found = three()
    del found.nodes["node-3"]
    assert "node-1 may leave only while there are 3 healthy voters, and there are 2" in " ".join(found.step().problems)


def test_one_that_ails_is_mended_before_another_leaves() -> None:
    found = three()
    found.nodes["node-3"].healthy = False
    assert (found.step().action, found.step().node) == ("join", "node-3"), "site.yml brings it up, or says why not"
    assert "site.yml runs first" in found.step().reason
    found.nodes["node-3"].on = False
    assert "node-3 is no healthy voter; bring it up first" in refusal(found)


def test_the_one_to_go_has_to_be_well() -> None:
    found = three()
    found.nodes["node-1"].healthy = False
    assert "remove.yml -e node=node-1" in refusal(found)
    found.nodes["node-1"].on = False
    assert "remove.yml -e node=node-1" in refusal(found)


def test_a_cluster_that_is_down() -> None:
    found = three()
    for node in found.nodes.values():
        node.healthy = False
    assert "bring the cluster up first" in refusal(found)


def test_two_hosts_in_the_target_are_too_few() -> None:
    """C0-21: three servers on two hosts."""
    found = three(moved=3)
    for name, host in (("node-1", "new-1"), ("node-2", "new-2"), ("node-3", "new-2")):
        found.nodes[name].wanted = Place(NEW, host)
    assert "3 servers on 2 host(s): with new-2 node-2 and node-3 would be lost, and the majority with them" in refusal(found)


def test_a_new_host_that_is_not_ready_keeps_the_server_where_it_is() -> None:
    found = three()
    found.hosts.discard(found.nodes["node-1"].wanted)
    assert "node-1 has nowhere to go: new-1 is not in vcenter-a" in refusal(found)


def test_a_machine_that_was_adopted_is_its_owners() -> None:
    found = three()
    found.nodes["node-1"].ours = False
    assert "C13" in refusal(found)
    found.nodes["node-1"].ours, found.nodes["node-2"].ours = True, False
    assert found.step().action == "leave", "one that stays may be anybody's"


def test_two_machines_of_one_name() -> None:
    servers = three().servers()
    servers[0] = dataclasses.replace(servers[0], machines=(*servers[0].machines, Machine(Place(NEW, "new-1"), on=False, ours=True)))
    (problem,) = next_step(servers).problems
    assert "node-1 exists 2 times, on old-1 (vcenter-b) and new-1 (vcenter-a)" in problem


def test_a_member_whose_machine_is_gone() -> None:
    found = three()
    servers = found.servers()
    servers[1] = dataclasses.replace(servers[1], machines=(), seen=None)
    assert "node-2 is no healthy voter" in " ".join(next_step(servers).problems)


@given(st.data())
def test_any_migration_killed_anywhere_ends_and_keeps_the_majority(data: st.DataObject) -> None:
    """Runs are killed within removals, hosts are installed anew or not, servers go for good or keep their names."""
    size = data.draw(st.sampled_from([3, 5]), "servers")
    nodes = {}
    hosts = set()
    for i in range(1, size + 1):
        fate = data.draw(st.sampled_from(["stays", "moves", "host installed anew", "goes"]), f"node-{i}")
        old = Place(OLD, f"old-{i}")
        wanted = {"stays": old, "goes": old, "moves": Place(NEW, f"new-{i}"), "host installed anew": Place(NEW, f"old-{i}")}[fate]
        nodes[f"node-{i}"] = Node(wanted, leaving=fate == "goes", place=old)
        if fate == "goes":
            nodes[f"node-{i + 10}"] = Node(Place(NEW, f"new-{i}"))
        hosts |= {old, *([] if fate == "host installed anew" else [Place(NEW, f"new-{i}")])}
    environment = Environment(nodes, hosts)
    least = size
    for _step in range(20 * size):
        step = environment.step()
        assert not step.problems, step
        least = min(least, len(environment.healthy()))
        assert len(environment.healthy()) >= max(2, quorum.majority(len(environment.voters()))), (step, environment.nodes)
        if step.action == "done":
            break
        if step.action == "by_hand":
            environment.by_hand(step.node)
        environment.carry_out(step, data.draw(st.integers(1, 3), "killed at") if step.action == "leave" else 3)
    else:
        raise AssertionError("no end")
    assert least >= size - 1, "never is more than one away"
    stay = {name for name, node in nodes.items() if not node.leaving}
    assert environment.healthy() == stay
    assert all(nodes[name].place == nodes[name].wanted for name in stay)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3), st.booleans()), min_size=1, max_size=7))
def test_whatever_is_seen_nobody_leaves_when_the_others_could_not_go_on(states: list[tuple[bool, bool, int, bool]]) -> None:
    """Any mixture of ailing, half-removed, switched-off and moving servers."""
    nodes = {
        f"node-{i}": Node(Place(NEW, f"new-{i}" if moves else f"old-{i}"), place=Place(OLD if moves else NEW, f"old-{i}"), healthy=well, stage=stage, on=on)
        for i, (well, moves, stage, on) in enumerate(states, 1)
    }
    environment = Environment(nodes, {node.wanted for node in nodes.values()})
    step = environment.step()
    if step.action == "leave":
        others = environment.healthy() - {step.node}
        assert len(others) >= max(2, quorum.majority(len(environment.voters() - {step.node})))
        assert len(others) >= quorum.majority(len(environment.voters())), "enough to agree on the removal, too"
