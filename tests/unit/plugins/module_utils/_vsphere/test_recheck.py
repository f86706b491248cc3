# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed between the plan and the clone stops the clone, and nothing else does."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    GB,
    DatastoreState,
    Entry,
    HostState,
    Policy,
    Snapshot,
    WantedVM,
)
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.inventory import Found
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.recheck import judge

HOST = HostState("host-1", "esx1", "pool", "browser", True, "", 32, 16, 65536, frozenset({"S1"}), frozenset())
BEFORE = Snapshot("vc", "uuid", "8.0.3", True, {"esx1": HOST}, {"S1": DatastoreState("ds-1", "S1", 1000 * GB, 1000 * GB, 0, True)})
VM = WantedVM("a", "dev", "H1", "S1", 2, 4096, 100, ())
POLICY = Policy(datastore_headroom_pct=10)


def problems(names: str = "a", there: tuple[tuple[int, int], ...] = (), **changes: Any) -> list[str]:
    """Of machines, beside others (vCPUs, memory) that are on the host by now."""
    host = {"name": "esx1", "runtime.connectionState": "connected"}
    store = {"name": "S1", "summary.capacity": 1000 * GB, "summary.freeSpace": 1000 * GB, "summary.accessible": True}
    for key, value in changes.items():
        (host if key.startswith("runtime") else store)[key.replace("__", ".")] = value
    now = {"host-1": Found("HostSystem", "host-1", host), "ds-1": Found("Datastore", "ds-1", store)}
    for number, (vcpus, memory) in enumerate(there):
        size = {"runtime.host": "host-1", "summary.config.numCpu": vcpus, "summary.config.memorySizeMB": memory}
        now[f"vm-{number}"] = Found("VirtualMachine", f"vm-{number}", size)
    entries = [Entry(dataclasses.replace(VM, name=name), "vc", "esx1", "create", "") for name in names]
    found = judge(BEFORE, entries, POLICY, now)
    assert all(problem.code == "A-CHANGED" for problem in found)
    return [f"{problem.place} {problem.reason}" for problem in found]


def test_nothing_has_changed() -> None:
    assert problems("abcdefgh") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"runtime__inMaintenanceMode": True}, "in maintenance mode"),
        ({"runtime__connectionState": "notResponding"}, "notResponding"),
        ({"runtime__inQuarantineMode": True}, "in quarantine"),
        ({"runtime__powerState": "standBy"}, "standBy"),
        ({"host": (("host-1", False), ("host-2", True))}, "cannot write to datastore S1"),
        ({"summary__accessible": False}, "not accessible"),
        ({"summary__maintenanceMode": "enteringMaintenance"}, "in maintenance"),
        ({"summary__freeSpace": 203 * GB}, "1024 MB are missing"),
    ],
)
def test_what_has_changed_is_told(changes: dict[str, Any], said: str) -> None:
    found = problems(**changes)
    assert len(found) == 1
    assert said in found[0]


def test_the_last_gigabyte_is_enough_and_promised_space_counts() -> None:
    assert problems(summary__freeSpace=204 * GB) == []
    assert len(problems(summary__freeSpace=304 * GB, summary__uncommitted=101 * GB)) == 1


def test_machines_of_one_batch_count_together() -> None:
    assert [text.split()[0] for text in problems("abc", summary__freeSpace=310 * GB)] == ["c"]


def test_machines_of_others_on_the_host_count() -> None:
    """16 cores carry 64 vCPUs; of 65536 MB 4096 are the host's own; a machine of 2 vCPUs and 4096 MB takes 72 MB more."""
    assert problems(there=((62, 1024),)) == []
    assert problems(there=((63, 1024),)) == ["a its host esx1 has been given other machines since the plan was made: 1 vCPUs are missing"]
    free = 65536 - 4096 - 4096 - 72
    assert problems(there=((0, 56796),)) == []
    (text,) = problems(there=((0, free),))
    assert text.endswith(f"{32 + free // 128} MB of memory are missing")
    assert [text.split()[0] for text in problems("ab", there=((60, 1024), (1, 512)))] == ["b"]


def test_templates_and_machines_elsewhere_do_not_count() -> None:
    host = {"name": "esx1", "runtime.connectionState": "connected"}
    store = {"name": "S1", "summary.capacity": 1000 * GB, "summary.freeSpace": 1000 * GB, "summary.accessible": True}
    now = {"host-1": Found("HostSystem", "host-1", host), "ds-1": Found("Datastore", "ds-1", store)}
    big = {"summary.config.numCpu": 64, "summary.config.memorySizeMB": 65536}
    now["vm-1"] = Found("VirtualMachine", "vm-1", {**big, "runtime.host": "host-1", "summary.config.template": True})
    now["vm-2"] = Found("VirtualMachine", "vm-2", {**big, "runtime.host": "host-2"})
    assert judge(BEFORE, [Entry(VM, "vc", "esx1", "create", "")], POLICY, now) == []
