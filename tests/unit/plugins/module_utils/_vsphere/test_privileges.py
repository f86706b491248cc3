# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An account that lacks a privilege is told which one, on what; the vCenter is a stand-in."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    DatastoreState,
    Entry,
    HostState,
    Snapshot,
    Target,
    VMState,
    WantedVM,
)
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.access import Access
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.privileges import NEEDED, lacking
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, moid_of

TARGET = Target("vc", "DC", "ubuntu", "")
HOST = HostState("host-1", "esx1", "pool-1", "browser", True, "", 32, 16, 65536, frozenset({"S1"}), frozenset({"LAN", "DV"}))
TEMPLATE = VMState("vc", "vm-1", "ubuntu", "ubuntu", "DC", "host-1", False, True, 2, 2048)
SNAPSHOT = Snapshot(
    *("vc", "uuid", "8.0.3", True),
    hosts={"esx1": HOST},
    datastores={"S1": DatastoreState("ds-1", "S1", 1, 1, 0, True)},
    folders={"": "group-1", "k8s/dev": "group-2"},
    networks={"LAN": "network-1", "DV": "dvportgroup-1"},
    vms=(TEMPLATE,),
)
NEW = Entry(WantedVM("a", "dev", "H1", "S1", 2, 4096, 100, ("LAN", "DV"), folder="k8s/dev"), "vc", "esx1", "create", "")
MOIDS = {"VM folder": "group-2", "template": "vm-1", "host's resource pool": "pool-1", "datastore": "ds-1", "network": "network-1"}


class Authorization:
    """Answers as the API does: for every asked object every asked privilege, denied if it is among ``denied``."""

    def __init__(self, *denied: tuple[str, str]) -> None:
        self.denied, self.asked = denied, [""]

    def answer(self, **asked: Any) -> list[Any]:
        assert asked["sessionId"] == "key"
        self.asked = [moid_of(reference) for reference in asked["entity"]]
        return [
            SimpleNamespace(privAvailability=[SimpleNamespace(privId=name, isGranted=(moid, name) not in self.denied) for name in asked["privId"]])
            for moid in self.asked
        ]


def told(authorization: Authorization, *entries: Entry) -> list[str]:
    session = Session(Access("vc", "vc.example.test", "ansible", "secret"), read_only=True)
    session.key, session.content = "key", SimpleNamespace(authorizationManager=SimpleNamespace(HasPrivilegeOnEntities=authorization.answer))
    problems = lacking(session, entries, TARGET, SNAPSHOT)
    assert all(problem.code == "V-PRIVILEGE" for problem in problems)
    return [problem.reason for problem in problems]


def test_an_account_with_everything_is_asked_once_about_each_object() -> None:
    authorization = Authorization()
    assert told(authorization, NEW, dataclasses.replace(NEW, vm=dataclasses.replace(NEW.vm, name="b"))) == []
    assert sorted(authorization.asked) == ["ds-1", "dvportgroup-1", "group-2", "network-1", "pool-1", "vm-1"]


@pytest.mark.parametrize(("kind", "privilege"), [(kind, privilege) for kind, privileges in NEEDED.items() if kind in MOIDS for privilege in privileges])
def test_each_missing_privilege_is_named_with_its_object(kind: str, privilege: str) -> None:
    (reason,) = told(Authorization((MOIDS[kind], privilege)), NEW)
    assert reason.startswith(f"ansible lacks {privilege} on the {kind} ")


def test_a_privilege_that_is_not_needed_there_may_be_missing() -> None:
    assert told(Authorization(("ds-1", "VirtualMachine.Interact.PowerOn"), ("group-2", "Datastore.AllocateSpace")), NEW) == []


def test_several_on_one_object_are_told_together() -> None:
    names = ("VirtualMachine.Config.Memory", "VirtualMachine.Interact.PowerOn")
    assert told(Authorization(*(("group-2", name) for name in names)), NEW) == [f"ansible lacks {', '.join(names)} on the VM folder k8s/dev"]


def test_a_folder_that_is_missing_is_asked_about_at_the_one_above_it() -> None:
    below = dataclasses.replace(NEW, vm=dataclasses.replace(NEW.vm, folder="k8s/dev/new/one"))
    assert told(Authorization(("group-2", "Folder.Create")), below) == ["ansible lacks Folder.Create on the folder above a new one k8s/dev"]
    assert told(Authorization(("group-2", "VirtualMachine.Config.Memory")), below) == [
        "ansible lacks VirtualMachine.Config.Memory on the VM folder k8s/dev",
    ]


def test_starting_a_machine_needs_its_folder_only_and_nothing_to_do_asks_nothing() -> None:
    authorization = Authorization()
    told(authorization, dataclasses.replace(NEW, action="power_on"))
    assert authorization.asked == ["group-2"]
    silent = Authorization()
    assert told(silent) == []
    assert silent.asked == [""]
