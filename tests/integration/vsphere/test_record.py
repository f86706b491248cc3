# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every apply leaves a file that says what was wanted, found, planned and done; nothing else does."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.vsphere.simulated import PASSWORD, wait_for
from tests.integration.vsphere.site import RUN_SECONDS, Site


@pytest.fixture
def folder(site: Site, tmp_path: Path) -> Path:
    site.arguments["record"] = str(tmp_path / "records")
    return tmp_path / "records"


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def test_an_apply_is_recorded_and_nothing_else(site: Site, folder: Path) -> None:
    site.ok(state="planned")
    site.ok(_ansible_check_mode=True)
    assert not folder.exists()
    done = site.ok()
    assert not site.ok()["record"]
    (record,) = records(folder)
    assert record["format"] == 2
    assert record["plan_id"] == done["plan_id"]
    assert record["ended"] >= record["began"]
    assert sorted(vm["name"] for vm in record["desired"]) == sorted(vm["name"] for vm in site.arguments["vms"])
    assert record["actual"] == []
    assert record["plan"] == done["plan"]
    assert record["changes"] == done["outcomes"]
    path = Path(done["record"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert PASSWORD not in path.read_text()
    assert "cloud_init" not in path.read_text()


def test_the_next_apply_tells_what_was_there_and_what_went_wrong(site: Site, folder: Path) -> None:
    site.arguments["vms"] = [site.vm("k8s-dev-21"), site.vm("k8s-dev-22")]
    site.a.control(set="fault", method="PowerOnVM_Task", object="k8s-dev-22", times=1)
    site.run()
    site.ok()
    first, second = records(folder)
    assert ["A-POWER k8s-dev-22" in problem for problem in first["problems"]] == [True]
    assert {state["name"]: state["details"]["marker"]["state"] for state in second["actual"]} == {"k8s-dev-21": "creating", "k8s-dev-22": "creating"}
    assert second["problems"] == []


def test_a_killed_run_leaves_a_record_that_has_not_ended(make_site: Callable[..., Site], tmp_path: Path) -> None:
    site = make_site("--task-delay", "Clone=2000")
    process = site.begin(record=str(tmp_path / "records"))
    wait_for(lambda: site.a.calls().get("CloneVM_Task", 0) >= 1, RUN_SECONDS)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    (record,) = records(tmp_path / "records")
    assert record["ended"] is None
    assert [entry["action"] for entry in record["plan"]] == ["create"] * 9


def test_what_cannot_be_recorded_is_not_done(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert site.refused(record=str(tmp_path / "file")) == ["P-RECORD"]


def test_a_recorded_inventory_makes_the_plan_of_the_vcenters_without_them(site: Site, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.json"
    live = site.ok(state="planned", inventory_to=str(inventory))
    assert inventory.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in inventory.read_text()
    site.a.stop()
    site.old.stop()
    for vcenter in site.arguments["vcenters"]:
        vcenter.update(username="", password="")
    offline = site.ok(state="planned", inventory_from=str(inventory))
    told = ("plan_id", "plan", "folders", "table", "outlook", "n_plus_1", "utilisation", "explain")
    assert {key: offline[key] for key in told} == {key: live[key] for key in told}
    assert {counted["total"] for counted in offline["rpc"].values()} == {0}


def test_the_record_of_an_apply_is_an_inventory_too(site: Site, folder: Path) -> None:
    done = site.ok()
    assert len(records(folder)) == 1
    offline = site.ok(state="planned", inventory_from=done["record"])
    assert offline["plan_id"] == done["plan_id"], "as it was before that apply"


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "inventory": []}', '{"format": 1}'])
def test_a_file_that_is_no_inventory_is_refused(text: str, empty_site: Site, tmp_path: Path) -> None:
    (tmp_path / "file.json").write_text(text)
    assert set(empty_site.refused(state="planned", inventory_from=str(tmp_path / "file.json"))) == {"V-RECORD"}


def test_nothing_is_applied_from_a_file(empty_site: Site, tmp_path: Path) -> None:
    result = empty_site.run(inventory_from=str(tmp_path / "file.json"))
    assert "inventory_from is for state planned" in result["msg"]


def test_an_inventory_that_cannot_be_written_is_told(empty_site: Site, tmp_path: Path) -> None:
    result = empty_site.run(state="planned", inventory_to=str(tmp_path / "nowhere/file.json"))
    assert result["failed"]
    assert [problem["code"] for problem in result["problems"]] == ["P-RECORD"]
