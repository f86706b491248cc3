# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the modules' documentation run as they stand there."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.integration.vsphere.simulated import VCenter, done
from tests.integration.vsphere.site import CHECKOUT, MODULES, Site

TEMPLATE = {"os": "ubuntu-24.04", "guest_ids": ["ubuntu64Guest"], "hardware_version": 14, "disk_gb": 200}


def examples(module: str) -> list[dict[str, Any]]:
    """The tasks in a module's EXAMPLES."""
    tree = ast.parse((MODULES / f"{module}.py").read_text(encoding="utf-8"))
    text = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign) and "EXAMPLES" in ast.unparse(node.targets[0]))
    found: list[dict[str, Any]] = yaml.safe_load(str(text))
    return found


def played(site: Site, folder: Path, tasks: list[dict[str, Any]], group: str = "k3s_cluster") -> subprocess.CompletedProcess[str]:
    """The tasks, run over a group of the site's machines with the variables that the inventory plugin makes."""
    shared = {f"vsphere_{key}": site.arguments[key] for key in ("vcenters", "hosts", "policy")}
    shared["vsphere_templates"] = [{"vcenter": vcenter["name"], **TEMPLATE} for vcenter in site.arguments["vcenters"]]
    hosts = {vm["name"]: {"vsphere_vm": vm} for vm in site.arguments["vms"]}
    (folder / "inventory.json").write_text(json.dumps({group: {"hosts": hosts, "vars": shared}}))
    (folder / "play.json").write_text(json.dumps([{"hosts": group, "gather_facts": False, "tasks": tasks}]))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(folder / "inventory.json"), str(folder / "play.json")]
    return subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def guests(*vcenters: VCenter) -> Iterator[None]:
    """Every machine that is switched on reports address and host name, until the block ends."""
    streams = [vcenter.follow(600) for vcenter in vcenters]
    threads = [threading.Thread(target=report, args=pair, daemon=True) for pair in zip(vcenters, streams, strict=True)]
    for thread in threads:
        thread.start()
    yield


def report(vcenter: VCenter, events: Any) -> None:
    with contextlib.suppress(OSError):  # nothing happens any more
        for line in events:
            event = json.loads(line)
            if event.get("state") == "on":
                vcenter.control(set="guest", vm=event["vm"]["id"], ip="192.0.2.7", hostname=event["vm"]["name"], tools="running")


def test_placement(site: Site, tmp_path: Path) -> None:
    tasks = examples("vsphere_vm_placement")
    with guests(site.a, site.old):
        made = played(site, tmp_path, tasks[:-1])
        assert made.returncode == 0, made.stdout
        assert len(site.machines()) == 9
        assert (tmp_path / "vcenters.json").exists()
        site.vm("k8s-dev-22").update(vcpus=12)
        resized = played(site, tmp_path, tasks[-1:])
    assert resized.returncode == 0, resized.stdout
    assert site.machines()["k8s-dev-22"].config.hardware.numCPU == 12


def test_where_machines_are(site: Site, tmp_path: Path) -> None:
    site.arguments["vms"] = [site.vm("k8s-dev-22")]
    site.ok()
    shown = [{"ansible.builtin.debug": {"var": "machines.machines"}, "run_once": True}]
    found = played(site, tmp_path, [*examples("vsphere_vm_info"), *shown], "k3s_server")
    assert found.returncode == 0, found.stdout
    assert "s3168.example.test" in found.stdout


def test_templates(site: Site, tmp_path: Path) -> None:
    """As they are in the simulator, and one that is not as the site asks for it."""
    tasks = examples("vsphere_template_info")
    assert played(site, tmp_path, tasks).returncode == 0
    site.a.stop()
    site.a.spec["template"]["disk_gb"] = 300
    site.a.start()
    refused = played(site, tmp_path, tasks)
    assert refused.returncode != 0
    assert "T-DISK vcenter-a" in refused.stdout


def test_deletion(site: Site, tmp_path: Path) -> None:
    site.arguments["vms"] = [site.vm("k8s-dev-22")]
    site.ok()
    done(site.machines()["k8s-dev-22"].PowerOffVM_Task())
    deleted = played(site, tmp_path, examples("vsphere_vm_deletion"))
    assert deleted.returncode == 0, deleted.stdout
    assert site.machines() == {}
