# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run waits for before it takes a machine for missing, and what it says when that does not end."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostState, Snapshot, Target
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere import arguments, properties, run, snapshot
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session
from pyVmomi import vim

from tests.unit.plugins.module_utils._placement.sites import host, template
from tests.unit.plugins.module_utils._placement.sites import snapshot as there

TARGET = Target("a", "DC", "template", "")
OURS = {"info.descriptionId": "VirtualMachine.clone", "info.reason": vim.TaskReasonUser(userName="EXAMPLE\\ansible")}


@pytest.mark.parametrize(
    ("told", "waited"),
    [
        (OURS, True),
        ({**OURS, "info.reason": vim.TaskReasonUser(userName="example\\Ansible")}, True),
        ({**OURS, "info.reason": vim.TaskReasonUser(userName="EXAMPLE\\backup")}, False),
        ({**OURS, "info.reason": vim.TaskReasonSchedule(name="nightly")}, False),
        ({**OURS, "info.descriptionId": "VirtualMachine.createSnapshot"}, False),
        ({}, False),
    ],
)
def test_only_clones_of_our_own_account_are_waited_for(told: dict[str, Any], waited: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(Access("a", "a.example.test", "ansible@example.test", "secret"), read_only=True)
    session.user = "EXAMPLE\\ansible"
    followed: list[float] = []
    monkeypatch.setattr(snapshot, "_look", lambda *_arguments: (there("a", (1,)), {template("a").moid: {"recentTask": ("task-1",)}}))
    monkeypatch.setattr(properties, "values", lambda *_arguments: {"task-1": told})

    def wait(_session: Session, tasks: list[Any], seconds: float) -> int:
        followed.append(seconds)
        return len(tasks)

    monkeypatch.setattr(snapshot, "wait_ended", wait)
    assert snapshot.read(session, TARGET, {"node-1": ("s9.example.test",)}).cloning == 0, "that one is wanted in another vCenter"
    monkeypatch.setattr(snapshot, "_with_hardware", lambda _session, hosts, _asked: hosts)
    found = snapshot.read(session, TARGET, {"node-1": ("s1.example.test",)}, patience=7)
    assert (followed, found.cloning) == (([7], 1) if waited else ([], 0))


def request() -> arguments.Request:
    spec: dict[str, Any] = {
        "vcenters": [{"name": "a", "hostname": "a.example.test", "username": "ansible", "password": "secret", "datacenter": "DC", "template": "template"}],
        "hosts": [],
        "vms": [],
        "policy": {},
    }
    vcenter = {name: part.get("default") for name, part in arguments.VCENTER.items()} | spec["vcenters"][0]
    return arguments.parse({name: part.get("default") for name, part in arguments.SPEC.items()} | spec | {"vcenters": [vcenter]})


@pytest.mark.parametrize("changing", [True, False])
def test_a_clone_that_does_not_end_stops_what_changes_and_warns_what_looks(changing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "open", lambda _self: None)
    monkeypatch.setattr(run, "read", lambda *_arguments: dataclasses.replace(there("a", (1,)), cloning=1))
    result = run.Run(request(), changing).execute()
    said = "a:/DC/vm/template: 1 clone by our account still to end, and what they make is not seen yet"
    assert [problem["code"] for problem in result["problems"]] == (["V-CLONING"] if changing else [])
    assert result["warnings"] == ([] if changing else [f"{said}; look again when they have ended"])
    assert (said in result.get("msg", "")) is changing


def test_hosts_of_a_cluster_are_asked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def browser(moid: str, _stub: Any) -> Any:
        asked.append(moid)
        offers = [vim.vm.ConfigOptionDescriptor(key=f"vmx-{version}", host=hosts, createSupported=True) for version, hosts in OFFERS]
        return SimpleNamespace(QueryConfigOptionDescriptor=lambda: offers)

    monkeypatch.setattr(vim, "EnvironmentBrowser", browser)
    state = there("a", (1, 2))
    hosts: dict[str, HostState] = {name: host(int(name[1]), browser="browser-1", max_hardware=0) for name in state.hosts}
    found = Snapshot("a", "uuid", "8.0.3", True, hosts)
    monkeypatch.setattr(snapshot, "_look", lambda *_arguments: (found, {}))
    session = Session(Access("a", "a.example.test", "ansible", "secret"), read_only=True)
    told = snapshot.read(session, TARGET, {}, lambda _name: True)
    assert {name: state.max_hardware for name, state in told.hosts.items()} == {"s1.example.test": 21, "s2.example.test": 14}
    assert asked == ["browser-1"]
    assert snapshot.read(session, TARGET, {}).hosts == hosts, "nobody asks for nothing"


OFFERS = [(14, []), (21, [vim.HostSystem("host-1")])]
