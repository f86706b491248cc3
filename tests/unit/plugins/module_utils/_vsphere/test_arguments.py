# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request that arguments make."""

from __future__ import annotations

from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import arguments


def checked(options: dict[str, dict[str, Any]], given: dict[str, Any]) -> dict[str, Any]:
    """Arguments as AnsibleModule hands them over: with defaults, and None for what has none."""
    return {name: given.get(name, option.get("default")) for name, option in options.items()}


def parsed(vms: list[dict[str, Any]], **policy: Any) -> arguments.Request:
    complete = [checked(arguments.VM, {"vcpus": 2, "memory_mb": 4096, "disk_gb": 20, **vm}) for vm in vms]
    hosts = [checked(arguments.HOST, {"name": "HOST1", "hostname": "s1.example.test", "vcenter": "a", "enabled": False})]
    return arguments.parse(checked(arguments.SPEC, {"vcenters": [], "hosts": hosts, "vms": complete, "policy": policy}))


def test_the_place_within_environment_and_role_goes_by_number_then_by_name() -> None:
    vms: list[dict[str, Any]] = [
        {"name": "dev-23", "env": "dev", "role": "server", "number": 23},
        {"name": "dev-21", "env": "dev", "role": "server", "number": 21},
        {"name": "dev-31", "env": "dev", "role": "agent", "number": 31},
        {"name": "prod-22", "env": "prod", "role": "server", "number": 22},
        {"name": "tool-10"},
        {"name": "tool-9"},
    ]
    request = parsed(vms)
    assert {vm.name: vm.index for vm in request.vms} == {"dev-21": 0, "dev-23": 1, "dev-31": 0, "prod-22": 0, "tool-9": 0, "tool-10": 1}


def test_what_the_site_leaves_open_stays_open() -> None:
    request = parsed([{"name": "one", "deny_hosts": ["HOST2", "HOST1"]}], layout="aligned")
    vm = request.vms[0]
    assert (vm.host, vm.datastore, vm.allow, vm.deny) == ("", "", (), ("HOST1", "HOST2"))
    assert request.policy.layout == "aligned"
    assert request.policy.moves == "never"
    assert request.hosts[0].enabled is False
