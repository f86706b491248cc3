# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nine machines over two vCenters: created as planned, then left alone."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from typing import Any

from pyVmomi import vim

from tests.integration.vsphere.simulated import done
from tests.integration.vsphere.site import Site


def test_creates_nine_machines_exactly_as_wanted(site: Site) -> None:
    before = {vcenter.name: vcenter.calls() for vcenter in (site.a, site.old)}
    result = site.ok()
    assert result["changed"]
    assert set(result["outcomes"].values()) == {"created"}
    counted = 0
    for vcenter in (site.a, site.old):
        seen = sum(vcenter.calls().values()) - sum(before[vcenter.name].values())
        assert seen == result["rpc"][vcenter.name]["total"], "what the module says it called is what the vCenter saw"
        counted += seen
    assert counted <= 60
    machines = site.machines()
    assert sorted(machines) == sorted(vm["name"] for vm in site.arguments["vms"])
    for wanted in site.arguments["vms"]:
        vm = machines[wanted["name"]]
        disks = [device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualDisk)]
        cards = [device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualEthernetCard)]
        host = next(host for host in site.arguments["hosts"] if host["name"] == wanted["host"])
        assert vm.runtime.host.name == host["hostname"]
        assert vm.resourcePool == vm.runtime.host.parent.resourcePool
        assert [store.name for store in vm.datastore] == [wanted["datastore"]]
        assert [network.name for network in vm.network] == wanted["networks"]
        assert vm.parent.name == wanted["env"]
        assert vm.config.version == f"vmx-{wanted['hardware_version']}"
        assert (vm.config.hardware.numCPU, vm.config.hardware.memoryMB) == (8, 32768)
        assert [disk.capacityInKB >> 20 for disk in disks] == [200]
        assert len(cards) == 1
        assert vm.runtime.powerState == "poweredOn"


def test_guest_data_is_readable_by_cloud_init_and_the_marker_says_ready(site: Site) -> None:
    site.ok()
    extra = {option.key: option.value for option in site.a.machines()["k8s-dev-21"].config.extraConfig}
    assert extra["guestinfo.metadata.encoding"] == extra["guestinfo.userdata.encoding"] == "gzip+base64"
    metadata = json.loads(gzip.decompress(base64.b64decode(extra["guestinfo.metadata"])))
    userdata = gzip.decompress(base64.b64decode(extra["guestinfo.userdata"])).decode()
    assert metadata == {"instance-id": "dev-k8s-dev-21", "local-hostname": "k8s-dev-21"}
    assert userdata.startswith("#cloud-config\n")
    assert json.loads(userdata.partition("\n")[2]) == {"hostname": "k8s-dev-21"}
    marker = json.loads(extra["groundwork.placement"])
    assert (marker["env"], marker["node"], marker["state"]) == ("dev", "k8s-dev-21", "ready")


def test_a_second_run_changes_nothing_within_twenty_calls(site: Site) -> None:
    site.ok()
    before = {vcenter.name: vcenter.calls() for vcenter in (site.a, site.old)}
    result = site.ok()
    assert not result["changed"]
    assert {entry["action"] for entry in result["plan"]} == {"keep"}
    counted = 0
    for vcenter in (site.a, site.old):
        new = {method: number - before[vcenter.name].get(method, 0) for method, number in vcenter.calls().items()}
        assert sum(new.values()) == result["rpc"][vcenter.name]["total"], "what the module says it called is what the vCenter saw"
        assert new["Login"] == 1
        counted += sum(new.values())
    assert counted <= 20
    elsewhere = result["n_plus_1"]["HOST1"]["why_not"]["k8s-dev-21"]["HOST3"]
    assert {reason["code"] for reason in elsewhere} == {"C3", "C8"}, "hosts tell what they run also when nothing is new"


def test_check_mode_and_planned_change_nothing_and_say_the_same(site: Site) -> None:
    before = site.mutations()
    checked = site.ok(_ansible_check_mode=True)
    planned = site.ok(state="planned")
    assert site.mutations() == before
    assert checked["changed"]
    assert planned["changed"]
    assert checked["plan_id"] == planned["plan_id"]
    assert checked["diff"]["before"] == ""
    assert len(checked["diff"]["after"].splitlines()) == 9
    assert site.ok(expected_plan_id=checked["plan_id"])["plan"] == checked["plan"]


def test_order_of_arguments_does_not_matter(site: Site) -> None:
    ids = set()
    for _turn in range(3):
        for key in ("vms", "hosts", "vcenters"):
            site.arguments[key].append(site.arguments[key].pop(0))
        ids.add(site.ok(state="planned")["plan_id"])
    assert len(ids) == 1


def test_same_ids_in_both_vcenters_are_told_apart(site: Site) -> None:
    """Host ids of two vCenters collide; every machine still lands on its own host (asserted there), and is found again."""
    first, third = site.a.find(vim.HostSystem, "s2843.example.test"), site.old.find(vim.HostSystem, "s2842.example.test")
    assert first == third, "pyvmomi calls them equal, which is the trap"
    site.ok()
    assert not site.ok()["changed"]


def test_a_machine_of_ours_that_is_off_is_powered_on(site: Site) -> None:
    site.ok()
    vm = site.a.machines()["k8s-dev-21"]
    done(vm.PowerOffVM_Task())
    result = site.ok()
    assert result["outcomes"] == {"k8s-dev-21": "powered_on"}
    assert vm.runtime.powerState == "poweredOn"


def test_drift_is_told_and_nothing_is_moved_or_resized(site: Site) -> None:
    site.ok()
    vm = site.a.machines()["k8s-dev-21"]
    other = site.a.find(vim.HostSystem, "s3168.example.test")
    done(vm.RelocateVM_Task(vim.vm.RelocateSpec(host=other, datastore=other.datastore[0], pool=other.parent.resourcePool)))
    done(vm.ReconfigVM_Task(vim.vm.ConfigSpec(memoryMB=65536)))
    before = site.mutations()
    result = site.ok()
    assert not result["changed"]
    assert site.mutations() == before
    drift = next(entry["drift"] for entry in result["plan"] if entry["vm"] == "k8s-dev-21")
    assert {text.partition(":")[0] for text in drift} == {"host", "memory MB", "datastore"}
    assert any("k8s-dev-21 differs" in str(warning) for warning in result["warnings"])
    assert "P-VERIFIED" in site.refused(state="verified")


def test_servers_that_share_a_host_are_told_and_not_verified(site: Site) -> None:
    """Where the site leaves the host open there is no drift, and yet the loss of one host takes the majority."""
    site.arguments["vms"] = [site.vm(name) | {"host": "", "datastore": "", "hardware_version": 14} for name in ("k8s-dev-21", "k8s-dev-22")]
    made = site.ok(policy={"spread_servers": True, "layout": "aligned"})
    assert made["violations"] == []
    other = site.a.find(vim.HostSystem, "s2843.example.test")
    done(site.a.machines()["k8s-dev-22"].RelocateVM_Task(vim.vm.RelocateSpec(host=other, datastore=other.datastore[0], pool=other.parent.resourcePool)))
    result = site.ok(explain=["k8s-dev-22"])
    assert [(found["code"], found["machines"]) for found in result["violations"]] == [("C3", ["k8s-dev-21", "k8s-dev-22"])]
    assert any("servers of dev share HOST1" in str(warning) for warning in result["warnings"])
    assert list(result["explain"]) == ["k8s-dev-22"]
    assert site.refused(state="verified") == ["P-VERIFIED"]


def test_verified_fails_while_something_is_missing(site: Site) -> None:
    assert site.refused(state="verified") == ["P-VERIFIED"] * 9
    site.ok()
    assert not site.ok(state="verified")["changed"]


def test_waits_for_guests_to_report(site: Site) -> None:
    def report() -> None:
        with site.a.follow() as events:
            for line in events:
                vm = json.loads(line).get("vm")
                if vm:
                    site.a.control(set="guest", vm=vm["id"], ip="192.0.2.7", hostname=vm["name"], tools="running")
                    return

    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    thread = threading.Thread(target=report)
    thread.start()
    result = site.ok(wait_for_guest=300)
    thread.join(300)
    assert result["guests"] == {"k8s-dev-21": {"ip": "192.0.2.7", "hostname": "k8s-dev-21"}}


def test_a_guest_that_stays_silent_is_named(site: Site) -> None:
    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    result = site.run(wait_for_guest=2)
    assert result["failed"]
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-GUEST", "k8s-dev-21")]
    assert result["changed"]


def test_a_distributed_port_group_is_connected_by_its_ids(site: Site) -> None:
    content = site.a.client()
    datacenter = content.rootFolder.childEntity[0]
    host = site.a.find(vim.HostSystem, "s2843.example.test")
    member = vim.dvs.HostMember.ConfigSpec(operation="add", host=host)
    switch = done(
        datacenter.networkFolder.CreateDVS_Task(vim.DistributedVirtualSwitch.CreateSpec(configSpec=vim.DistributedVirtualSwitch.ConfigSpec(name="dvs")))
    )
    done(switch.AddDVPortgroup_Task([vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name="DVLAN", type="earlyBinding", numPorts=8)]))
    done(switch.ReconfigureDvs_Task(vim.DistributedVirtualSwitch.ConfigSpec(host=[member])))
    site.arguments["vms"] = [site.vm("k8s-dev-21") | {"networks": ["DVLAN"]}]
    site.ok()
    vm = site.a.machines()["k8s-dev-21"]
    assert [network.name for network in vm.network] == ["DVLAN"]
    assert not site.ok()["changed"]


def test_several_networks_get_a_card_each(site: Site) -> None:
    site.arguments["vms"] = [site.vm("k8s-dev-21") | {"networks": ["VLAN181", "VLAN180"]}]
    site.ok()
    vm = site.a.machines()["k8s-dev-21"]
    cards: list[Any] = [device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualEthernetCard)]
    assert [card.backing.deviceName for card in cards] == ["VLAN181", "VLAN180"]
    assert len({card.macAddress for card in cards}) == 2
    assert not site.ok()["changed"]


def test_folders_that_are_missing_are_created_and_told(site: Site) -> None:
    site.arguments["vms"] = [site.vm("k8s-dev-21") | {"folder": "platform/k8s/dev"}, site.vm("k8s-dev-23") | {"folder": "k8s/later"}]
    planned = site.ok(state="planned")
    wanted = [("vcenter-a", "platform"), ("vcenter-a", "platform/k8s"), ("vcenter-a", "platform/k8s/dev"), ("vcenter-old", "k8s/later")]
    assert [(folder["vcenter"], folder["path"]) for folder in planned["folders"]] == wanted
    assert "+ VM folder platform/k8s in vcenter-a" in planned["table"]
    site.ok(expected_plan_id=planned["plan_id"])
    machines = site.machines()
    assert [machines["k8s-dev-21"].parent.name, machines["k8s-dev-21"].parent.parent.name] == ["dev", "k8s"]
    assert machines["k8s-dev-23"].parent.name == "later"
    again = site.ok()
    assert (again["changed"], again["folders"]) == (False, [])
