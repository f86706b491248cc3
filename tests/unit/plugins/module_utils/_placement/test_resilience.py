# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loss of each host would cost."""

from __future__ import annotations

import dataclasses

from ansible_collections.groundwork.platform.plugins.module_utils._placement.decide import decide
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, Policy, WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._placement.resilience import BY_PIN, Loss, Quorum, losses

from tests.unit.plugins.module_utils._placement.sites import HOSTS, Site, anywhere, host, machine, snapshot, wanted


def three_environments() -> list[WantedVM]:
    return [anywhere(number, name=f"{env}-{number}", env=env, disk_gb=100) for env in ("dev", "prod", "test") for number in (1, 2, 3)]


def of(site: Site) -> dict[str, Loss]:
    return {loss.host: loss for loss in losses(decide(site.estate()))}


def fourth_host(site: Site) -> None:
    before, more = site.snapshots["a"], snapshot("a", (4,))
    site.hosts = (*HOSTS, HostEntry("HOST4", "s4.example.test", "a", ("S4",), "room4"))
    site.snapshots["a"] = dataclasses.replace(
        before, hosts={**before.hosts, "s4.example.test": host(4, moid="host-4")}, datastores={**before.datastores, **more.datastores}
    )


def test_three_hosts_keep_the_majority_but_lost_machines_can_live_nowhere() -> None:
    found = of(Site(vms=three_environments(), policy=Policy(layout="aligned")))
    assert set(found) == {"HOST1", "HOST2", "HOST3"}
    for loss in found.values():
        assert len(loss.machines) == 3
        assert {(quorum.left, quorum.of) for quorum in loss.quorum.values()} == {(2, 3)}
        assert loss.environments_lost == ()
        assert loss.elsewhere == {}
        codes = {refusal.code for hosts in loss.why_not.values() for reasons in hosts.values() for refusal in reasons}
        assert codes == {"C3"}, "only anti-affinity stands against it, and it does on every host"


def test_a_fourth_host_can_take_what_is_lost() -> None:
    site = Site(vms=three_environments(), policy=Policy(layout="aligned"))
    fourth_host(site)
    loss = of(site)["HOST1"]
    assert loss.why_not == {}
    assert set(loss.elsewhere.values()) <= {"HOST2", "HOST3", "HOST4"}
    assert loss.environments_lost == ()


def test_two_servers_on_one_host_cost_the_majority() -> None:
    site = Site(vms=[anywhere(number) for number in (1, 2, 3)])
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2), "a", "host-1"))
    found = of(site)
    assert found["HOST1"].environments_lost == ("dev",)
    assert found["HOST1"].quorum["dev"].left == 1
    survivor = decide(site.estate()).places["node-3"].host
    assert found[survivor].environments_lost == ()


def test_an_adopted_server_that_is_off_has_no_vote_and_one_on_another_host_has() -> None:
    """Nobody starts an adopted machine; ours are started by the plan. A host that the site does not use still carries a vote."""
    site = Site(vms=[anywhere(1), anywhere(2), anywhere(3)])
    site.add(machine(wanted(1), "a", "host-1"), machine(wanted(2), "a", "host-2", powered_on=False), machine(wanted(3), "old", "host-9"))
    assert of(site)["HOST1"].quorum["dev"] == Quorum(2, 3)
    site.vms[1] = dataclasses.replace(site.vms[1], adopt=True)
    site.snapshots["a"] = dataclasses.replace(site.snapshots["a"], vms=site.snapshots["a"].vms[:2])
    foreign = dataclasses.replace(machine(wanted(2), "a", "host-2"), details=None)
    site.add(dataclasses.replace(foreign, powered_on=False))
    assert of(site)["HOST1"].environments_lost == ("dev",)


def test_what_a_pin_says_of_hardware_and_networks_is_its_own_vcenters() -> None:
    site = Site(vms=[wanted(1, hardware_version=21, networks=("LAN",), env="one")])
    site.change_host(2, max_hardware=14)
    site.change_host(3, max_hardware=14, networks=frozenset({"VLAN9"}))
    against = of(site)["HOST1"].why_not["node-1"]
    assert {name: [(refusal.code, BY_PIN in refusal.reason) for refusal in found] for name, found in against.items()} == {
        "HOST2": [("C8", False)],
        "HOST3": [("C8", True), ("C9", True)],
    }


def test_too_old_hardware_is_a_reason_too() -> None:
    """HOST3 is ESXi 6.7: what is lost on HOST1 cannot be started there, whatever the room."""
    site = Site(vms=[anywhere(1, hardware_version=21, allow=("HOST1",), env="one"), anywhere(2, host="HOST2", env="two")])
    site.vms[0] = dataclasses.replace(site.vms[0], allow=(), deny=("HOST2",))
    site.change_host(3, max_hardware=14)
    loss = of(site)["HOST1"]
    assert loss.environments_lost == ("one",)
    assert {name: [refusal.code for refusal in reasons] for name, reasons in loss.why_not["node-1"].items()} == {"HOST2": ["C10"], "HOST3": ["C8"]}


def test_room_that_others_take_counts() -> None:
    """What HOST1 loses fits HOST2 as long as the machines there leave the memory."""
    site = Site(vms=[anywhere(1, role="agent", memory_mb=150_000, host="HOST1"), anywhere(2, role="agent", memory_mb=100_000, host="HOST2")])
    site.change_host(3, memory_mb=65536)
    assert of(site)["HOST1"].elsewhere == {"node-1": "HOST2"}
    site.vms[1] = dataclasses.replace(site.vms[1], memory_mb=110_000)
    reasons = of(site)["HOST1"].why_not["node-1"]
    assert {name: [refusal.code for refusal in why] for name, why in reasons.items()} == {"HOST2": ["C5"], "HOST3": ["C5"]}
