# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and foreign states: refused with place, reason and remedy, and nothing is changed anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim

from tests.integration.vsphere.simulated import done
from tests.integration.vsphere.site import Site
from tests.support.ports import reserved

Change = Callable[[Site], Any]

CASES: list[tuple[str, Change]] = [
    ("C12", lambda site: site.vcenter("vcenter-a").update(datacenter="DC vcenter-b")),
    ("C12", lambda site: site.vcenter("vcenter-a").update(template="ubuntu-22.04")),
    ("C9", lambda site: site.vm("k8s-dev-21").update(networks=["VLAN18"])),
    ("C7", lambda site: site.vm("k8s-dev-21").update(datastore="S2843_SDD")),
    ("C7", lambda site: site.vm("k8s-dev-21").update(datastore="S3168_SSD")),
    ("C1", lambda site: site.arguments["hosts"][0].update(hostname="s2834.example.test")),
    ("P-HOST-UNKNOWN", lambda site: site.vm("k8s-dev-21").update(host="HOST9")),
    ("C8", lambda site: site.vm("k8s-dev-23").update(hardware_version=21)),
    ("C8", lambda site: site.vm("k8s-dev-21").update(hardware_version=13)),
    ("C12", lambda site: site.vm("k8s-dev-21").update(disk_gb=10)),
    ("C4", lambda site: site.vm("k8s-dev-21").update(vcpus=97)),
    ("C4", lambda site: site.arguments["policy"].update(vcpus_per_core=0.4)),
    ("C5", lambda site: site.vm("k8s-dev-21").update(memory_mb=500000)),
    ("C6", lambda site: site.vm("k8s-dev-21").update(disk_gb=8000)),
    ("C3", lambda site: site.vm("k8s-dev-22").update(host="HOST1", datastore="S2843_SSD")),
    ("P-WANTED-TWICE", lambda site: site.vm("k8s-dev-22").update(name="k8s-dev-21")),
    ("P-PLAN-ID", lambda site: site.arguments.update(expected_plan_id="0" * 64)),
]


@pytest.mark.parametrize(("code", "change"), CASES, ids=[f"{code}-{index}" for index, (code, _change) in enumerate(CASES)])
def test_refused_with_its_code(code: str, change: Change, empty_site: Site) -> None:
    change(empty_site)
    assert code in empty_site.refused()


@pytest.mark.parametrize("state", ["maintenance", "disconnected", "quarantine"])
def test_a_host_that_cannot_take_machines(state: str, site: Site) -> None:
    site.a.control(set="host", host="s2843.example.test", state=state)
    assert site.refused() == ["C1"]


def test_a_datastore_that_its_host_cannot_write_to(site: Site) -> None:
    site.a.control(set="mount", datastore="S2843_SSD", host="s2843.example.test", state="readOnly")
    assert site.refused() == ["C7"]
    site.a.control(set="mount", datastore="S2843_SSD", host="s2843.example.test", state="readWrite")
    assert len(site.ok(state="planned")["plan"]) == 9


def test_privileges_that_are_missing_are_named_with_their_objects(site: Site) -> None:
    site.vm("k8s-dev-21").update(folder="k8s/later")
    for name, privilege in (("*", "Folder.Create"), ("test", "VirtualMachine.Interact.PowerOn"), ("S2842_SSD", "Datastore.AllocateSpace")):
        for vcenter in (site.a, site.old):
            vcenter.control(set="privilege", object=name, missing=privilege)
    assert set(site.refused()) == {"V-PRIVILEGE"}
    reasons = sorted(problem["reason"].partition(" lacks ")[2] for problem in site.run()["problems"])
    site.ok(state="planned")
    assert {problem["code"] for problem in site.run(_ansible_check_mode=True)["problems"]} == {"V-PRIVILEGE"}
    assert reasons == [
        "Datastore.AllocateSpace on the datastore S2842_SSD",
        "Folder.Create on the folder above a new one k8s",
        "VirtualMachine.Interact.PowerOn on the VM folder k8s/test",
        "VirtualMachine.Interact.PowerOn on the VM folder k8s/test",
    ]


def test_all_problems_are_told_at_once_also_in_check_mode(empty_site: Site) -> None:
    site = empty_site
    site.vm("k8s-dev-21").update(networks=["VLAN18"], datastore="S3168_SSD")
    site.vcenter("vcenter-old").update(template="other")
    site.vm("k8s-prod-22").update(vcpus=500)
    site.arguments["_ansible_check_mode"] = True
    assert {"C4", "C7", "C9", "C12"} <= set(site.refused())


def test_names_that_are_nearly_right_are_suggested(empty_site: Site) -> None:
    site = empty_site
    site.vm("k8s-dev-21").update(networks=["VLAN-180"], datastore="S2843_SDD")
    text = site.run()["msg"]
    for meant in ("VLAN180", "S2843_SSD"):
        assert f"did you mean {meant}?" in text


def foreign(site: Site, vcenter: str = "a", name: str = "k8s-dev-21") -> Any:
    """A virtual machine that somebody made by hand."""
    where = getattr(site, vcenter)
    host = where.client().rootFolder.childEntity[0].hostFolder.childEntity[0].host[0]
    folder = where.client().rootFolder.childEntity[0].vmFolder
    config = vim.vm.ConfigSpec(name=name, numCPUs=4, memoryMB=8192, files=vim.vm.FileInfo(vmPathName=f"[{host.datastore[0].name}]"))
    return done(folder.CreateVM_Task(config=config, pool=host.parent.resourcePool, host=host))


def test_a_foreign_machine_of_a_wanted_name(site: Site) -> None:
    foreign(site)
    assert site.refused() == ["C13"]


def test_adoption_tells_drift_and_restarts_nothing(site: Site) -> None:
    vm = foreign(site)
    changed_at = vm.config.changeVersion
    site.vm("k8s-dev-21").update(adopt=True)
    result = site.ok()
    assert "k8s-dev-21" not in result["outcomes"]
    assert len(result["outcomes"]) == 8
    entry = next(entry for entry in result["plan"] if entry["vm"] == "k8s-dev-21")
    assert entry["action"] == "adopt"
    assert {"vCPUs: 4, wanted 8", "memory MB: 8192, wanted 32768", "power: off, wanted on"} <= set(entry["drift"])
    assert vm.runtime.powerState == "poweredOff"
    assert vm.config.changeVersion == changed_at
    assert not site.ok()["changed"]


def test_one_name_in_both_vcenters_never_becomes_three(site: Site) -> None:
    foreign(site)
    foreign(site, "old")
    assert site.refused() == ["C13"]


def test_a_template_of_a_wanted_name(empty_site: Site) -> None:
    site = empty_site
    site.vm("k8s-dev-21").update(name="ubuntu-24.04")
    assert "C13" in site.refused(), "both vCenters have a template of that name"


def test_port_group_that_only_the_other_host_has(site: Site) -> None:
    site.a.stop()
    site.a.spec["hosts"][0]["port_groups"] = ["VLAN181"]
    site.a.start()
    assert site.refused() == ["C9"]


def test_a_template_above_what_one_host_runs(site: Site) -> None:
    site.a.stop()
    site.a.spec["hosts"][0]["max_hardware_version"] = 13
    site.a.start()
    site.arguments["vms"] = [site.vm(name) | {"hardware_version": 0} for name in ("k8s-dev-21", "k8s-dev-22")]
    assert site.refused() == ["C8"]
    site.arguments["vms"] = site.arguments["vms"][1:]
    assert len(site.ok(state="planned")["plan"]) == 1


def test_datastore_full_of_promises_to_thin_disks(site: Site) -> None:
    """Thin disks leave free space that is already promised: it does not count as room."""
    site.arguments["vms"] = [site.vm("k8s-dev-21") | {"disk_gb": 6000}, site.vm("k8s-test-21") | {"disk_gb": 800}]
    site.ok()
    store = site.a.find(vim.Datastore, "S2843_SSD")
    assert store.summary.freeSpace == store.summary.capacity
    site.arguments["vms"].append(site.arguments["vms"][1] | {"name": "k8s-prod-21", "env": "prod", "folder": "k8s/prod"})
    assert site.refused() == ["C6"]


def test_an_unreachable_vcenter_stops_the_other_too(site: Site) -> None:
    site.old.stop()
    before = site.a.mutations()
    result = site.run()
    assert result["failed"]
    assert [problem["code"] for problem in result["problems"]] == ["V-UNREACHABLE"]
    assert {entry["action"] for entry in result["plan"]} == {"unknown"}
    assert (result["conflict"], result["n_plus_1"], result["optimality"]["proven"]) == ({}, {}, False)
    assert result["outlook"][-1].startswith("vcenter-old cannot be read")
    assert site.a.mutations() == before
    assert site.a.machines() == {}


def test_an_address_where_no_vcenter_answers(empty_site: Site) -> None:
    with reserved() as (port,):
        empty_site.vcenter("vcenter-old").update(port=port)
        assert empty_site.refused() == ["V-UNREACHABLE"]
