# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where machines are and which hosts take machines, without changing anything; also after a host was installed anew for another vCenter."""

from __future__ import annotations

import dataclasses

import pytest

from tests.integration.vsphere.simulated import done
from tests.integration.vsphere.site import Site, vcenter_spec

NAMES = ["k8s-dev-21", "k8s-dev-22", "k8s-dev-23"]


@pytest.fixture
def built(site: Site) -> Site:
    """Three servers, one of them in the old vCenter, and the module that looks for them."""
    site.arguments["vms"] = [site.vm(name) for name in NAMES]
    site.ok()
    return dataclasses.replace(site, module="vsphere_vm_info", arguments={"vcenters": site.arguments["vcenters"], "names": NAMES})


def test_every_machine_with_its_host_and_every_host(built: Site) -> None:
    before = built.mutations()
    found = built.ok()
    assert built.mutations() == before
    assert [(m["name"], m["vcenter"], m["host"]) for m in found["machines"]] == [
        ("k8s-dev-21", "vcenter-a", "s2843.example.test"),
        ("k8s-dev-22", "vcenter-a", "s3168.example.test"),
        ("k8s-dev-23", "vcenter-old", "s2842.example.test"),
    ]
    assert all(machine["powered_on"] and machine["ours"] and not machine["template"] for machine in found["machines"])
    assert found["hosts"] == {"vcenter-a": {"s2843.example.test": "", "s3168.example.test": ""}, "vcenter-old": {"s2842.example.test": ""}}


def test_what_is_off_foreign_a_template_or_in_maintenance(built: Site) -> None:
    machines = built.machines()
    done(machines["k8s-dev-21"].PowerOffVM_Task())
    done(machines["k8s-dev-22"].Rename_Task("k8s-dev-99"))
    built.a.control(set="host", host="s3168.example.test", state="maintenance")
    found = built.ok(names=["k8s-dev-21", "k8s-dev-99", "ubuntu-24.04"])
    shown = [(m["name"], m["powered_on"], m["ours"], m["template"]) for m in found["machines"]]
    assert shown[:2] == [("k8s-dev-21", False, True, False), ("k8s-dev-99", True, False, False)]
    assert shown[2:] == [("ubuntu-24.04", False, False, True)] * 2
    assert found["hosts"]["vcenter-a"]["s3168.example.test"] == "in maintenance mode"


def test_a_vcenter_that_is_away_is_unknown_and_not_empty(built: Site) -> None:
    built.old.stop()
    result = built.run()
    assert result["failed"]
    assert [problem["code"] for problem in result["problems"]] == ["V-UNREACHABLE"]
    assert sorted(result["hosts"]) == ["vcenter-a"]


def test_a_host_that_was_installed_anew_is_in_the_other_vcenter_and_takes_its_machine_again(built: Site) -> None:
    """The case of eNeG, as far as the vCenters see it: s2842 leaves the old one with everything on it and enters vCenter-A."""
    (host,) = vcenter_spec("vcenter-old")["hosts"]
    built.old.control(wipe="s2842.example.test")
    assert [m["name"] for m in built.ok()["machines"]] == ["k8s-dev-21", "k8s-dev-22"]
    built.a.control(enter={**host, "version": "8.0.3", "max_hardware_version": 21})
    found = built.ok()
    assert found["hosts"] == {"vcenter-a": dict.fromkeys(["s2842.example.test", "s2843.example.test", "s3168.example.test"], ""), "vcenter-old": {}}


def test_the_planner_creates_it_there(site: Site) -> None:
    site.arguments["vms"] = [site.vm(name) for name in NAMES]
    site.ok()
    (host,) = vcenter_spec("vcenter-old")["hosts"]
    site.old.control(wipe="s2842.example.test")
    site.a.control(enter={**host, "version": "8.0.3", "max_hardware_version": 21})
    next(host for host in site.arguments["hosts"] if host["name"] == "HOST3")["vcenter"] = "vcenter-a"
    site.vm("k8s-dev-23").update(vcenter="vcenter-a", hardware_version=21)
    result = site.ok()
    assert result["outcomes"] == {"k8s-dev-23": "created"}
    assert site.a.machines()["k8s-dev-23"].runtime.host.name == "s2842.example.test"
