# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From flat properties to a snapshot: names, paths, datacenters, and what vCenter leaves out."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Snapshot, Target
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.inventory import Found, Tree

TARGET = Target("a", "DC/1", "template", "")
HARDWARE = {"summary.hardware.numCpuCores": 48, "summary.hardware.numCpuThreads": 96, "summary.hardware.memorySize": 512 << 30}
HOST: dict[str, Any] = {
    "name": "S1.example.test",
    "parent": "domain-1",
    "datastore": ("ds-1", "ds-9"),
    "network": ("network-1",),
    "runtime.connectionState": "connected",
    "runtime.powerState": "poweredOn",
    **HARDWARE,
}
OBJECTS = [
    Found("Datacenter", "dc-1", {"name": "DC%2f1", "parent": "group-d"}),
    Found("Datacenter", "dc-2", {"name": "DC2", "parent": "group-d"}),
    Found("Folder", "group-v", {"name": "vm", "parent": "dc-1"}),
    Found("Folder", "group-k", {"name": "k8s", "parent": "group-v"}),
    Found("Folder", "group-e", {"name": "dev%25", "parent": "group-k"}),
    Found("Folder", "group-h", {"name": "host", "parent": "dc-1"}),
    Found("Folder", "group-o", {"name": "vm", "parent": "dc-2"}),
    Found("ComputeResource", "domain-1", {"name": "S1", "parent": "group-h", "resourcePool": "pool-1", "environmentBrowser": "browser-1"}),
    Found("HostSystem", "host-1", HOST),
    Found("Datastore", "ds-1", {"name": "S1", "parent": "group-h", "summary.capacity": 9, "summary.freeSpace": 5, "summary.accessible": True}),
    Found("Network", "network-1", {"name": "LAN", "parent": "group-h"}),
    Found("VirtualMachine", "vm-1", {"name": "node-1", "parent": "group-e", "runtime.host": "host-1", "runtime.powerState": "poweredOn"}),
    Found("VirtualMachine", "vm-2", {"name": "elsewhere", "parent": "group-o"}),
]


def snapshot(details: dict[str, dict[str, Any]] | None = None, **changes: Any) -> Snapshot:
    objects = [Found(item.kind, item.moid, {**item.properties, **changes}) if item.moid == "host-1" else item for item in OBJECTS]
    return Tree("a", TARGET, objects).snapshot("uuid", "8.0.3", details or {})


def test_only_the_datacenter_counts_for_hosts_and_folders_but_all_machines_are_seen() -> None:
    state = snapshot()
    assert state.datacenter
    assert set(state.hosts) == {"s1.example.test"}
    assert state.folders == {"": "group-v", "k8s": "group-k", "k8s/dev%": "group-e"}
    assert {vm.name: (vm.datacenter, vm.path) for vm in state.vms} == {"node-1": ("DC/1", "k8s/dev%/node-1"), "elsewhere": ("DC2", "elsewhere")}


def test_machines_are_known_by_name_by_uuid_and_by_what_we_wrote_on_them() -> None:
    ours = Found("VirtualMachine", "vm-3", {"name": "node-9", "config.annotation": "dev server node-9, created by groundwork.platform\nRack 4"})
    adopted = Found("VirtualMachine", "vm-4", {"name": "old", "summary.config.instanceUuid": "uuid-4", "config.annotation": None})
    tree = Tree("a", TARGET, [*OBJECTS, ours, adopted])
    assert tree.known({"node-1", "uuid-4"}) == ["vm-1", "vm-3", "vm-4"]


def test_a_host_knows_its_pool_and_what_it_mounts() -> None:
    host = snapshot().hosts["s1.example.test"]
    assert (host.pool, host.browser, host.datastores, host.networks) == ("pool-1", "browser-1", frozenset({"S1"}), frozenset({"LAN"}))
    assert (host.cores, host.threads, host.memory_mb) == (48, 96, 512 * 1024)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"runtime.connectionState": "notResponding"}, "notResponding"),
        ({"runtime.inMaintenanceMode": True}, "in maintenance mode"),
        ({"runtime.inQuarantineMode": True}, "in quarantine"),
        ({"runtime.powerState": "standBy"}, "standBy"),
    ],
)
def test_a_host_that_cannot_be_used_says_why(changes: dict[str, Any], why: str) -> None:
    host = snapshot(**changes).hosts["s1.example.test"]
    assert (host.usable, host.why_unusable) == (not why, why)


def test_a_host_that_may_only_read_a_datastore_is_told_from_one_that_may_write() -> None:
    mounts = (("host-1", False), ("host-2", True))
    objects = [Found(item.kind, item.moid, {**item.properties, "host": mounts}) if item.moid == "ds-1" else item for item in OBJECTS]
    host = Tree("a", TARGET, objects).snapshot("uuid", "8.0.3", {}).hosts["s1.example.test"]
    assert host.read_only == frozenset({"S1"})
    assert snapshot().hosts["s1.example.test"].read_only == frozenset()


def test_details_of_our_own_machine() -> None:
    marker = json.dumps({"env": "dev", "node": "node-1", "state": "ready"})
    raw = {
        "config.version": "vmx-21",
        "config.extraConfig": [SimpleNamespace(key="groundwork.placement", value=marker)],
        "config.hardware.device": [SimpleNamespace(key=1), SimpleNamespace(capacityInKB=200 << 20)],
        "datastore": ("ds-1",),
        "network": ("network-1", "network-9"),
    }
    details = next(vm.details for vm in snapshot({"vm-1": raw}).vms if vm.name == "node-1")
    assert details is not None
    assert (details.hardware_version, details.disk_gb, details.networks, details.datastores) == (21, 200, frozenset({"LAN"}), frozenset({"S1"}))
    assert details.marker == {"env": "dev", "node": "node-1", "state": "ready"}


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_a_marker_that_is_none_is_nobodys(text: str) -> None:
    raw = {"config.extraConfig": [SimpleNamespace(key="groundwork.placement", value=text)]}
    details = next(vm.details for vm in snapshot({"vm-1": raw}).vms if vm.name == "node-1")
    assert details is not None
    assert details.marker == {}


def test_the_order_in_which_vcenter_answers_does_not_matter() -> None:
    shuffled = random.sample(OBJECTS, len(OBJECTS))
    state = Tree("a", TARGET, shuffled).snapshot("uuid", "8.0.3", {})
    assert (state.hosts, state.folders, set(state.vms)) == (snapshot().hosts, snapshot().folders, set(snapshot().vms))
