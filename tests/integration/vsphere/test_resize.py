# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A size that differs is told; it is changed of machines that are named, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pyVmomi import vim

from tests.integration.vsphere.simulated import done, wait_for
from tests.integration.vsphere.site import RUN_SECONDS, Site


@pytest.fixture
def built(site: Site) -> Site:
    """Two machines, of which the matrix then wants more."""
    site.arguments["vms"] = [site.vm("k8s-dev-21"), site.vm("k8s-dev-22")]
    site.ok()
    for vm in site.arguments["vms"]:
        vm.update(vcpus=12, memory_mb=49152, disk_gb=250)
    return site


def size(vm: Any) -> tuple[int, int, int]:
    disk = next(device for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualDisk))
    return vm.config.hardware.numCPU, vm.config.hardware.memoryMB, disk.capacityInKB >> 20


def test_only_what_is_named_gets_its_size(built: Site) -> None:
    before = built.mutations()
    told = built.ok()
    assert not told["changed"]
    assert built.mutations() == before
    assert told["plan"][0]["drift"] == ["vCPUs: 8, wanted 12", "memory MB: 32768, wanted 49152", "disk GB: 200, wanted 250"]
    planned = built.ok(state="planned", resize=["k8s-dev-21"])
    assert [entry["action"] for entry in planned["plan"]] == ["resize", "keep"]
    result = built.ok(resize=["k8s-dev-21"], expected_plan_id=planned["plan_id"])
    assert result["outcomes"] == {"k8s-dev-21": "resized"}
    machines = built.machines()
    assert size(machines["k8s-dev-21"]) == (12, 49152, 250)
    assert size(machines["k8s-dev-22"]) == (8, 32768, 200)
    assert machines["k8s-dev-21"].runtime.powerState == "poweredOn"
    assert built.a.calls()["ShutdownGuest"] == 1
    assert "PowerOffVM_Task" not in built.a.calls()
    extra = {option.key: option.value for option in machines["k8s-dev-21"].config.extraConfig}
    assert json.loads(extra["groundwork.placement"])["state"] == "ready"
    assert not built.ok(resize=["k8s-dev-21"])["changed"]


def test_a_disk_that_would_shrink_is_refused(built: Site) -> None:
    built.vm("k8s-dev-21").update(disk_gb=199)
    assert built.refused(resize=["k8s-dev-21"]) == ["P-SHRINK"]


def test_a_guest_that_does_not_shut_down_keeps_its_size(built: Site) -> None:
    built.a.control(set="fault", method="ShutdownGuest", object="k8s-dev-21", times=1)
    result = built.run(resize=["k8s-dev-21"])
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-SHUTDOWN", "k8s-dev-21")]
    assert size(built.machines()["k8s-dev-21"]) == (8, 32768, 200)
    assert built.machines()["k8s-dev-21"].runtime.powerState == "poweredOn"
    assert not result["changed"], "nobody was asked"


def test_a_vcenter_that_goes_away_while_a_guest_shuts_down_has_been_changed(make_site: Callable[..., Site]) -> None:
    built = make_site("--task-delay", "ShutdownGuest=60000")
    built.arguments["vms"] = [built.vm("k8s-dev-21")]
    built.ok()
    built.vm("k8s-dev-21").update(vcpus=12)
    process = built.begin(resize=["k8s-dev-21"])
    wait_for(lambda: built.a.calls().get("ShutdownGuest", 0) >= 1, RUN_SECONDS)
    assert built.a.process is not None
    built.a.process.kill()
    result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    assert [problem["code"] for problem in result["problems"]] == ["A-VCENTER"]
    assert (result["changed"], result["outcomes"]) == (True, {"k8s-dev-21": "begun"})


def test_a_machine_whose_size_vcenter_refuses_runs_again(built: Site) -> None:
    built.a.control(set="fault", method="ReconfigVM_Task", object="k8s-dev-21", times=1)
    result = built.run(resize=["k8s-dev-21"])
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-RESIZE", "k8s-dev-21")]
    assert built.machines()["k8s-dev-21"].runtime.powerState == "poweredOn"
    assert built.ok(resize=["k8s-dev-21"])["outcomes"] == {"k8s-dev-21": "resized"}
    assert built.machines()["k8s-dev-21"].runtime.powerState == "poweredOn"


@pytest.fixture
def adopted(built: Site) -> Site:
    """The first of them was made by somebody else."""
    machine = built.machines()["k8s-dev-21"]
    done(machine.ReconfigVM_Task(vim.vm.ConfigSpec(extraConfig=[vim.option.OptionValue(key="groundwork.placement", value="")])))
    built.vm("k8s-dev-21").update(adopt=True)
    return built


def test_an_adopted_machine_gets_its_size_if_it_is_named_and_runs_again(adopted: Site) -> None:
    told = adopted.ok()
    assert ([entry["action"] for entry in told["plan"]], told["changed"]) == (["adopt", "keep"], False)
    assert adopted.ok(resize=["k8s-dev-21"])["outcomes"] == {"k8s-dev-21": "resized"}
    machine = adopted.machines()["k8s-dev-21"]
    assert (size(machine), machine.runtime.powerState) == ((12, 49152, 250), "poweredOn")
    again = adopted.ok(resize=["k8s-dev-21"])
    assert (again["plan"][0]["action"], again["changed"]) == ("adopt", False)


def test_an_adopted_machine_that_is_off_gets_its_size_and_stays_off_and_that_is_told(adopted: Site) -> None:
    """Nobody knows whether its owner has switched it off or a run that was killed."""
    done(adopted.machines()["k8s-dev-21"].PowerOffVM_Task())
    result = adopted.ok(resize=["k8s-dev-21"])
    assert result["outcomes"] == {"k8s-dev-21": "resized"}
    assert result["plan"][0]["drift"] == ["power: off, wanted on"]
    assert any("k8s-dev-21 differs" in str(warning) and "power: off" in str(warning) for warning in result["warnings"])
    assert adopted.machines()["k8s-dev-21"].runtime.powerState == "poweredOff"


def test_privileges_for_another_size_are_asked_for(built: Site) -> None:
    built.a.control(set="privilege", object="k8s-dev-21", missing="VirtualMachine.Interact.PowerOff")
    assert built.refused(resize=["k8s-dev-21"]) == ["V-PRIVILEGE"]
