# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What happens to a VM in the simulated vCenter happens to its host, and the other way round."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.twin import CHECKOUT
from tests.support.watched import WatchedTwin

pytestmark = pytest.mark.twin
VM = "k8s-dev-21"
OBSERVE = str(CHECKOUT / "tests/integration/twin/vm.py")
PLACE = str(CHECKOUT / "tests/integration/twin/place.yml")


def vm(site: WatchedTwin, action: str = "show") -> dict[str, str]:
    """Power state, address and host name of the VM as its vCenter shows them, after an action."""
    done = site.shell("python3", OBSERVE, str(site.paths.vcenter("vcenter-b")), "vcenter-b.eneg.de", VM, action)
    assert done.status == 0, done.tail
    shown: dict[str, str] = json.loads(done.output)
    return shown


def test_a_vm_that_the_module_creates_boots_with_its_address(site: WatchedTwin) -> None:
    placed = site.playbook(PLACE)
    assert placed.status == 0, placed.tail
    site.wait_for(VM)
    assert VM in site.on(VM, "cat /etc/hostname").output.splitlines()
    site.wait_until(lambda: vm(site) == {"power": "poweredOn", "ip": "192.168.180.21", "hostname": VM, "tools": "guestToolsRunning"}, "the tools report")


def test_connections_come_from_the_management_machine(site: WatchedTwin) -> None:
    assert "192.168.180.10" in site.on(VM, "echo $SSH_CONNECTION; ss -Htn state established sport = :22").output


def test_a_power_cut_is_seen_by_the_vcenter(site: WatchedTwin) -> None:
    site.lab("kill", VM)
    site.wait_until(lambda: vm(site)["power"] == "poweredOff", "the vCenter sees the power cut")
    assert vm(site)["ip"] == ""
    site.lab("start", VM)
    site.wait_until(lambda: vm(site)["power"] == "poweredOn", "the vCenter sees the VM again")
    site.wait_for(VM)


def test_a_guest_that_powers_itself_off_is_seen_by_the_vcenter(site: WatchedTwin) -> None:
    site.on(VM, "systemctl poweroff")
    site.wait_until(lambda: vm(site)["power"] == "poweredOff", "the vCenter sees that the guest is off")
    assert vm(site)["tools"] == "guestToolsNotRunning"


def test_the_vcenter_switches_the_host_on_and_off(site: WatchedTwin) -> None:
    vm(site, "PowerOn")
    site.wait_for(VM)
    vm(site, "PowerOff")
    site.wait_until(lambda: site.row(VM)["power"] == "off", "the host is off")
    assert site.row(VM)["ssh"] == "no"


def test_a_vcenter_behind_a_cut_cable_is_unreachable_and_keeps_its_inventory(site: WatchedTwin) -> None:
    site.lab("cut", "vcenter-b")
    assert site.shell("curl", "--silent", "--max-time", "5", "https://vcenter-b.eneg.de/").status in {7, 28}
    site.lab("mend", "vcenter-b")
    assert vm(site)["power"] == "poweredOff"


def test_a_destroyed_vm_takes_its_disk_along(site: WatchedTwin) -> None:
    assert site.paths.host(VM).is_dir()
    vm(site, "Destroy")
    site.wait_until(lambda: not site.paths.host(VM).exists(), "the disk is deleted")


def content(path: Path) -> bytes:
    """Nothing of a file that has gone meanwhile: the twin runs."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_passwords_of_the_vcenters_stand_in_private_files_only(site: WatchedTwin) -> None:
    password = json.loads((site.paths.vcenter("vcenter-b") / "spec.json").read_text())["password"]
    holders = [path for path in site.paths.root.rglob("*") if path.is_file() and "hosts" not in path.parts and password.encode() in content(path)]
    assert holders == [site.paths.vcenter("vcenter-b") / "spec.json"]
    assert holders[0].stat().st_mode & 0o077 == 0
