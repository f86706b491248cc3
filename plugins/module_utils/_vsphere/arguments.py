# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments of vsphere_vm_placement: their specification, and the request that they make."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.layout import LAYOUTS
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, Policy, Target, WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import natural
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.order import Order

Params = t.Mapping[str, t.Any]

VCENTER: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "hostname": {"type": "str", "required": True},
    "port": {"type": "int", "default": 443},
    "username": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "ca_path": {"type": "path"},
    "sha256_pin": {"type": "str"},
    "datacenter": {"type": "str", "required": True},
    "template": {"type": "str", "required": True},
    "folder": {"type": "str"},
}
HOST: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "hostname": {"type": "str", "required": True},
    "vcenter": {"type": "str", "required": True},
    "datastores": {"type": "dict", "default": {}},
    "version": {"type": "str"},
    "failure_domain": {"type": "str"},
    "cores": {"type": "int"},
    "memory_mb": {"type": "int"},
    "max_hardware_version": {"type": "int"},
    "enabled": {"type": "bool", "default": True},
}
VM: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "env": {"type": "str", "default": ""},
    "role": {"type": "str", "default": ""},
    "number": {"type": "int"},
    "address": {"type": "str"},
    "vcpus": {"type": "int", "required": True},
    "memory_mb": {"type": "int", "required": True},
    "disk_gb": {"type": "int", "required": True},
    "host": {"type": "str", "default": ""},
    "allow_hosts": {"type": "list", "elements": "str", "default": []},
    "deny_hosts": {"type": "list", "elements": "str", "default": []},
    "vcenter": {"type": "str"},
    "datastore": {"type": "str", "default": ""},
    "folder": {"type": "str", "default": ""},
    "hardware_version": {"type": "int", "default": 0},
    "networks": {"type": "list", "elements": "str", "default": []},
    "adopt": {"type": "bool", "default": False},
    "uuid": {"type": "str"},
    "replaces": {"type": "str"},
    "cloud_init": {"type": "dict", "default": {}},
}
POLICY: dict[str, dict[str, t.Any]] = {
    "vcpus_per_core": {"type": "float", "default": 4.0},
    "spread_servers": {"type": "bool", "default": True},
    "layout": {"type": "str", "choices": ["balanced", *LAYOUTS], "default": "balanced"},
    "host_ram_reserve_mb": {"type": "int", "default": 4096},
    "datastore_headroom_pct": {"type": "int", "default": 15},
    "snapshot_allowance_pct": {"type": "int", "default": 0},
    "parallel_per_vcenter": {"type": "int", "default": 4},
}
SPEC: dict[str, dict[str, t.Any]] = {
    "state": {"type": "str", "choices": ["planned", "present", "verified"], "default": "present"},
    "vcenters": {"type": "list", "elements": "dict", "required": True, "options": VCENTER},
    "hosts": {"type": "list", "elements": "dict", "required": True, "options": HOST},
    "vms": {"type": "list", "elements": "dict", "required": True, "options": VM},
    "policy": {"type": "dict", "default": {}, "options": POLICY},
    "resize": {"type": "list", "elements": "str", "default": []},
    "explain": {"type": "list", "elements": "str", "default": []},
    "expected_plan_id": {"type": "str"},
    "record": {"type": "path"},
    "inventory_from": {"type": "path"},
    "inventory_to": {"type": "path"},
    "wait_for_guest": {"type": "int", "default": 0},
}


@dataclass(frozen=True)
class Request:
    """What one run is asked for."""

    state: str
    access: tuple[Access, ...]
    targets: t.Mapping[str, Target]
    hosts: tuple[HostEntry, ...]
    vms: tuple[WantedVM, ...]
    policy: Policy
    order: Order
    expected_plan_id: str
    record: str
    inventory_from: str = ""
    inventory_to: str = ""
    explain: tuple[str, ...] = ()


def parse(params: Params) -> Request:
    """The request that checked module arguments make."""
    policy = {name: spec["default"] for name, spec in POLICY.items()}
    policy.update({name: value for name, value in params["policy"].items() if value is not None})
    parallel = max(1, policy.pop("parallel_per_vcenter"))
    limits = Policy(**policy, resize=frozenset(params["resize"]))
    access, targets = parse_vcenters(params["vcenters"])
    return Request(
        state=params["state"],
        access=access,
        targets=targets,
        hosts=tuple(_host(host) for host in params["hosts"]),
        vms=tuple(_vm(vm, index) for vm, index in _indexed(params["vms"])),
        policy=limits,
        order=Order({vm["name"]: vm["cloud_init"] for vm in params["vms"]}, limits, parallel, params["wait_for_guest"]),
        expected_plan_id=params["expected_plan_id"] or "",
        record=params["record"] or "",
        inventory_from=params["inventory_from"] or "",
        inventory_to=params["inventory_to"] or "",
        explain=tuple(params["explain"]),
    )


def parse_vcenters(vcenters: t.Sequence[Params]) -> tuple[tuple[Access, ...], dict[str, Target]]:
    """How each vCenter is reached, and what is used of it by its name."""
    targets = {v["name"]: Target(v["name"], v["datacenter"], v["template"], v["folder"] or "") for v in vcenters}
    return tuple(_access(vcenter) for vcenter in vcenters), targets


def _access(vcenter: Params) -> Access:
    return Access(
        name=vcenter["name"],
        hostname=vcenter["hostname"],
        username=vcenter["username"],
        password=vcenter["password"],
        port=vcenter["port"],
        ca_path=vcenter["ca_path"] or "",
        sha256_pin=vcenter["sha256_pin"] or "",
    )


def _host(host: Params) -> HostEntry:
    return HostEntry(
        name=host["name"],
        hostname=host["hostname"],
        vcenter=host["vcenter"],
        datastores=tuple(sorted(host["datastores"])),
        failure_domain=host["failure_domain"] or "",
        cores=host["cores"] or 0,
        memory_mb=host["memory_mb"] or 0,
        enabled=host["enabled"],
    )


def _indexed(vms: t.Sequence[Params]) -> t.Iterator[tuple[Params, int]]:
    """Each machine with its place among those of its environment and role, by number, or by name where it has none."""
    families: dict[tuple[str, str], list[Params]] = {}
    for vm in sorted(vms, key=lambda vm: (vm["number"] or 0, natural(vm["name"]))):
        families.setdefault((vm["env"] or "", vm["role"] or ""), []).append(vm)
    return ((vm, index) for members in families.values() for index, vm in enumerate(members))


def _vm(vm: Params, index: int) -> WantedVM:
    return WantedVM(
        name=vm["name"],
        env=vm["env"] or "",
        host=vm["host"] or "",
        datastore=vm["datastore"] or "",
        vcpus=vm["vcpus"],
        memory_mb=vm["memory_mb"],
        disk_gb=vm["disk_gb"],
        networks=tuple(vm["networks"]),
        folder=(vm["folder"] or "").strip("/"),
        role=vm["role"] or "",
        hardware_version=vm["hardware_version"] or 0,
        adopt=vm["adopt"],
        index=index,
        allow=tuple(sorted(vm["allow_hosts"])),
        deny=tuple(sorted(vm["deny_hosts"])),
        uuid=(vm["uuid"] or "").lower() if vm["adopt"] else "",
        replaces=vm["replaces"] or "",
    )
