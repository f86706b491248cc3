# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of playbooks/migrate.yml over simulated vCenters, with three healthy voters that only the test knows of.

No host can be reached: a task that wanted to do anything on one would end the run.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation, to_dict

from tests.integration.vsphere.simulated import done
from tests.integration.vsphere.site import CHECKOUT, Site

NAMES = ["k8s-dev-21", "k8s-dev-22", "k8s-dev-23"]
#: Instead of the probe: what the test says that it saw.
PROBE = """
import json, os, pathlib
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        seen = json.loads(pathlib.Path(os.environ["SEEN"]).read_text())
        found = seen.get(self._task.args["node_name"])
        return {"changed": False, "k3s": found} if found else {"changed": False, "unreachable": True, "msg": "away"}
"""


def seen_of(members: t.Collection[str], *, stopped: t.Collection[str] = ()) -> dict[str, t.Any]:
    """All named servers vote; those that are stopped have left and hold no data."""
    listed = tuple(Member(f"{name}-0a1b2c3d", ("https://192.0.2.1:2380",), False) for name in members)
    voter = Observation("", "amd64", unit_state="active", unit_enabled=True, has_etcd=True, members=listed, etcd_healthy=True, api_ready=True)
    answers = {name: dataclasses.replace(voter, node_name=name, member_name=f"{name}-0a1b2c3d") for name in members}
    answers |= {name: Observation(name, "amd64", unit_state="inactive") for name in stopped}
    return {name: to_dict(observation) for name, observation in answers.items()}


class Migration:
    """A site whose k8s-dev-23 is in the old vCenter, and migrate.yml run against it."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site, self._folder, self.seen = site, folder, seen_of(NAMES)
        site.arguments["vms"] = [site.vm(name) for name in NAMES]
        site.ok()
        self._collections()

    def _collections(self) -> None:
        """The collection as it is, but for the probe."""
        tree = self._folder / "collections/ansible_collections/groundwork/platform"
        (tree / "plugins/action").mkdir(parents=True)
        for source, target in ((CHECKOUT, tree), (CHECKOUT / "plugins", tree / "plugins"), (CHECKOUT / "plugins/action", tree / "plugins/action")):
            for entry in source.iterdir():
                if not (target / entry.name).exists() and entry.name not in ("k3s_node_info.py", ".build", ".venv", ".git"):
                    (target / entry.name).symlink_to(entry)
        (tree / "plugins/action/k3s_node_info.py").write_text(PROBE)

    def wants(self, host: str, hostname: str, vcenter: str) -> None:
        """The matrix wants k8s-dev-23 there; its host's name in vCenter may stay what it was."""
        known = next((entry for entry in self.site.arguments["hosts"] if entry["name"] == host), None)
        if known is None:
            known = {"name": host, "datastores": {}, "failure_domain": host}
            self.site.arguments["hosts"].append(known)
        known.update(hostname=hostname, vcenter=vcenter, datastores={"S4_SSD": 8192} if host == "HOST4" else known["datastores"])
        self.site.vm("k8s-dev-23").update(host=host, vcenter=vcenter, datastore=next(iter(known["datastores"])), hardware_version=21)

    def play(self, *options: str) -> tuple[int, str]:
        record = {"name": "localhost", "type": "A", "value": "127.0.0.1"}
        hosts = {
            name: {
                "groundwork_node": {"name": name, "hypervisor": self.site.vm(name)["host"], "leaving": False, "record": record},
                "vsphere_vm": self.site.vm(name),
            }
            for name in reversed(NAMES)  # the one that moves comes first: what is played once is played in its name
        }
        shared: dict[str, t.Any] = {f"vsphere_{key}": self.site.arguments[key] for key in ("vcenters", "hosts", "policy")}
        shared |= {"ansible_host": "127.0.0.1", "ansible_port": 1, "ansible_python_interpreter": sys.executable}
        shared |= {"groundwork_nodes": "{{ groups['env_dev'] }}"}
        shared |= {"groundwork_environment": "dev", "groundwork_missing": [], "k3s_adopt": False, "k3s_artifacts": {}, "k3s_snapshot_s3": None}
        shared |= {"k3s_version": "v1.35.0+k3s3", "k3s_servers": [{"name": name, "address": "127.0.0.1"} for name in NAMES]}
        inventory, seen = self._folder / "inventory.json", self._folder / "seen.json"
        inventory.write_text(json.dumps({"env_dev": {"children": {"k3s_cluster": {"children": {"k3s_server": {"hosts": hosts}}}}, "vars": shared}}))
        seen.write_text(json.dumps(self.seen))
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), "groundwork.platform.migrate", "-i", str(inventory), *options]
        environment = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_COLLECTIONS_PATH": str(self._folder / "collections"), "SEEN": str(seen), "ANSIBLE_TIMEOUT": "2"}
        ran = subprocess.run(argv, cwd=self._folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        return ran.returncode, " ".join((ran.stdout + ran.stderr).split())


@pytest.fixture
def migration(site: Site, tmp_path: Path) -> Migration:
    return Migration(site, tmp_path)


def test_nothing_to_do_does_nothing(migration: Migration) -> None:
    """The whole playbook with site.yml in it, every task of which has to be left out: no host can be reached."""
    before = migration.site.mutations()
    status, said = migration.play()
    assert status == 0, said
    assert "Every server is where the matrix wants it; nothing is left to migrate." in said
    assert "unreachable=0" in said
    assert migration.site.mutations() == before


def test_a_host_of_its_own_installed_anew(migration: Migration) -> None:
    migration.wants("HOST3", "s2842.example.test", "vcenter-a")
    status, said = migration.play("--check")
    assert status == 0, said
    assert "k8s-dev-23 leaves s2842.example.test (vcenter-old), since it keeps its name on s2842.example.test (vcenter-a)" in said
    status, said = migration.play()
    assert status != 0
    assert "to go on, repeat the name: -e confirm=k8s-dev-23" in said


def test_a_new_host_is_asked_whether_it_takes_the_machine(migration: Migration) -> None:
    migration.wants("HOST4", "s4.example.test", "vcenter-a")
    status, said = migration.play("--check")
    assert status != 0
    assert "k8s-dev-23 has nowhere to go: s4.example.test is not in vcenter-a" in said
    four = {"name": "s4.example.test", "version": "8.0.3", "cores": 48, "memory_mb": 8192, "datastores": {"S4_SSD": 8192}, "max_hardware_version": 21}
    migration.site.a.control(enter=four)
    status, said = migration.play("--check")
    assert status != 0
    assert "1 problem(s), nothing was touched: - k8s-dev-23-to-be: " in said, said


@pytest.mark.long
def test_what_is_left_for_the_owner(migration: Migration) -> None:
    """It has left; its machine is still on, then off, then gone."""
    migration.wants("HOST3", "s2842.example.test", "vcenter-a")
    migration.seen = seen_of(NAMES[:2], stopped=NAMES[2:])
    status, said = migration.play("--check")
    assert status == 0, said
    assert "k8s-dev-23 has left its cluster and its machine is still switched on" in said
    done(migration.site.machines()["k8s-dev-23"].PowerOffVM_Task())
    migration.seen = seen_of(NAMES[:2])
    status, said = migration.play()
    assert status == 0, said
    assert "By hand: take s2842.example.test out of vcenter-old, install it anew" in said
    migration.site.old.control(wipe="s2842.example.test")
    status, said = migration.play()
    assert status == 0, said
    assert "k8s-dev-23 waits for its new host: s2842.example.test is not in vcenter-a" in said
