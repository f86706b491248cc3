# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process is killed at each point of a run and run again: no machine twice, none without its mark, and the same end."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.vsphere.simulated import wait_for
from tests.integration.vsphere.site import RUN_SECONDS, Site

pytestmark = pytest.mark.long
SLOW = ("Clone=700", "UpgradeVm=300", "PowerOn=300", "PowerOnMultiVM=300", "Reconfigure=300", "ReconfigureCluster=500")
#: By vCenter the call after which the run is killed, from the first look to the last mark.
POINTS = [
    *(("a", "CreateContainerView", 1), ("a", "HasPrivilegeOnEntities", 1), ("old", "HasPrivilegeOnEntities", 1)),
    *(("a", "CreateFolder", 1), ("a", "CreateFolder", 2), ("old", "CreateFolder", 1)),
    *(("a", "CloneVM_Task", number) for number in (1, 2, 4, 5, 6)),
    *(("old", "CloneVM_Task", number) for number in (1, 3)),
    *(("a", "UpgradeVM_Task", number) for number in (1, 4, 6)),
    *(("a", "ReconfigureComputeResource_Task", 1), ("a", "PowerOnMultiVM_Task", 1), ("old", "PowerOnMultiVM_Task", 1)),
    *(("a", "ReconfigVM_Task", number) for number in (1, 3, 6)),
    ("old", "ReconfigVM_Task", 2),
]


def make(make_site: Callable[..., Site]) -> Site:
    """Nine machines to come, in folders that are missing, some of them in a cluster with DRS."""
    site = make_site(*(part for delay in SLOW for part in ("--task-delay", delay)))
    site.a.stop()
    for host in site.a.spec["hosts"]:
        host["cluster"] = "compute"
    site.a.start()
    for vm in site.arguments["vms"]:
        vm["folder"] = f"platform/{vm['env']}"
    return site


def end(site: Site) -> Any:
    """What a run finds that has nothing to do."""
    last = site.ok()
    assert not last["changed"]
    return last["plan"], last["folders"], last["drs"]


@pytest.fixture(scope="module")
def uninterrupted() -> dict[str, Any]:
    """The end of a run that nobody kills, once it is known."""
    return {}


@pytest.mark.parametrize(("vcenter", "method", "number"), POINTS)
def test_killed_and_run_again(vcenter: str, method: str, number: int, make_site: Callable[..., Site], uninterrupted: dict[str, Any]) -> None:
    site = make(make_site)
    where = getattr(site, vcenter)
    before = where.calls().get(method, 0)
    process = site.begin()
    wait_for(lambda: where.calls().get(method, 0) >= before + number, RUN_SECONDS)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "it had not ended before"
    if method != "CloneVM_Task":  # a clone that is still at work is waited for; whoever touches what else is, is refused and told to run again
        wait_for(lambda: site.a.is_at_rest() and site.old.is_at_rest(), RUN_SECONDS)
    site.ok()
    machines = site.machines()
    assert sorted(machines) == sorted(vm["name"] for vm in site.arguments["vms"]), "no more than those, also under no other name"
    for name, vm in machines.items():
        marker = json.loads({option.key: option.value for option in vm.config.extraConfig}["groundwork.placement"])
        assert (marker["node"], marker["state"], vm.runtime.powerState) == (name, "ready", "poweredOn")
    reached = end(site)
    assert uninterrupted.setdefault("end", reached) == reached, "wherever it was killed, the same plan at the end"
