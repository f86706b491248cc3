# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/management.yml: its machine is created where the matrix pins it, and taken as it is where it exists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.integration.vsphere.simulated import PASSWORD, done
from tests.integration.vsphere.site import CHECKOUT, Site

NAME = "k8s-mgmt-10"


def play(site: Site, folder: Path, *options: str, adopt: bool = False) -> str:
    shared = {f"vsphere_{key}": site.arguments[key] for key in ("vcenters", "hosts", "policy")}
    shared |= {"vsphere_templates": [], "groundwork_known_hosts": str(folder / "known_hosts"), "place_records": str(folder / "records")}
    shared |= {"groundwork_repository": {"url": None, "branch": "main"}}
    vm = {**site.vm("k8s-dev-22"), "name": NAME, "env": None, "role": "management", "adopt": adopt}
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"management": {"hosts": {NAME: {"ansible_host": "192.0.2.10", "vsphere_vm": vm}}, "vars": shared}}))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "playbooks/management.yml", "-i", str(inventory), "--tags", "vms", *options]
    ran = subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert PASSWORD not in ran.stdout + ran.stderr
    return " ".join(ran.stdout.split())


def test_created_where_it_is_pinned_and_adopted_once_it_exists(site: Site, tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("192.0.2.10 ssh-ed25519 AAAA\n192.0.2.11 ssh-ed25519 AAAA\n")
    before = site.mutations()
    assert "+ create, does not exist" in play(site, tmp_path, "--check")
    assert site.mutations() == before
    play(site, tmp_path)
    machine = site.a.machines()[NAME]
    assert machine.runtime.host.name == "s3168.example.test"
    assert (tmp_path / "known_hosts").read_text() == "192.0.2.11 ssh-ed25519 AAAA\n", "a machine that is made anew has other host keys"
    before = site.mutations()
    play(site, tmp_path)
    assert site.mutations() == before


def test_one_that_its_owner_made_is_taken_as_it_is(site: Site, tmp_path: Path) -> None:
    site.arguments["vms"] = [site.vm("k8s-dev-22")]
    site.ok()
    done(site.a.machines()["k8s-dev-22"].Rename_Task(NAME))
    before = site.mutations()
    assert "adopted as it is" in play(site, tmp_path, adopt=True)
    assert site.mutations() == before
