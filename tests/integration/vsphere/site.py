# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site of two vCenters, three hosts and nine machines, and the module run against it as Ansible runs it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.vsphere.simulated import PASSWORD, USER, VCenter, wait_for

CHECKOUT = Path(__file__).parents[3]
MODULES = CHECKOUT / "plugins/modules"
UTILS = "ansible_collections.groundwork.platform.plugins.module_utils._vsphere"
HOSTS = [("HOST1", "s2843", "vcenter-a", 21), ("HOST2", "s3168", "vcenter-a", 21), ("HOST3", "s2842", "vcenter-old", 14)]
VERSIONS = {"vcenter-a": "8.0.3", "vcenter-old": "6.7.0"}
ENVIRONMENTS = ("dev", "test", "prod")
#: In which any run ends, also on a machine that is busy with something else.
RUN_SECONDS = 600


def vcenter_spec(name: str) -> dict[str, Any]:
    """What vcsim is told: as the twin writes it."""
    version = VERSIONS[name]
    hosts = [
        {
            "name": f"{host}.example.test",
            "version": version,
            "cores": 48,
            "memory_mb": 524288,
            "datastores": {f"{host.upper()}_SSD": 8192},
            "max_hardware_version": hardware,
        }
        for _key, host, vcenter, hardware in HOSTS
        if vcenter == name
    ]
    return {
        "name": name,
        "version": version,
        "username": USER,
        "password": PASSWORD,
        "datacenter": f"DC {name}",
        "folders": [f"k8s/{env}" for env in ENVIRONMENTS],
        "hosts": hosts,
        "port_groups": ["VLAN180", "VLAN181"],
        "template": {"name": "ubuntu-24.04", "hardware_version": 14, "disk_gb": 20},
    }


def machine(env: str, number: int, host: tuple[str, str, str, int]) -> dict[str, Any]:
    key, hostname, vcenter, hardware = host
    name = f"k8s-{env}-{number}"
    return {
        "name": name,
        "env": env,
        "role": "server",
        "number": number,
        "vcpus": 8,
        "memory_mb": 32768,
        "disk_gb": 200,
        "host": key,
        "vcenter": vcenter,
        "datastore": f"{hostname.upper()}_SSD",
        "folder": f"k8s/{env}",
        "hardware_version": hardware,
        "networks": ["VLAN180"],
        "adopt": False,
        "cloud_init": {"metadata": {"local-hostname": name}, "userdata": {"hostname": name}},
    }


@dataclass
class Site:
    """Two running vCenters and the arguments that describe them. Tests may change both before a run.

    ``limits`` are constants of the adapter that runs have instead of their own, so that no test waits for an hour.
    """

    a: VCenter
    old: VCenter
    arguments: dict[str, Any]
    folder: Path
    module: str = "vsphere_vm_placement"
    limits: dict[str, float] = field(default_factory=dict)

    def vm(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(vm for vm in self.arguments["vms"] if vm["name"] == name)
        return found

    def vcenter(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(vcenter for vcenter in self.arguments["vcenters"] if vcenter["name"] == name)
        return found

    def machines(self) -> dict[str, Any]:
        return {**self.a.machines(), **self.old.machines()}

    def mutations(self) -> int:
        return self.a.mutations() + self.old.mutations()

    def begin(self, **changes: Any) -> subprocess.Popen[str]:
        """Start the module; arguments in ``changes`` replace those of the site."""
        arguments = {**copy.deepcopy(self.arguments), **changes}
        path = self.folder / "arguments.json"
        path.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT / ".build/collections")}
        changed = [f"{UTILS}.{name.partition('.')[0]}" for name in self.limits]
        lines = [f"import {module}" for module in changed] + [f"{UTILS}.{name} = {value}" for name, value in self.limits.items()]
        code = "; ".join(["import runpy", *lines, f"runpy.run_path({str(MODULES / self.module)!r} + '.py', run_name='__main__')"])
        return subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def begin_until(self, call: str, times: int = 1) -> subprocess.Popen[str]:
        """Start the module, and come back when vcenter-a has had this call as often."""
        process = self.begin()
        wait_for(lambda: self.a.calls().get(call, 0) >= times, RUN_SECONDS)
        return process

    def run(self, **changes: Any) -> dict[str, Any]:
        """Run the module to its end; its result."""
        process = self.begin(**changes)
        output, errors = process.communicate(timeout=RUN_SECONDS)
        assert not errors, errors
        assert PASSWORD not in output
        result: dict[str, Any] = json.loads(output)
        return result

    def ok(self, **changes: Any) -> dict[str, Any]:
        result = self.run(**changes)
        assert not result.get("failed"), result["msg"]
        return result

    def refused(self, **changes: Any) -> list[str]:
        """Run the module, which must fail and change nothing; the codes of its problems."""
        before = self.mutations()
        result = self.run(**changes)
        assert result["failed"]
        assert not result.get("changed") or self.arguments.get("_ansible_check_mode")
        assert self.mutations() == before
        for problem in result["problems"]:
            assert problem["place"], problem
            assert problem["reason"], problem
            assert problem["remedy"], problem
            assert problem["reason"] in result["msg"]
        assert "Nothing was changed" in result["msg"].splitlines()[-1]
        return [problem["code"] for problem in result["problems"]]


def arguments(a: VCenter, old: VCenter, ca_path: Path) -> dict[str, Any]:
    return {
        "vcenters": [
            {
                "name": vcenter.name,
                "hostname": "127.0.0.1",
                "port": vcenter.port,
                "username": USER,
                "password": PASSWORD,
                "ca_path": str(ca_path),
                "datacenter": f"DC {vcenter.name}",
                "template": "ubuntu-24.04",
            }
            for vcenter in (a, old)
        ],
        "hosts": [
            {"name": key, "hostname": f"{host}.example.test", "vcenter": vcenter, "datastores": {f"{host.upper()}_SSD": 8192}, "failure_domain": key}
            for key, host, vcenter, _hardware in HOSTS
        ],
        "vms": [machine(env, 21 + index, host) for env in ENVIRONMENTS for index, host in enumerate(HOSTS)],
        "policy": {"spread_servers": True, "vcpus_per_core": 4.0},
    }
