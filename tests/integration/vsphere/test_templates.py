# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates are what the site asks for, or every difference is told and nothing is changed."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from pyVmomi import vim

from tests.integration.vsphere.simulated import done
from tests.integration.vsphere.site import CHECKOUT, Site

EXPECTED = {"os": "ubuntu-24.04", "guest_ids": ["ubuntu64Guest"], "hardware_version": 14, "disk_gb": 200}


@pytest.fixture
def checked(site: Site) -> Site:
    """The site with the module that looks at both templates."""
    templates = [{"vcenter": name, **EXPECTED} for name in ("vcenter-a", "vcenter-old")]
    return dataclasses.replace(site, module="vsphere_template_info", arguments={"vcenters": site.arguments["vcenters"], "templates": templates})


def label(site: Site, **inside: str) -> None:
    """What the builder of both templates says is inside."""
    for vcenter in (site.a, site.old):
        option = vim.option.OptionValue(key="groundwork.template", value=json.dumps(inside))
        template = vcenter.find(vim.VirtualMachine, "ubuntu-24.04")
        host = template.runtime.host
        template.MarkAsVirtualMachine(pool=host.parent.resourcePool, host=host)
        done(template.ReconfigVM_Task(vim.vm.ConfigSpec(extraConfig=[option])))
        template.MarkAsTemplate()


def test_templates_as_they_should_be(checked: Site) -> None:
    label(checked, os="ubuntu-24.04", datasource="VMware")
    before = checked.mutations()
    result = checked.ok()
    assert checked.mutations() == before
    inside = {"os": "ubuntu-24.04", "datasource": "VMware"}
    shown = {"guest": "ubuntu64Guest", "hardware_version": 14, "disk_gb": 20, "tools": True, "inside": inside}
    assert result["templates"] == {"vcenter-a": shown, "vcenter-old": shown}
    assert "warnings" not in result


def test_a_template_that_says_nothing_of_itself_is_warned_about(checked: Site) -> None:
    warnings = json.dumps(checked.ok()["warnings"])
    assert "vcenter-a:/DC vcenter-a/vm/ubuntu-24.04: nobody says what is inside" in warnings
    assert "vcenter-old:" in warnings


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"guest_ids": ["debian12_64Guest", "debian11_64Guest"]}, ["T-GUEST"]),
        ({"hardware_version": 13}, ["T-HARDWARE"]),
        ({"disk_gb": 19}, ["T-DISK"]),
        ({"os": "ubuntu-22.04"}, ["T-OS"]),
        ({"guest_ids": ["other"], "hardware_version": 13, "disk_gb": 1}, ["T-GUEST", "T-HARDWARE", "T-DISK"]),
    ],
)
def test_what_differs(checked: Site, change: dict[str, t.Any], codes: list[str]) -> None:
    label(checked, os="ubuntu-24.04", datasource="VMware")
    checked.arguments["templates"][0].update(change)
    assert checked.refused() == codes


def test_another_datasource_inside(checked: Site) -> None:
    label(checked, os="ubuntu-24.04", datasource="NoCloud")
    assert checked.refused() == ["T-DATASOURCE"] * 2


def test_a_template_that_is_none(checked: Site) -> None:
    checked.vcenter("vcenter-a")["template"] = "ubuntu-26.04"
    checked.vcenter("vcenter-old")["datacenter"] = "DC"
    result = checked.run()
    assert [problem["reason"] for problem in result["problems"]] == ["there is no such template", "there is no datacenter DC"]
    checked.vcenter("vcenter-old")["datacenter"] = "DC vcenter-old"
    checked.old.control(wipe="s2842.example.test")
    assert checked.refused() == ["T-MISSING"] * 2


def test_only_vcenters_of_which_something_is_expected_are_read(checked: Site) -> None:
    del checked.arguments["templates"][1]
    checked.old.stop()
    assert list(checked.ok()["templates"]) == ["vcenter-a"]


def test_the_playbook_says_what_is_there_or_fails(checked: Site, tmp_path: Path) -> None:
    label(checked, os="ubuntu-24.04", datasource="VMware")

    def play() -> subprocess.CompletedProcess[str]:
        shared = {f"vsphere_{key}": checked.arguments[key] for key in ("vcenters", "templates")}
        inventory = tmp_path / "inventory.json"
        inventory.write_text(json.dumps({"k3s_cluster": {"hosts": {"k8s-dev-21": {}}, "vars": shared}}))
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), "playbooks/check_templates.yml", "-i", str(inventory)]
        return subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)

    good = play()
    assert good.returncode == 0, good.stdout
    line = "vcenter-old: ubuntu64Guest, hardware version 14, 20 GB, inside ubuntu-24.04 with datasource VMware."
    assert line in " ".join(good.stdout.split())
    checked.arguments["templates"][1]["disk_gb"] = 10
    bad = play()
    assert bad.returncode != 0
    assert "T-DISK vcenter-old:" in bad.stdout
