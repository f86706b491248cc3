# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What resize.yml says and refuses before it touches anything; whole runs are in tests/twin/test_resize.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.vsphere.site import CHECKOUT, Site

NAMES = ("k8s-dev-21", "k8s-dev-22", "k8s-dev-23")


@pytest.fixture
def built(site: Site) -> Site:
    """The three servers of one environment."""
    site.arguments["vms"] = [site.vm(name) for name in NAMES]
    site.ok()
    return site


def preflight(site: Site, folder: Path, **variables: Any) -> str:
    """Play tasks/resize_preflight.yml; no server of this environment runs K3s. What was said, without line breaks."""
    shared = {
        **{f"vsphere_{key}": site.arguments[key] for key in ("vcenters", "hosts", "policy")},
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "operation_name": "resize.yml",
        "k3s_adopt": False,
        "k3s_version": "v1.35.0+k3s3",
        "k3s_artifacts": {},
        "k3s_servers": [{"name": name, "address": "192.0.2.1"} for name in NAMES],
        **variables,
    }
    hosts = {vm["name"]: {"vsphere_vm": vm, "k3s_node_name": vm["name"]} for vm in site.arguments["vms"]}
    (folder / "inventory.json").write_text(json.dumps({"k3s_cluster": {"hosts": hosts, "vars": shared}}))
    tasks = [
        {"ansible.builtin.include_tasks": str(CHECKOUT / "playbooks/tasks/resize_preflight.yml")},
        {"ansible.builtin.debug": {"msg": "WOULD RESIZE {{ resize_todo | join(' ') }}."}, "run_once": True},
    ]
    (folder / "play.json").write_text(json.dumps([{"hosts": "k3s_cluster", "gather_facts": False, "tasks": tasks}]))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(folder / "inventory.json"), str(folder / "play.json")]
    before = site.mutations()
    done = subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False)
    assert site.mutations() == before
    return " ".join(done.stdout.split() + done.stderr.split())


def test_nothing_differs(built: Site, tmp_path: Path) -> None:
    assert "WOULD RESIZE ." in preflight(built, tmp_path)


def test_every_reason_at_once(built: Site, tmp_path: Path) -> None:
    built.vm("k8s-dev-21").update(disk_gb=100)
    built.vm("k8s-dev-22").update(vcpus=12)
    built.vm("k8s-dev-23").update(memory_mb=600_000)
    said = preflight(built, tmp_path)
    assert "nothing was touched" in said
    assert "k8s-dev-21: has a disk of 200 GB, 100 GB are wanted, and disks are never shrunk" in said
    assert "k8s-dev-23: HOST3 would carry" in said
    assert "k8s-dev-22 is not a healthy voter; bring it up first (site.yml)" in said
    assert "resize, was asked for: vCPUs 8 -> 12" in said


def test_only_what_is_named_is_judged(built: Site, tmp_path: Path) -> None:
    built.vm("k8s-dev-21").update(disk_gb=100)
    built.vm("k8s-dev-22").update(vcpus=12)
    said = preflight(built, tmp_path, resize_nodes="k8s-dev-22")
    assert "never shrunk" not in said
    assert "k8s-dev-21 is not a healthy voter" in said


def todo(folder: Path, plan: dict[str, str], servers: dict[str, Any], agents: dict[str, Any], asked: tuple[str, ...]) -> list[str]:
    """Who takes turns, by what the plan says of each machine and what is marked on each Node that was seen."""
    tasks = yaml.safe_load((CHECKOUT / "playbooks/tasks/resize_preflight.yml").read_text(encoding="utf-8"))
    deciding = next(task for task in tasks if task["name"] == "See who is left to do")

    seen = {name: {"k3s": {"node_upgrade": mark, "node_version": "v1"}} if mark != "silent" else {} for name, mark in servers.items()}
    shared = {
        "resize_plan": {"plan": [{"vm": name, "action": action} for name, action in plan.items()]},
        "_k3s_looks": {"results": [{"item": {"name": name}, **look} for name, look in seen.items()]},
        "resize_agents": {"results": [{"item": name, "k3s": {"node_upgrade": mark}} for name, mark in agents.items()]},
        "resize_asked": list(asked),
        "k3s_servers": [{"name": name} for name in servers],
        "k3s_version": "v1",
    }
    wrote = {"ansible.builtin.copy": {"content": "{{ resize_todo | to_json }}", "dest": str(folder / "todo.json")}}
    (folder / "decide.json").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "vars": shared, "tasks": [deciding, wrote]}]))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(folder / "decide.json")]
    subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=True)
    decided: list[str] = json.loads((folder / "todo.json").read_text())
    return decided


ALL = ("s1", "s2", "s3", "a1", "a2")
MARKS: dict[str, Any] = {"s1": None, "s2": None, "s3": None}


def test_an_agent_that_was_left_drained_is_brought_back(tmp_path: Path) -> None:
    plan = dict.fromkeys(ALL, "keep")
    assert todo(tmp_path, plan, MARKS, {"a1": None, "a2": "v1"}, ALL) == ["a2"]
    assert todo(tmp_path, plan, MARKS, {}, ALL) == []


def test_nobody_takes_a_turn_who_is_not_named(tmp_path: Path) -> None:
    plan = {"s1": "power_on", "s2": "keep", "s3": "resize", "a1": "resize", "a2": "keep"}
    assert todo(tmp_path, plan, MARKS | {"s2": "v1"}, {"a1": None, "a2": "v1"}, ("s3",)) == ["s3"]


def test_a_server_that_was_left_off_comes_before_the_others(tmp_path: Path) -> None:
    """Before its size was changed the plan calls it resize, like those that run; after that, power_on."""
    plan = {"s1": "resize", "s2": "resize", "s3": "keep", "a1": "power_on", "a2": "resize"}
    assert todo(tmp_path, plan, MARKS | {"s2": "silent", "s3": "v1"}, {"a1": "v1", "a2": None}, ALL) == ["s2", "a1", "s3", "s1", "a2"]


def test_an_adopted_environment_and_a_node_that_is_missing(built: Site, tmp_path: Path) -> None:
    built.arguments["vms"].append(built.vm("k8s-dev-21") | {"name": "k8s-dev-24", "env": "dev", "role": "agent"})
    said = preflight(built, tmp_path, k3s_adopt=True)
    assert "this environment is adopted and only looked at" in said
    assert "k8s-dev-24 is not there, or not yet complete; run site.yml first" in said
