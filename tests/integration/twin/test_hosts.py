# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""A host of the twin is a machine of its own, and cannot hurt the machine that carries it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from lab.twin.cgroups import TwinCgroups
from tests.support.packer import answers
from tests.support.watched import WatchedTwin

pytestmark = pytest.mark.twin


def test_hosts_have_the_name_address_and_memory_of_their_vm(hosts: WatchedTwin) -> None:
    assert hosts.on("node-2", "hostname --fqdn").output == "node-2.twin.test"
    assert "192.168.180.22/24" in hosts.on("node-2", "ip -brief address show ens192").output
    assert hosts.on("node-2", "grep MemTotal /proc/meminfo").output.split()[1] == str(1024 * 1024)
    limits = [Path(root, "node-2", name) for root in TwinCgroups(hosts.name).left() for name in ("memory.max", "memory.limit_in_bytes")]
    assert [int(path.read_text()) for path in limits if path.exists()] == [1024 * 2**20]


def test_cloud_init_configured_the_host_from_the_vms_guestinfo(hosts: WatchedTwin) -> None:
    assert "DataSourceVMware" in hosts.on("node-1", "cloud-init status --long").output
    assert hosts.on("node-1", "systemctl is-system-running").output == "running"


def test_machine_ids_and_host_keys_are_unique(hosts: WatchedTwin) -> None:
    for file in ("/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key.pub"):
        assert hosts.on("node-1", f"cat {file}").output != hosts.on("node-2", f"cat {file}").output


def test_hosts_reach_each_other_and_the_names_of_the_site_but_nothing_outside(hosts: WatchedTwin) -> None:
    assert hosts.on("node-1", "getent hosts node-2.twin.test").output.split()[0] == "192.168.180.22"
    assert hosts.on("node-1", "getent hosts 192.168.180.22").output.split()[1] == "node-2.twin.test"
    assert hosts.on("node-1", "ping -c 1 -W 60 192.168.180.22").status == 0
    assert hosts.on("node-1", "getent hosts www.example.org").status != 0
    assert hosts.on("node-1", "ping -c 1 -W 2 192.0.2.1").status != 0


def test_packages_really_install_from_the_twins_mirror(hosts: WatchedTwin) -> None:
    assert hosts.on("node-1", "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends jq", 900).status == 0
    assert hosts.on("node-1", "jq --version").status == 0
    assert hosts.on("node-2", "jq --version").status != 0, "the template is shared, the disk is not"


def test_what_a_host_writes_to_kernel_settings_stays_with_it(hosts: WatchedTwin) -> None:
    machine = Path("/proc/sys/vm/overcommit_memory")
    before = machine.read_text()
    other = "0" if before.strip() == "1" else "1"
    assert hosts.on("node-1", f"sysctl -w vm.overcommit_memory={other}").status == 0
    assert hosts.on("node-1", "cat /proc/sys/vm/overcommit_memory").output == other
    assert hosts.on("node-2", "cat /proc/sys/vm/overcommit_memory").output == before.strip()
    assert machine.read_text() == before


def settings() -> tuple[str, list[str]]:
    """Of the machine: one of its kernel, and what it swaps to; how much is swapped changes by itself."""
    return Path("/proc/sys/vm/laptop_mode").read_text(), [line.split()[0] for line in Path("/proc/swaps").read_text().splitlines()]


@pytest.mark.parametrize(
    "attempt",
    [
        "date --set=@0",
        "modprobe --force-vermagic nothing",
        "dd if=/dev/zero of=/var/swap bs=1M count=8 && mkswap /var/swap && swapon /var/swap",
        "sysctl -w kernel.hostname_does_not_matter=1 vm.laptop_mode=1",
        "echo b > /proc/sysrq-trigger",
    ],
)
def test_a_host_cannot_change_the_machine(hosts: WatchedTwin, attempt: str) -> None:
    before = settings()
    assert hosts.on("node-1", attempt).status != 0
    assert time.time() > 1_700_000_000
    assert settings() == before


def test_a_cable_can_be_pulled_and_plugged_in(hosts: WatchedTwin) -> None:
    hosts.lab("cut", "node-2")
    assert hosts.on("node-1", "ping -c 1 -W 1 192.168.180.22").status != 0
    hosts.lab("mend", "node-2")
    hosts.wait_until(lambda: hosts.on("node-1", "ping -c 1 -W 2 192.168.180.22").status == 0, "node-2 is reached again")


def booted(hosts: WatchedTwin) -> str:
    """Which boot of node-2 this is; empty while it cannot be asked."""
    done = hosts.on("node-2", "cat /proc/sys/kernel/random/boot_id")
    return "" if done.status else done.output


def test_a_reboot_keeps_the_disk_and_a_power_cut_loses_nothing_that_was_synced(hosts: WatchedTwin) -> None:
    hosts.on("node-2", "echo kept > /var/kept && sync")
    boot = booted(hosts)
    hosts.on("node-2", "systemctl reboot")
    hosts.wait_until(lambda: booted(hosts) not in ("", boot), "node-2 boots again")
    hosts.wait_for("node-2")
    hosts.lab("kill", "node-2")
    assert hosts.row("node-2")["power"] == "off"
    hosts.lab("start", "node-2")
    hosts.wait_for("node-2")
    assert hosts.on("node-2", "cat /var/kept").output == "kept"


def test_the_mirror_can_go_away_and_come_back(hosts: WatchedTwin) -> None:
    hosts.lab("kill", "mirror")
    assert hosts.on("node-1", "curl --silent --fail http://mirror.twin.test/apt/Packages --output /dev/null").status == 7
    hosts.lab("start", "mirror")
    hosts.wait_until(lambda: hosts.on("node-1", "curl -sf http://mirror.twin.test/apt/Packages -o /dev/null").status == 0, "the mirror serves")


def test_the_templates_installer_asks_cloud_init_for_nothing_that_it_does_not_know(hosts: WatchedTwin) -> None:
    """packer/: what the installed system's first boot is told, against the schema of the cloud-init that is here."""
    config = json.dumps(answers()["user-data"])
    written = hosts.on("node-1", f"cat > /root/user-data <<EOF\n#cloud-config\n{config.replace(chr(39), '')}\nEOF")
    assert written.status == 0, written.output
    checked = hosts.on("node-1", "cloud-init schema --config-file /root/user-data")
    assert checked.status == 0, checked.output
    assert "Valid" in checked.output
