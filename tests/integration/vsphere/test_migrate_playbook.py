# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/migrate.yml before it touches anything: it reads servers and vCenters, and says why it goes no further."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.integration.vsphere.simulated import PASSWORD
from tests.integration.vsphere.site import CHECKOUT, Site
from tests.integration.vsphere.test_plan_playbook import plan

NAMES = ["k8s-dev-21", "k8s-dev-22", "k8s-dev-23"]


@pytest.fixture
def migrate(empty_site: Site, tmp_path: Path) -> t.Callable[..., str]:
    """Run it for three servers that have no K3s (all of them this machine); what it said when it failed. Nothing may have changed."""

    def run(*options: str, leaving: t.Collection[str] = (), **variables: t.Any) -> str:
        hosts = {name: _node(name, f"HOST{number}", leaving=name in leaving) for number, name in enumerate(NAMES, 1)}
        shared = {
            "ansible_connection": "local",
            "ansible_become": False,
            "ansible_python_interpreter": sys.executable,
            "groundwork_environment": "dev",
            "groundwork_nodes": "{{ groups['env_dev'] }}",
            "groundwork_missing": [],
            "k3s_adopt": False,
            "k3s_artifacts": {},
            "k3s_version": "v1.35.0+k3s3",
            "k3s_snapshot_s3": None,
            "k3s_servers": [{"name": name, "address": "127.0.0.1"} for name in NAMES],
            "vsphere_vcenters": empty_site.arguments["vcenters"],
            "vsphere_hosts": empty_site.arguments["hosts"],
        }
        group = {"k3s_server": {"hosts": hosts}}
        inventory = tmp_path / "inventory.json"
        inventory.write_text(json.dumps({"env_dev": {"children": {"k3s_cluster": {"children": group}}, "vars": shared | variables}}))
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), "playbooks/migrate.yml", "-i", str(inventory), *options]
        before = empty_site.mutations()
        done = subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)
        said = " ".join((done.stdout + done.stderr).split())
        assert done.returncode != 0, said
        assert empty_site.mutations() == before
        assert PASSWORD not in said
        return said

    return run


def _node(name: str, host: str, *, leaving: bool) -> dict[str, t.Any]:
    record = {"name": "localhost", "type": "A", "value": "127.0.0.1"}
    return {"groundwork_node": {"name": name, "hypervisor": host, "leaving": leaving, "record": record}}


def test_no_cluster_is_there(migrate: t.Callable[..., str]) -> None:
    said = migrate("--check")
    assert "1 problem(s), nothing was touched" in said, said
    assert "no server answers as a healthy voter; bring the cluster up first (site.yml)" in said


def test_an_adopted_environment_and_a_missing_server(migrate: t.Callable[..., str]) -> None:
    said = migrate("--limit", "k8s-dev-21,k8s-dev-22", k3s_adopt=True)
    assert "this environment is adopted" in said
    assert "migrate.yml concerns every server; run it without --limit (k8s-dev-23 left out)" in said


def test_two_servers_may_not_remain(migrate: t.Callable[..., str]) -> None:
    assert "2 servers survive no more losses than one less" in migrate("--check", leaving=["k8s-dev-23"])


def test_an_unreadable_vcenter_ends_it(migrate: t.Callable[..., str], empty_site: Site) -> None:
    empty_site.arguments["vcenters"][0]["password"] = "wrong"
    assert "V-LOGIN" in migrate("--check")


def trial(site: Site, folder: Path, **changes: t.Any) -> str:
    """What the planner says of k8s-dev-23 on a host of vcenter-a, before it leaves; nothing may have changed."""
    site.vm("k8s-dev-23").update(host="HOST4", vcenter="vcenter-a", datastore="S4_SSD", hardware_version=21, **changes)
    hosts = {vm["name"]: {"vsphere_vm": vm} for vm in site.arguments["vms"]}
    shared = {f"vsphere_{key}": site.arguments[key] for key in ("vcenters", "hosts", "policy")}
    shared |= {"k3s_servers": [{"name": name} for name in NAMES], "ansible_connection": "local"}
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"k3s_server": {"hosts": hosts, "vars": shared}}))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "tests/integration/vsphere/trial.yml", "-i", str(inventory)]
    before = site.mutations()
    done = subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert site.mutations() == before
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(("changes", "said"), [({}, "objections: none"), ({"disk_gb": 9000}, "S4_SSD")])
def test_the_new_place_is_tried_before_a_server_leaves(site: Site, tmp_path: Path, changes: dict[str, t.Any], said: str) -> None:
    site.arguments["vms"] = [site.vm(name) for name in NAMES]
    site.ok()
    four = {"name": "s4.example.test", "version": "8.0.3", "cores": 48, "memory_mb": 524288, "datastores": {"S4_SSD": 8192}, "max_hardware_version": 21}
    site.a.control(enter=four)
    site.arguments["hosts"].append(
        {"name": "HOST4", "hostname": "s4.example.test", "vcenter": "vcenter-a", "datastores": {"S4_SSD": 8192}, "failure_domain": "4"}
    )
    answer = trial(site, tmp_path, **changes)
    assert said in answer, answer
    assert ("k8s-dev-23-to-be" in answer) == bool(changes), answer


def test_machines_that_are_elsewhere_than_wanted(site: Site, tmp_path: Path) -> None:
    """Ours are replaced by migrate.yml, those that were adopted are their owner's."""
    names = ["k8s-dev-21", "k8s-dev-22"]
    site.arguments["vms"] = [site.vm(name) for name in names]
    site.ok()
    there = plan(site, tmp_path)
    assert there.returncode == 0, there.stdout
    assert "than wanted" not in there.stdout
    for name, host in zip(names, ("HOST2", "HOST1"), strict=True):
        site.vm(name).update(host=host, datastore={"HOST1": "S2843_SSD", "HOST2": "S3168_SSD"}[host])
    site.vm("k8s-dev-22").update(env="other", adopt=True)
    done = plan(site, tmp_path)
    assert done.returncode == 0, done.stdout
    said = " ".join(done.stdout.split())
    assert "Elsewhere than wanted: k8s-dev-21; migrate.yml replaces servers." in said
    assert "Adopted, and elsewhere than wanted: k8s-dev-22; not replaced before the owner decides (C13" in said
