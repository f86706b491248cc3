# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/plan.yml: a table to read, JSON on request, a failure with every problem, and nothing changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.integration.vsphere.simulated import PASSWORD
from tests.integration.vsphere.site import CHECKOUT, Site


def plan(site: Site, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    shared = {f"vsphere_{key}": site.arguments[key] for key in ("vcenters", "hosts", "policy")}
    hosts = {vm["name"]: {"vsphere_vm": vm} for vm in site.arguments["vms"]}
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"k3s_cluster": {"hosts": hosts, "vars": shared}}))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "playbooks/plan.yml", "-i", str(inventory), "-vvv", *options]
    before = site.mutations()
    done = subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)
    assert site.mutations() == before
    assert PASSWORD not in done.stdout + done.stderr
    return done


def test_the_plan_is_a_table_and_json(empty_site: Site, tmp_path: Path) -> None:
    written = tmp_path / "plan.json"
    done = plan(empty_site, tmp_path, "-e", f"plan_file={written}")
    assert done.returncode == 0, done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.strip().startswith("k8s-") and "create," in line]
    assert [row[0] for row in rows] == sorted(vm["name"] for vm in empty_site.arguments["vms"])
    assert "9 machines: 9 to create." in done.stdout
    plan_as_json = json.loads(written.read_text())
    assert [entry["action"] for entry in plan_as_json["plan"]] == ["create"] * 9
    assert "If HOST1 is lost: majority kept in dev (2 of 3), prod (2 of 3), test (2 of 3)." in done.stdout
    assert {env: lost["kept"] for env, lost in plan_as_json["n_plus_1"]["HOST1"]["quorum"].items()} == {"dev": True, "prod": True, "test": True}
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_plan_that_cannot_work_fails_with_every_problem(empty_site: Site, tmp_path: Path) -> None:
    empty_site.vm("k8s-dev-21").update(networks=["VLAN99"])
    empty_site.vm("k8s-dev-22").update(disk_gb=10)
    done = plan(empty_site, tmp_path)
    assert done.returncode != 0
    assert "C9 k8s-dev-21" in done.stdout
    assert "C12 k8s-dev-22" in done.stdout
    assert "Nothing was changed" in done.stdout


def test_the_plan_is_the_same_offline_and_asks_for_no_secret(empty_site: Site, tmp_path: Path) -> None:
    inventory, live, offline = (tmp_path / name for name in ("vcenters.json", "live.json", "offline.json"))
    assert plan(empty_site, tmp_path, "-e", f"vcenters_file={inventory}", "-e", f"plan_file={live}").returncode == 0
    for vcenter in empty_site.arguments["vcenters"]:
        vcenter.update(password="{{ undef(hint='nobody may look this up') }}", port=1)
    done = plan(empty_site, tmp_path, "-e", f"placement_record={inventory}", "-e", f"plan_file={offline}")
    assert done.returncode == 0, done.stdout
    assert "If HOST1 is lost: majority kept in dev (2 of 3), prod (2 of 3), test (2 of 3)." in done.stdout
    assert json.loads(offline.read_text()) == json.loads(live.read_text())
