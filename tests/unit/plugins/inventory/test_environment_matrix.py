# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, in the process and through ansible's own commands."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Any

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

CHECKOUT = pathlib.Path(__file__).parents[4]
BASE = CHECKOUT / "tests" / "fixtures" / "matrix"
NAME = "groundwork.platform.environment_matrix"


def inventory_file(folder: pathlib.Path, text: str = "") -> pathlib.Path:
    shutil.copy(BASE / "base.yml", folder / "matrix.yml")
    shutil.copy(BASE / "versions.lock.yml", folder)
    path = folder / "environment_matrix.yml"
    path.write_text(f"plugin: {NAME}\nmatrix: matrix.yml\n{text}", "utf-8")
    return path


def parse(path: pathlib.Path) -> InventoryData:
    plugin = inventory_loader.get(NAME)
    inventory = InventoryData()
    assert plugin.verify_file(str(path))
    plugin.parse(inventory, DataLoader(), str(path), cache=False)
    inventory.reconcile_inventory()
    return inventory


def members(inventory: InventoryData, group: str) -> list[str]:
    return sorted(host.name for host in inventory.groups[group].get_hosts())


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One of ansible's commands, away from the checkout and its ansible.cfg."""
    command = [sys.executable, "-m", f"ansible.cli.{arguments[0]}", *arguments[1:]]
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".build" / "collections"), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd="/", check=False)


def listed(*arguments: str, **environment: str) -> dict[str, Any]:
    done = run("inventory", *arguments, "--list", **environment)
    assert done.returncode == 0, done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    return data


def test_groups(tmp_path: pathlib.Path) -> None:
    inventory = parse(inventory_file(tmp_path, "environments: [lab]\n"))
    nodes = ["k8s-lab-21", "k8s-lab-22", "k8s-lab-23"]
    assert members(inventory, "env_lab") == members(inventory, "k3s_cluster") == members(inventory, "k3s_server") == nodes
    assert members(inventory, "k3s_agent") == []
    assert members(inventory, "management") == ["bastion"]
    assert members(inventory, "vcenters") == ["vc"]
    assert members(inventory, "network_lab") == ["bastion", *nodes]
    assert members(inventory, "failure_domain_ESX2") == ["esx2.example.org", "k8s-lab-22"]
    assert members(inventory, "site_example") == sorted(["bastion", "vc", *nodes, *(f"esx{n}.example.org" for n in (1, 2, 3, 4))])
    assert "env_live" not in inventory.groups


def test_all_environments_unless_some_are_named(tmp_path: pathlib.Path) -> None:
    assert len(members(parse(inventory_file(tmp_path)), "k3s_server")) == 6


def test_what_is_equal_stands_on_groups_and_not_on_hosts(tmp_path: pathlib.Path) -> None:
    inventory = parse(inventory_file(tmp_path))
    assert set(inventory.hosts["k8s-lab-21"].vars) - {"inventory_file", "inventory_dir"} == {
        "ansible_host",
        "groundwork_node",
        "vsphere_vm",
        "k3s_role",
        "k3s_node_ip",
    }
    assert inventory.groups["env_lab"].vars["kubeconfig_server"] == "https://192.0.2.20:6443"
    assert inventory.groups["site_example"].vars["groundwork_site"]["domain"] == "example.org"


def test_the_key_of_an_environment_may_have_a_hyphen(tmp_path: pathlib.Path) -> None:
    """Group names may not, so playbooks ask for the nodes by a variable."""
    path = inventory_file(tmp_path)
    matrix = tmp_path / "matrix.yml"
    matrix.write_text(matrix.read_text("utf-8").replace("\n  live:\n", "\n  live-eu:\n"), "utf-8")
    inventory = parse(path)
    assert inventory.groups["env_live_eu"].vars["groundwork_nodes"] == "{{ groups['env_live_eu'] }}"
    assert members(inventory, "env_live_eu") != []


def test_virtual_machine(tmp_path: pathlib.Path) -> None:
    vm = parse(inventory_file(tmp_path)).hosts["k8s-live-22"].vars["vsphere_vm"]
    wanted = {"name": "k8s-live-22", "host": "ESX2", "vcenter": "vc", "datastore": "ssd2", "networks": ["vlan-200"], "memory_mb": 8192, "adopt": False}
    assert vm | wanted == vm
    ethernet = vm["cloud_init"]["metadata"]["network"]["ethernets"]["primary"]
    assert ethernet["addresses"] == ["198.51.100.22/24"]
    assert ethernet["routes"] == [{"to": "default", "via": "198.51.100.1"}]
    assert vm["cloud_init"]["userdata"]["fqdn"] == "k8s-live-22.example.org"


def test_groups_and_variables_of_ones_own(tmp_path: pathlib.Path) -> None:
    text = """
keyed_groups:
  - {key: groundwork_node.hypervisor, prefix: runs_on}
groups:
  first: groundwork_node is defined and groundwork_node.number == 21
compose:
  node_label: groundwork_node.role ~ "/" ~ groundwork_node.number
"""
    inventory = parse(inventory_file(tmp_path, text))
    assert members(inventory, "runs_on_ESX1") == members(inventory, "first") == ["k8s-lab-21", "k8s-live-21"]
    assert inventory.hosts["k8s-lab-22"].vars["node_label"] == "server/22"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("enviroments: [lab]\n", "unknown key 'enviroments'; did you mean 'environments'?"),
        ("environments: [lap]\n", "there is no environment 'lap'; did you mean 'lab'?"),
    ],
)
def test_mistakes_in_the_inventory_file(text: str, message: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(AnsibleParserError) as caught:
        parse(inventory_file(tmp_path, text))
    assert message in str(caught.value)


def test_other_files_are_left_to_other_plugins(tmp_path: pathlib.Path) -> None:
    other = tmp_path / "hosts.yml"
    other.write_text("plugin: x\n", "utf-8")
    assert not inventory_loader.get(NAME).verify_file(str(other))


def test_all_problems_of_a_broken_matrix_are_printed_and_none_is_a_traceback(tmp_path: pathlib.Path) -> None:
    path = inventory_file(tmp_path)
    matrix = tmp_path / "matrix.yml"
    matrix.write_text(matrix.read_text("utf-8").replace("id: example", "id: EXAMPLE").replace("v1.35.0+k3s3", "stable"), "utf-8")
    done = run("inventory", "-i", str(path), "--list", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true")
    assert done.returncode != 0
    flat = " ".join(done.stderr.split())
    assert "GW101" in flat
    assert "GW501" in flat
    assert "2 problems" in flat
    assert "Traceback" not in done.stderr


def test_two_inventories_at_once() -> None:
    data = listed("-i", str(CHECKOUT / "inventories" / "dev"), "-i", str(CHECKOUT / "inventories" / "prod"))
    assert sorted(data["k3s_server"]["hosts"]) == [f"k8s-{env}-{n}" for env in ("dev", "prod") for n in (21, 22, 23)]
    hosts = data["_meta"]["hostvars"]
    assert hosts["k8s-dev-21"]["kubeconfig_context"] == "eneg-dev"
    assert hosts["k8s-prod-21"]["kubeconfig_context"] == "eneg-prod"


def test_limit_and_graph() -> None:
    dev = str(CHECKOUT / "inventories" / "dev")
    done = run("adhoc", "-i", dev, "all", "--limit", "env_dev:&failure_domain_HOST2", "--list-hosts")
    assert done.stdout.split()[-1] == "k8s-dev-22"
    assert "|--@env_dev:" in run("inventory", "-i", dev, "--graph").stdout


def test_no_secret_is_read_or_listed(tmp_path: pathlib.Path) -> None:
    planted = {"GROUNDWORK_SECRET_VC_PASSWORD": "planted-vcenter", "GROUNDWORK_SECRET_K3S_LAB_SERVER_TOKEN": "planted-token"}
    path = str(inventory_file(tmp_path))
    done = run("inventory", "-i", path, "--list", **planted)
    assert "planted" not in done.stdout + done.stderr
    assert "lookup('groundwork.platform.secret', 'vc/password'" in done.stdout
    assert "__ansible_unsafe" not in done.stdout
    arguments = ("-i", path, "k8s-lab-21", "-c", "local", "-e", "ansible_become=false", "-m", "debug", "-a")
    used = run("adhoc", *arguments, 'msg="{{ vsphere_vcenters[0].password }} {{ k3s_server_token }} {{ k3s_agent_token | length }}"', **planted)
    assert "planted-vcenter planted-token 0" in used.stdout, used.stdout + used.stderr


def test_lists_of_all_nodes_and_hosts_are_templates_that_work(tmp_path: pathlib.Path) -> None:
    arguments = ("-i", str(inventory_file(tmp_path)), "k8s-lab-21", "-c", "local", "-e", "ansible_become=false", "-m", "debug", "-a")
    names = "{{ host_base_hosts['k8s-lab-23'] }} {{ vsphere_hosts | map(attribute='name') | join(',') }} {{ groundwork_dns_records | length }}"
    assert "192.0.2.23 ESX1,ESX2,ESX3,ESX4 3" in run("adhoc", *arguments, f'msg="{names}"').stdout


def test_an_overlay_of_the_environment_is_applied_and_told(tmp_path: pathlib.Path) -> None:
    overlay = tmp_path / "overlay.yml"
    overlay.write_text("- {path: environments.*.vip, value: 192.0.2.77, why: a test}\n- {path: environments.live.vip, value: none, why: a test}\n", "utf-8")
    data = listed("-i", str(inventory_file(tmp_path)), GROUNDWORK_MATRIX_OVERLAY=str(overlay))
    variables = data["_meta"]["hostvars"]["k8s-lab-21"]
    assert variables["k3s_vip"] == "192.0.2.77"
    assert variables["groundwork_deviations"][0]["path"] == "environments.lab.vip"


def test_what_is_expected_of_templates_and_what_the_management_machine_clones(tmp_path: pathlib.Path) -> None:
    inventory = parse(inventory_file(tmp_path))
    (template,) = inventory.groups["site_example"].vars["vsphere_templates"]
    disks = [host.vars["vsphere_vm"]["disk_gb"] for host in inventory.hosts.values() if "vsphere_vm" in host.vars and not host.vars["vsphere_vm"]["adopt"]]
    greatest = [host.vars["vsphere_host"]["max_hardware_version"] for host in inventory.hosts.values() if "vsphere_host" in host.vars]
    assert template["vcenter"] == "vc"
    assert template["os"] == inventory.groups["site_example"].vars["groundwork_site"]["os"]
    assert (template["disk_gb"], template["hardware_version"]) == (min(disks), min(greatest))
    assert template["guest_ids"]
    assert set(inventory.groups["management"].vars["groundwork_repository"]) == {"url", "branch"}
    assert inventory.hosts["k8s-lab-21"].vars["groundwork_node"]["leaving"] is False
