# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where which snapshot is and how old, and when that is too old."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import listing

NOW = 1_800_000_000.0


def on_cluster(**more: t.Any) -> dict[str, t.Any]:
    status = {"creationTime": "2027-01-15T07:00:00Z", "size": "6M", **more.pop("status", {})}
    return {"spec": {"snapshotName": "etcd-snapshot-node-1-1799996400", "nodeName": "node-1", **more}, "status": status}


def on_controller(name: str, mtime: float = NOW) -> dict[str, t.Any]:
    return {"path": f"/home/a/{name}", "mtime": mtime, "size": 5_000_000, "checksum": "f" * 64}


def test_one_list_of_all_places() -> None:
    entries = [
        *listing.of_cluster([on_cluster(), on_cluster(s3={"bucket": "b"})]),
        *listing.of_controller([on_controller("on-demand-node-1-1799999400.escrow.age")]),
    ]
    assert listing.table(entries, NOW) == [
        f"controller: on-demand-node-1-1799999400.escrow.age, 10 min old, 5.0 MB, SHA-256 {'f' * 64}",
        "node-1: etcd-snapshot-node-1-1799996400, 60 min old, 6.0 MB",
        "s3: etcd-snapshot-node-1-1799996400, 60 min old, 6.0 MB",
    ]


def test_a_failure_is_no_snapshot() -> None:
    entries = listing.of_cluster([on_cluster(s3={"bucket": "b"}, status={"error": {"message": "no space left on device"}})])
    assert listing.table(entries, NOW) == ["s3: etcd-snapshot-node-1-1799996400 was NOT saved: no space left on device"]
    assert listing.too_old(entries, NOW, 10**6) == "nothing is kept outside of the servers: run backup.yml"


def test_what_is_on_the_servers_alone_is_lost_with_them() -> None:
    assert "nothing is kept outside" in str(listing.too_old(listing.of_cluster([on_cluster()]), NOW, 7200))


def test_the_newest_counts() -> None:
    old, new = on_controller("on-demand-node-1-1799900000"), on_controller("on-demand-node-1-1799996400.zip")
    assert listing.too_old(listing.of_controller([old, new]), NOW, 3600) is None
    assert listing.too_old(listing.of_controller([old]), NOW, 3600) == "the newest snapshot outside of the servers is 27 h old, the RPO is 60 min"
    assert listing.too_old(listing.of_controller([old]), NOW, None) is None


def test_a_file_of_another_name_has_the_time_of_the_file() -> None:
    (entry,) = listing.of_controller([on_controller("mine", NOW - 60)])
    assert entry.saved_at == NOW - 60
