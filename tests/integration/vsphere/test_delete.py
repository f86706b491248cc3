# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines are deleted by name, with a typed confirmation, and only if they are ours and switched off; otherwise nothing is."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from tests.integration.vsphere.simulated import PASSWORD, done
from tests.integration.vsphere.site import CHECKOUT, RUN_SECONDS, Site

NAMES = ["k8s-dev-21", "k8s-dev-23"]  # one in each vCenter


@pytest.fixture
def two(site: Site) -> Site:
    """Two machines that exist and are off, and the other module instead of the one that made them."""
    site.arguments["vms"] = [site.vm(name) for name in NAMES]
    site.ok()
    for machine in site.machines().values():
        done(machine.PowerOffVM_Task())
    return dataclasses.replace(site, module="vsphere_vm_deletion", arguments={"vcenters": site.arguments["vcenters"], "names": NAMES})


def test_deletes_what_is_named_in_both_vcenters_and_nothing_the_second_time(two: Site) -> None:
    before = two.mutations()
    checked = two.ok(_ansible_check_mode=True)
    assert (checked["changed"], sorted(checked["found"]), checked["deleted"]) == (True, NAMES, [])
    assert two.mutations() == before
    assert two.ok()["deleted"] == NAMES
    assert two.machines() == {}
    again = two.ok()
    assert (again["changed"], again["absent"]) == (False, NAMES)


def test_one_that_is_on_or_foreign_or_the_template_keeps_all(two: Site) -> None:
    machines = two.machines()
    done(machines["k8s-dev-21"].PowerOnVM_Task())
    machines["k8s-dev-23"].Rename_Task("k8s-dev-99")
    assert two.refused(names=["k8s-dev-21", "k8s-dev-99", "ubuntu-24.04"]) == ["D-ON", "D-FOREIGN", "D-TEMPLATE", "D-TEMPLATE"]
    assert len(two.machines()) == 2


def test_an_account_that_may_not_delete_one_keeps_all_and_a_check_says_so(two: Site) -> None:
    two.old.control(set="privilege", object="k8s-dev-23", missing="VirtualMachine.Inventory.Delete")
    assert two.refused() == ["V-PRIVILEGE"]
    checked = two.run(_ansible_check_mode=True)
    assert [problem["code"] for problem in checked["problems"]] == ["V-PRIVILEGE"]
    assert len(two.machines()) == 2


def test_a_vcenter_that_cannot_be_read_keeps_all(two: Site) -> None:
    two.old.stop()
    result = two.run()
    assert [problem["code"] for problem in result["problems"]] == ["V-UNREACHABLE"]
    assert list(two.a.machines()) == ["k8s-dev-21"]


def test_a_deletion_that_fails_is_named_and_the_next_run_goes_on(two: Site) -> None:
    two.a.control(set="fault", method="Destroy_Task", object="k8s-dev-21", times=1)
    result = two.run()
    assert [(problem["code"], problem["place"]) for problem in result["problems"]] == [("D-DELETE", "vcenter-a:/DC vcenter-a/vm/k8s/dev/k8s-dev-21")]
    assert "NoPermission" in result["msg"]
    assert (result["deleted"], result["changed"]) == (["k8s-dev-23"], True)
    assert two.ok()["deleted"] == ["k8s-dev-21"]


def test_a_deletion_that_is_refused_lets_those_before_it_end_and_says_so(two: Site) -> None:
    """Both in one vCenter: the first is deleted, the second is refused."""
    mark(clone(two, "k8s-dev-22"), "k8s-dev-22")
    two.a.control(set="fault", method="Destroy_Task", object="k8s-dev-22", times=1)
    result = two.run(names=["k8s-dev-21", "k8s-dev-22"])
    assert [problem["code"] for problem in result["problems"]] == ["D-DELETE"]
    assert (result["deleted"], result["changed"]) == (["k8s-dev-21"], True)
    assert "What was begun stays" in result["msg"]


def test_two_of_one_name_are_both_followed(two: Site) -> None:
    """In two folders vCenter allows one name twice."""
    mark(clone(two, "k8s-dev-21"), "k8s-dev-21")
    two.a.control(set="fault", method="Destroy_Task", object="k8s-dev-21", times=1)
    result = two.run(names=["k8s-dev-21"])
    assert len(result["found"]["k8s-dev-21"].split(" and ")) == 2
    assert [problem["code"] for problem in result["problems"]] == ["D-DELETE"]
    assert not result["changed"], "the first was refused, and no second was tried"
    assert two.ok(names=["k8s-dev-21"])["deleted"] == ["k8s-dev-21"]
    assert list(two.machines()) == ["k8s-dev-23"]


def test_a_vcenter_that_goes_away_while_it_deletes_is_told_with_what_was_begun(make_site: Callable[..., Site]) -> None:
    site = make_site("--task-delay", "Destroy=60000")
    site.arguments["vms"] = [site.vm("k8s-dev-21")]
    site.ok()
    done(site.machines()["k8s-dev-21"].PowerOffVM_Task())
    deletion = dataclasses.replace(site, module="vsphere_vm_deletion", arguments={"vcenters": site.arguments["vcenters"], "names": ["k8s-dev-21"]})
    process = deletion.begin_until("Destroy_Task")
    assert site.a.process is not None
    site.a.process.kill()
    result = json.loads(process.communicate(timeout=RUN_SECONDS)[0])
    assert [problem["code"] for problem in result["problems"]] == ["D-VCENTER"]
    assert "vm/k8s/dev/k8s-dev-21 was not seen" in result["problems"][0]["reason"]
    assert (result["deleted"], result["changed"]) == ([], True)
    assert "Nothing was changed" not in result["msg"]


def clone(site: Site, name: str) -> Any:
    """A copy of k8s-dev-21 in another folder, with the first one's mark."""
    machine, folder = site.a.machines()["k8s-dev-21"], site.a.find(vim.Folder, "test")
    return done(machine.CloneVM_Task(folder=folder, name=name, spec=vim.vm.CloneSpec(location=vim.vm.RelocateSpec())))


def mark(machine: Any, node: str) -> None:
    text = json.dumps({"env": "dev", "node": node, "state": "ready"})
    done(machine.ReconfigVM_Task(vim.vm.ConfigSpec(extraConfig=[vim.option.OptionValue(key="groundwork.placement", value=text)])))


def play(site: Site, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    shared = {"vsphere_vcenters": site.arguments["vcenters"], "k3s_adopt": False, "k3s_servers": []}
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"k3s_cluster": {"hosts": {name: {} for name in (*NAMES, "k8s-dev-22")}, "vars": shared}}))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "playbooks/delete_vms.yml", "-i", str(inventory), *options]
    ran = subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)
    assert PASSWORD not in ran.stdout + ran.stderr
    return ran


def test_the_playbook_asks_for_the_names_once_more(two: Site, tmp_path: Path) -> None:
    machines = ",".join(NAMES)
    refused = play(two, tmp_path, "-e", f"machines={machines}", "-e", "confirm=dev")
    assert refused.returncode != 0
    assert f"-e confirm={machines}" in refused.stdout
    assert len(two.machines()) == 2
    unknown = play(two, tmp_path, "-e", "machines=k8s-prod-21", "-e", "confirm=k8s-prod-21")
    assert "k8s-prod-21 is no machine of this inventory" in unknown.stdout
    checked = play(two, tmp_path, "-e", f"machines={machines}", "--check")
    assert checked.returncode == 0, checked.stdout
    assert "would be deleted; nothing was touched" in checked.stdout
    assert len(two.machines()) == 2
    deleted = play(two, tmp_path, "-e", f"machines={machines}", "-e", f"confirm={machines}")
    assert deleted.returncode == 0, deleted.stdout
    assert "k8s-dev-21, k8s-dev-23 deleted with all disks" in deleted.stdout
    assert two.machines() == {}
