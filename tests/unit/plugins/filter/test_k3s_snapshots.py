# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters about snapshots give plain lists, which playbooks add to others."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.filter import k3s_restore_plan, k3s_s3_refusal, k3s_snapshot_list


def test_restore_plan() -> None:
    plan = k3s_restore_plan.FilterModule().filters()["k3s_restore_plan"]
    source = {"fingerprint": "0123456789ab", "nodes": {"node-1": "v1.35.0+k3s3"}}
    wanted = {"site": "site-dev", "nodes": ["node-1"], "version": "v1.35.0+k3s3"}
    look = {"item": {"name": "node-1"}, "k3s": {"node_name": "node-1", "architecture": "amd64"}}
    bundle = {"fingerprint": "0123456789ab", "environment": "site-dev"}
    assert plan([look], source, bundle, wanted) == {"token": "bundle", "fresh": ["node-1"], "other": [], "problems": []}
    (problem,) = plan([{"item": {"name": "node-1"}}], source, bundle, wanted)["problems"]
    assert "was not reached" in problem


def test_list() -> None:
    found = k3s_snapshot_list.FilterModule().filters()["k3s_snapshot_list"]([], [], 60)
    assert found == {"lines": [], "warning": "nothing is kept outside of the servers: run backup.yml"}


def test_copies_are_in_the_order_of_what_is_in_them() -> None:
    """An old bundle that was fetched just now is not the newest."""
    order = k3s_snapshot_list.FilterModule().filters()["k3s_copies_in_order"]
    named = [("on-demand-n-1795250000.escrow.age", 5.0), ("on-demand-n-1795000000.zip.escrow.age", 1_800_000_000.0), ("mine-1.escrow.age", 1_795_100_000.0)]
    files = [{"path": f"/x/{name}", "mtime": mtime, "size": 1, "checksum": ""} for name, mtime in named]
    assert [file["path"] for file in order(files)] == [f"/x/{named[index][0]}" for index in (1, 2, 0)]


def test_refusal() -> None:
    assert "does not exist" in k3s_s3_refusal.FilterModule().filters()["k3s_s3_refusal"]("S3 client: bucket x does not exist")
