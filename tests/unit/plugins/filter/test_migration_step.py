# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter puts together what Ansible has of servers, machines and hosts."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.groundwork.platform.plugins.filter.migration_step import FilterModule
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import Member, Observation

NAMES = ("node-1", "node-2", "node-3")
step = FilterModule().filters()["migration_step"]
HOSTS = [{"name": f"HOST{i}", "hostname": f"ESX{i}.example.org", "vcenter": "new", "failure_domain": f"HOST{i}"} for i in (1, 2, 3)]


def looks() -> list[dict[str, t.Any]]:
    members = tuple(Member(f"{name}-0a1b2c3d", ("https://192.0.2.1:2380",), False) for name in NAMES)
    seen = [
        Observation(name, "amd64", unit_state="active", unit_enabled=True, has_etcd=True, member_name=f"{name}-0a1b2c3d", members=members) for name in NAMES
    ]
    return [{"item": {"name": s.node_name}, "k3s": dataclasses.asdict(dataclasses.replace(s, etcd_healthy=True, api_ready=True))} for s in seen]


def found(*places: tuple[str, str]) -> dict[str, t.Any]:
    machines = [{"name": name, "vcenter": vcenter, "host": host, "powered_on": True, "ours": True} for name, (vcenter, host) in zip(NAMES, places, strict=True)]
    return {"machines": machines, "hosts": {"new": {"esx1.example.org": "", "esx2.example.org": "", "esx3.example.org": "in maintenance mode"}, "old": {}}}


def nodes(leaving: str = "") -> list[dict[str, t.Any]]:
    return [{"name": name, "hypervisor": f"HOST{i}", "leaving": name == leaving} for i, name in enumerate(NAMES, 1)]


AT_HOME = [("new", f"esx{i}.example.org") for i in (1, 2, 3)]


def test_hosts_are_known_by_their_names_whatever_the_case() -> None:
    assert step(looks(), nodes(), HOSTS, found(*AT_HOME))["action"] == "done"


def test_another_vcenter_is_another_place() -> None:
    result = step(looks(), nodes(), HOSTS, found(("old", "esx1.example.org"), *AT_HOME[1:]))
    assert (result["action"], result["leaver"], result["todo"]) == ("leave", "node-1", ("node-1",))


def test_a_host_that_takes_no_machine_is_told() -> None:
    result = step(looks(), nodes(), HOSTS, found(*AT_HOME[:2], ("old", "esx9.example.org")))
    assert result["action"] == "refuse"
    assert "node-3 has nowhere to go: esx3.example.org in maintenance mode" in result["problems"][0]


def test_a_server_that_could_not_be_looked_at() -> None:
    seen = looks()
    del seen[2]["k3s"]
    result = step(seen, nodes("node-1"), HOSTS, found(*AT_HOME))
    assert any("node-3 is no healthy voter" in problem for problem in result["problems"])
