# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are cut off or refused midway: a further run ends in the same state, with no machine twice."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable

import pytest
from pyVmomi import vim

from tests.integration.vsphere.simulated import VCenter, done, wait_for
from tests.integration.vsphere.site import RUN_SECONDS, Site

#: What to delay so that a task is still at work when it is interrupted.
SLOW = {"CloneVM_Task": "Clone", "UpgradeVM_Task": "UpgradeVm", "PowerOnMultiVM_Task": "PowerOn", "ReconfigVM_Task": "Reconfigure"}
STAGES = ["HasPrivilegeOnEntities", "CloneVM_Task", "UpgradeVM_Task", "PowerOnMultiVM_Task", "ReconfigVM_Task"]


def markers(site: Site) -> dict[str, str]:
    found = {}
    for name, vm in site.machines().items():
        extra = {option.key: option.value for option in vm.config.extraConfig}
        found[name] = json.loads(extra["groundwork.placement"])["state"]
    return found


def assert_whole(site: Site) -> None:
    """All nine there once, on, and marked as ready; nothing left to do."""
    assert markers(site) == {vm["name"]: "ready" for vm in site.arguments["vms"]}
    assert {vm.runtime.powerState for vm in site.machines().values()} == {"poweredOn"}
    assert not site.ok()["changed"]


@pytest.mark.parametrize(("method", "number"), [("CloneVM_Task", 2), ("UpgradeVM_Task", 3), ("PowerOnMultiVM_Task", 1), ("ReconfigVM_Task", 2)])
def test_a_killed_run_is_completed_by_the_next(method: str, number: int, make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", f"{SLOW[method]}=3000")
    process = site.begin_until(method, number)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it had not ended before"
    if method != "CloneVM_Task":  # the simulator has no answer for somebody who changes what is being changed
        wait_for(lambda: site.a.is_at_rest() and site.old.is_at_rest(), RUN_SECONDS)
    site.ok()
    assert_whole(site)


@pytest.mark.parametrize("method", ["CloneVM_Task", "UpgradeVM_Task", "PowerOnVM_Task", "ReconfigVM_Task"])
def test_a_refused_call_is_told_by_machine_and_the_next_run_continues(method: str, site: Site) -> None:
    name = "ubuntu-24.04" if method == "CloneVM_Task" else "k8s-dev-22"
    site.a.control(set="fault", method=method, object=name, times=1)
    result = site.run()
    assert result["failed"]
    assert result["changed"]
    assert len(result["problems"]) == 1
    assert "NoPermission" in result["problems"][0]["reason"]
    assert {name for name in result["outcomes"] if name.endswith("23")} == {"k8s-dev-23", "k8s-test-23", "k8s-prod-23"}, "the other vCenter's part ended"
    assert "further run" in result["msg"].splitlines()[-1]
    site.ok()
    assert_whole(site)


def test_a_task_that_fails_stops_new_starts_and_lets_running_ones_end(site: Site) -> None:
    """A folder has taken the name: only vCenter notices, in the task."""
    parent = site.a.find(vim.Folder, "k8s")
    dev = next(child for child in parent.childEntity if child.name == "dev")
    taken = dev.CreateFolder("k8s-dev-21")
    result = site.run()
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-CREATE", "k8s-dev-21")]
    assert "DuplicateName" in result["problems"][0]["reason"]
    assert len([name for name in result["outcomes"] if not name.endswith("23")]) == 3, "four were started, one of them failed, two never began"
    assert set(markers(site).values()) == {"creating", "ready"}
    done(taken.Destroy_Task())
    site.ok()
    assert_whole(site)


def test_a_vcenter_that_goes_away_midway(make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "Clone=4000")
    process = site.begin()
    wait_for(lambda: site.old.calls().get("CloneVM_Task", 0) >= 1, RUN_SECONDS)
    assert site.old.process is not None
    site.old.process.kill()
    output, _errors = process.communicate(timeout=RUN_SECONDS)
    result = json.loads(output)
    assert result["failed"]
    assert {problem["code"] for problem in result["problems"]} == {"A-VCENTER"}
    assert len([name for name in result["outcomes"] if not name.endswith("23")]) == 6


def test_machines_that_were_begun_when_their_vcenter_went_away_are_named_and_count_as_a_change(make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "Clone=60000")
    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    process = site.begin_until("CloneVM_Task")
    assert site.a.process is not None
    site.a.process.kill()
    result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    assert [problem["code"] for problem in result["problems"]] == ["A-VCENTER"]
    assert "begun for k8s-dev-21" in result["problems"][0]["reason"]
    assert result["changed"]
    assert result["outcomes"] == {"k8s-dev-21": "begun"}
    assert "What was begun stays" in result["msg"].splitlines()[-1]


def test_a_clone_that_hangs_is_told_and_one_that_ends_late_is_completed(make_site: Callable[..., Site]) -> None:
    """What has not ended within the limit is left alone; the next run waits for it and goes on with it."""
    site = make_site("--task-delay", "Clone=10000")
    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    site.limits = {"tasks.TASK_SECONDS": 2.0}
    result = site.run()
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-CREATE", "k8s-dev-21")]
    assert "still running after 2 seconds" in result["problems"][0]["reason"]
    assert (result["changed"], result["outcomes"]) == (True, {"k8s-dev-21": "begun"})
    site.limits = {}
    assert site.ok()["outcomes"] == {"k8s-dev-21": "completed"}
    assert site.a.calls()["CloneVM_Task"] == 1
    assert_whole(site)


@pytest.mark.long
@pytest.mark.parametrize("method", STAGES)
def test_a_vcenter_that_goes_away_at_each_stage_is_told_and_the_other_ends(method: str, make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "Clone=1500", "--task-delay", "UpgradeVm=1000", "--task-delay", "PowerOn=1500", "--task-delay", "Reconfigure=1000")
    process = site.begin_until(method)
    assert site.a.process is not None
    site.a.process.kill()
    result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    assert result["failed"]
    theirs = {name for name in result["outcomes"] if name.endswith("23")}
    codes = {problem["code"] for problem in result["problems"]}
    if codes == {"V-PRIVILEGE"}:  # it was gone before it had answered
        assert method == "HasPrivilegeOnEntities"
        assert (result["outcomes"], result["changed"]) == ({}, False)
        return
    assert codes == {"A-VCENTER"}
    assert theirs == {"k8s-dev-23", "k8s-test-23", "k8s-prod-23"}
    if method in ("HasPrivilegeOnEntities", "CloneVM_Task"):
        assert {what for name, what in result["outcomes"].items() if name not in theirs} <= {"begun"}, "no clone had the time to end"


@pytest.mark.long
@pytest.mark.parametrize("method", STAGES)
def test_a_vcenter_that_stops_answering_is_told_after_the_timeout_and_the_next_run_goes_on(method: str, make_site: Callable[..., Site]) -> None:
    """It takes connections and says nothing, as one that is overloaded; later it goes on where it was."""
    site = make_site("--task-delay", "Clone=1500", "--task-delay", "UpgradeVm=1000", "--task-delay", "PowerOn=1500", "--task-delay", "Reconfigure=1000")
    site.limits = {"session.HTTP_SECONDS": 8.0, "tasks.ROUND_SECONDS": 1}
    process = site.begin_until(method)
    assert site.a.process is not None
    site.a.process.send_signal(signal.SIGSTOP)
    try:
        result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    finally:
        site.a.process.send_signal(signal.SIGCONT)
    codes = {problem["code"] for problem in result["problems"]}
    assert codes in ([{"A-VCENTER"}, {"V-PRIVILEGE"}] if method == "HasPrivilegeOnEntities" else [{"A-VCENTER"}])
    assert "timed out" in result["msg"]
    assert result["changed"] == (codes == {"A-VCENTER"})
    site.limits = {}
    site.ok()
    assert_whole(site)
    assert site.a.calls()["CloneVM_Task"] == 6, "none was cloned twice"


def test_a_machine_of_the_same_name_that_appears_midway_is_told(make_site: Callable[..., Site]) -> None:
    """In another folder vCenter allows it: the machine that the run has created is not started beside it."""
    site = make_site("--task-delay", "Clone=6000")
    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    appear = creation(site.a, "s3168.example.test", "k8s-dev-21")
    process = site.begin_until("CloneVM_Task")
    appear()
    result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-TWICE", "k8s-dev-21")]
    assert "vm/k8s/dev/k8s-dev-21" in result["problems"][0]["reason"]
    assert site.refused() == ["C13"]


def creation(vcenter: VCenter, hostname: str, name: str, vcpus: int = 1) -> Callable[[], None]:
    """What makes somebody else's machine, in the datacenter's own folder. All that it takes is asked for now: later there is little time."""
    folder = vcenter.client().rootFolder.childEntity[0].vmFolder
    host = vcenter.find(vim.HostSystem, hostname)
    spec = vim.vm.ConfigSpec(name=name, numCPUs=vcpus, memoryMB=1024, files=vim.vm.FileInfo(vmPathName=f"[{host.datastore[0].name}]"))
    pool = host.parent.resourcePool
    return lambda: done(folder.CreateVM_Task(config=spec, pool=pool, host=host))


@pytest.mark.parametrize("names", [["k8s-dev-21"], ["k8s-dev-21", "k8s-dev-23"]], ids=["which has nothing to do", "which also makes some"])
def test_a_machine_of_the_same_name_that_appears_in_the_other_vcenter_is_told_before_any_is_on(names: list[str], make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "Clone=6000")
    site.arguments["vms"] = [site.vm(name) for name in names]
    appear = creation(site.old, "s2842.example.test", "k8s-dev-21")
    process = site.begin_until("CloneVM_Task")
    appear()
    result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-TWICE", "k8s-dev-21")]
    assert "vcenter-old:/" in result["problems"][0]["reason"]
    assert site.a.machines()["k8s-dev-21"].runtime.powerState == "poweredOff"
    assert site.refused() == ["C13"]


def test_what_was_begun_and_is_no_longer_as_planned_is_named_and_not_started(make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "PowerOn=3000", "--task-delay", "UpgradeVm=3000")
    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    process = site.begin_until("UpgradeVM_Task")
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it had not ended before"
    machine = site.machines()["k8s-dev-21"]
    wait_for(lambda: machine.config.version == "vmx-21", RUN_SECONDS)
    done(machine.ReconfigVM_Task(vim.vm.ConfigSpec(memoryMB=1024)))
    result = site.run()
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-VERIFY", "k8s-dev-21")]
    assert "memory MB: 1024, wanted 32768" in result["problems"][0]["reason"]
    assert "delete_vms.yml" in result["problems"][0]["remedy"]
    assert machine.runtime.powerState == "poweredOff"
    done(machine.ReconfigVM_Task(vim.vm.ConfigSpec(memoryMB=32768)))
    site.ok()
    assert_whole(site)


def one_by_one(make_site: Callable[..., Site]) -> Site:
    """Its runs clone one machine after the other, the first of them on HOST1, the next on HOST2."""
    site = make_site("--task-delay", "Clone=6000")
    site.arguments["policy"]["parallel_per_vcenter"] = 1
    site.arguments["vms"] = [site.vm("k8s-dev-21"), site.vm("k8s-dev-22")]
    return site


def assert_stopped_before(name: str, reason: str, process: subprocess.Popen[str]) -> None:
    result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("A-CHANGED", name)]
    assert reason in result["problems"][0]["reason"]
    assert result["outcomes"] == {"k8s-dev-21": "created"}


def test_a_host_that_goes_into_maintenance_midway_gets_nothing_more(make_site: Callable[..., Site]) -> None:
    site = one_by_one(make_site)
    process = site.begin_until("CloneVM_Task")
    site.a.control(set="host", host="s3168.example.test", state="maintenance")
    assert_stopped_before("k8s-dev-22", "in maintenance mode", process)
    assert list(site.machines()) == ["k8s-dev-21"]
    site.a.control(set="host", host="s3168.example.test", state="connected")
    site.ok()
    assert_whole(site)


def test_a_host_that_is_given_other_machines_midway_gets_nothing_more(make_site: Callable[..., Site]) -> None:
    site = one_by_one(make_site)
    appearing = [creation(site.a, "s3168.example.test", name, vcpus=96) for name in ("big-1", "big-2")]
    process = site.begin_until("CloneVM_Task")
    for appear in appearing:
        appear()
    assert_stopped_before("k8s-dev-22", "8 vCPUs are missing", process)


def test_a_datastore_that_is_filled_midway_gets_nothing_more(make_site: Callable[..., Site]) -> None:
    site = one_by_one(make_site)
    fill = filling(site, "s3168.example.test", 6800)
    process = site.begin_until("CloneVM_Task")
    fill()
    assert_stopped_before("k8s-dev-22", "has been filled", process)


def filling(site: Site, hostname: str, gigabytes: int) -> Callable[[], None]:
    """What makes somebody else's machine with a large disk on the host's datastore."""
    host = site.a.find(vim.HostSystem, hostname)
    store = host.datastore[0]
    disk = vim.vm.device.VirtualDisk(
        key=-1,
        controllerKey=1000,
        unitNumber=0,
        capacityInKB=gigabytes << 20,
        backing=vim.vm.device.VirtualDisk.FlatVer2BackingInfo(fileName=f"[{store.name}]", diskMode="persistent", thinProvisioned=False),
    )
    controller = vim.vm.device.ParaVirtualSCSIController(key=1000, busNumber=0, sharedBus="noSharing")
    devices = [
        vim.vm.device.VirtualDeviceSpec(operation="add", device=controller),
        vim.vm.device.VirtualDeviceSpec(operation="add", fileOperation="create", device=disk),
    ]
    spec = vim.vm.ConfigSpec(name="filler", numCPUs=1, memoryMB=1024, files=vim.vm.FileInfo(vmPathName=f"[{store.name}]"), deviceChange=devices)
    folder, pool = site.a.client().rootFolder.childEntity[0].vmFolder, host.parent.resourcePool
    return lambda: done(folder.CreateVM_Task(config=spec, pool=pool, host=host))


def test_a_session_that_is_ended_midway_is_opened_again(make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "Clone=6000", "--task-delay", "PowerOn=5000")
    process = site.begin()
    for method, number in (("CloneVM_Task", 3), ("PowerOnMultiVM_Task", 1)):
        wait_for(lambda method=method, number=number: site.old.calls().get(method, 0) >= number, RUN_SECONDS)
        assert site.old.end_sessions() >= 1
    output, errors = process.communicate(timeout=RUN_SECONDS)
    result = json.loads(output)
    assert not errors
    assert not result.get("failed"), result["msg"]
    assert set(result["outcomes"].values()) == {"created"}
    assert_whole(site)


def test_an_account_that_is_locked_midway_is_not_tried_again(make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "Clone=6000")
    process = site.begin()
    wait_for(lambda: site.old.calls().get("CloneVM_Task", 0) >= 3, RUN_SECONDS)
    assert site.old.end_sessions(refused=True) >= 1
    logins = site.old.calls()["Login"]
    output, _errors = process.communicate(timeout=RUN_SECONDS)
    result = json.loads(output)
    assert [problem["code"] for problem in result["problems"]] == ["A-VCENTER"]
    assert site.old.calls()["Login"] <= logins + 1
    site.ok()
    assert_whole(site)


def test_the_account_may_not_log_in(site: Site) -> None:
    site.a.control(set="fault", method="Login", object="*", times=0)
    assert site.refused() == ["V-NO-LOGIN"]
    assert site.a.calls()["Login"] == 1


def test_privileges_that_cannot_be_asked_for_stop_the_run_before_the_first_change(site: Site) -> None:
    site.a.control(set="fault", method="HasPrivilegeOnEntities", object="*", times=0)
    assert site.refused() == ["V-PRIVILEGE"]


def test_the_account_may_not_read(site: Site) -> None:
    site.a.control(set="fault", method="CreateContainerView", object="*", times=0)
    result = site.run()
    assert [problem["code"] for problem in result["problems"]] == ["V-READ"]
    assert "NoPermission" in result["problems"][0]["reason"]
