# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots that need servers of their own: the schedule, other servers, K3s not running (k3s-contract 5)."""

from __future__ import annotations

import re

import pytest

from .host import SERVER, Host
from .test_snapshots import listed, objects, snapshot

pytestmark = pytest.mark.long

PASSWORD = "snapshot-server-password-0123456"
FOLDER = "/var/lib/snapshots-elsewhere"


def configure(host: Host, **settings: object) -> None:
    host.configure(cluster_init=True, disable_agent=True, node_name=host.name, token=PASSWORD, **settings)


def files(host: Host) -> list[str]:
    return host.sh(f"ls -1 {FOLDER}").output.split()


@pytest.mark.row("snapshot-schedule")
def test_scheduled_snapshots_are_compressed_and_pruned(hosts: list[Host]) -> None:
    first = hosts[0]
    first.out(f"rm -rf {FOLDER}; mkdir {FOLDER}")
    first.out(f"cd {FOLDER}; touch etcd-snapshot-old-1700000001.zip etcd-snapshot-old-1700000002.zip on-demand-old-1700000001")
    options = {"etcd_snapshot_retention": 2, "etcd_snapshot_dir": FOLDER, "etcd_snapshot_compress": True}
    configure(first, etcd_snapshot_schedule_cron="* * * * *", **options)
    first.start()
    first.wait_active()
    first.wait("scheduled snapshot", lambda: any(re.fullmatch(rf"etcd-snapshot-{first.name}-\d{{10}}\.zip", name) for name in files(first)))
    first.wait("retention", lambda: len(files(first)) == 3)
    assert "etcd-snapshot-old-1700000001.zip" not in files(first)
    assert "on-demand-old-1700000001" in files(first)
    first.wait("object", lambda: any(name.endswith(".zip") for name in objects(first)))


@pytest.mark.row("snapshot-remote")
def test_another_server_saves_its_own(hosts: list[Host]) -> None:
    first, second, _ = hosts
    configure(first)
    first.start()
    first.wait_active()
    second.configure(server=f"https://{first.address}:6443", disable_agent=True, node_name=second.name, token=first.token())
    second.start()
    second.wait_active()
    second.write("/run/token", first.token())
    result = snapshot(second, f'save --etcd-server https://{first.address}:6443 --etcd-token "$(cat /run/token)"')
    assert result.status == 0
    assert f"Snapshot on-demand-{first.name}-" in result.output
    assert listed(second) == []
    (name,) = (item["spec"]["snapshotName"] for item in listed(first))
    assert objects(second)[name]["spec"]["nodeName"] == first.name


@pytest.mark.row("snapshot-stopped")
def test_no_subcommand_works_while_k3s_is_stopped(hosts: list[Host]) -> None:
    first = hosts[0]
    configure(first)
    first.start()
    first.wait_active()
    name = re.search(r"Snapshot (\S+) saved", snapshot(first, "save").output)
    first.stop()
    assert name
    for command in ("save", "ls", "prune", f"delete {name[1]}"):
        assert snapshot(first, command).status == 1
    assert first.exists(f"{SERVER}/db/snapshots/{name[1]}")
