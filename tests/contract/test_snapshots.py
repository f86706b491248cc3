# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``k3s etcd-snapshot`` against a running server: names, output, exit codes, retention, objects (k3s-contract 5)."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t

import pytest

from .host import SERVER, Host, Result

PASSWORD = "contract-server-password-0123456789"
SNAPSHOTS = f"{SERVER}/db/snapshots"
HIDDEN = r"see server log for details: .*etcd-snapshot error ID \d+"


def snapshot(host: Host, arguments: str, streams: str = "") -> Result:
    return host.sh(f"/usr/local/bin/k3s etcd-snapshot {arguments} {streams}", timeout=180)


def saved(host: Host, arguments: str = "") -> str:
    """Save one; its name. Names count seconds, so the next one gets another name."""
    result = snapshot(host, f"save {arguments}", "2>&1 >/dev/null")
    found = re.search(r'level=info msg="Snapshot (\S+) saved\."', result.output)
    assert result.status == 0
    assert found, result.output
    host.out("sleep 1")
    return found[1]


def listed(host: Host) -> list[dict[str, t.Any]]:
    answer = json.loads(snapshot(host, "ls -o json", "2>/dev/null").output)
    assert (answer["kind"], answer["apiVersion"]) == ("List", "v1")
    return t.cast("list[dict[str, t.Any]]", answer["items"])


def objects(host: Host) -> dict[str, dict[str, t.Any]]:
    """The ETCDSnapshotFile objects by the snapshot's name; empty while they are not defined."""
    answer = host.kubectl("get etcdsnapshotfiles.k3s.cattle.io -o json")
    return {item["spec"]["snapshotName"]: item for item in json.loads(answer.output)["items"]} if answer.status == 0 else {}


def described(host: Host, start: str) -> dict[str, t.Any]:
    """The object of the only snapshot whose name starts like this; objects follow the files."""
    found: list[dict[str, t.Any]] = []

    def there() -> bool:
        found[:] = [item for name, item in objects(host).items() if name.startswith(start)]
        return bool(found)

    host.wait(f"object of {start}", there)
    (item,) = found
    return item


@pytest.mark.row("snapshot-save")
def test_save_says_the_name_on_standard_error(cluster: Host) -> None:
    assert re.fullmatch(rf"on-demand-{cluster.name}-\d{{10}}", saved(cluster))
    name = saved(cluster, "--name manual")
    assert re.fullmatch(rf"manual-{cluster.name}-\d{{10}}", name)
    assert cluster.mode(f"{SNAPSHOTS}/{name}") == "600"
    assert cluster.mode(SNAPSHOTS) == "700"
    assert snapshot(cluster, "save --name silent", "2>/dev/null") == (0, "")
    size = int(cluster.out(f"stat -c %s {SNAPSHOTS}/{name}"))
    digest = cluster.out(f"head -c {size - 32} {SNAPSHOTS}/{name} | sha256sum").split()[0]
    assert cluster.out(f"tail -c 32 {SNAPSHOTS}/{name} | od -An -v -tx1 | tr -d ' \\n'") == digest


@pytest.mark.row("snapshot-save")
def test_save_refuses_arguments_and_a_missing_folder(cluster: Host) -> None:
    assert snapshot(cluster, "save something").status == 1
    result = snapshot(cluster, "save --dir /nowhere")
    assert result.status == 1
    assert re.search(HIDDEN, result.output)


@pytest.mark.row("snapshot-save")
def test_a_wrong_token_is_refused(cluster: Host) -> None:
    result = snapshot(cluster, "save --etcd-token wrong-password-0123456789")
    assert result.status == 1
    assert "not authorized" in result.output


@pytest.mark.row("snapshot-list")
def test_list_in_three_forms(cluster: Host) -> None:
    name = saved(cluster, "--name forms")
    entry = next(item for item in listed(cluster) if item["spec"]["snapshotName"] == name)
    assert entry["metadata"]["name"] == f"local-{name}"
    assert entry["spec"]["nodeName"] == cluster.name
    assert entry["spec"]["location"] == f"file://{SNAPSHOTS}/{name}"
    assert entry["status"]["size"] == cluster.out(f"stat -c %s {SNAPSHOTS}/{name}")
    assert entry["status"]["readyToUse"] is True
    assert entry["status"]["creationTime"].startswith("20")
    table = snapshot(cluster, "ls", "2>/dev/null").output.splitlines()
    assert table[0].split() == ["Name", "Location", "Size", "Created"]
    assert any(line.split()[:2] == [name, f"file://{SNAPSHOTS}/{name}"] for line in table)
    assert f"snapshotName: {name}" in snapshot(cluster, "ls -o yaml", "2>/dev/null").output
    refused = snapshot(cluster, "ls -o xml")
    assert refused.status == 1
    assert "invalid output format: xml" in refused.output


@pytest.mark.row("snapshot-delete")
def test_delete_removes_the_file_and_forgives_a_missing_one(cluster: Host) -> None:
    name = saved(cluster, "--name doomed")
    result = snapshot(cluster, f"delete {name}")
    assert result.status == 0
    assert f"Snapshot {name} deleted." in result.output
    assert not cluster.exists(f"{SNAPSHOTS}/{name}")
    again = snapshot(cluster, f"delete {name}")
    assert again.status == 0
    assert f"Snapshot {name} not found." in again.output
    nothing = snapshot(cluster, "delete")
    assert nothing.status == 1
    assert "no snapshots given for removal" in nothing.output


@pytest.mark.row("snapshot-prune")
def test_prune_keeps_the_newest_of_a_prefix(cluster: Host) -> None:
    other = saved(cluster, "--name unrelated")
    newest = saved(cluster, "--name pruned")
    cluster.out(f"cd {SNAPSHOTS}; for t in 1700000001 1700000003 1700000002; do cp {newest} pruned-elsewhere-$t; done")
    result = snapshot(cluster, "prune --name pruned --snapshot-retention 2")
    assert result.status == 0
    assert sorted(re.findall(r"Snapshot (\S+) deleted", result.output)) == ["pruned-elsewhere-1700000001", "pruned-elsewhere-1700000002"]
    left = [item["spec"]["snapshotName"] for item in listed(cluster)]
    assert {other, newest, "pruned-elsewhere-1700000003"} <= set(left)
    assert not {"pruned-elsewhere-1700000001", "pruned-elsewhere-1700000002"} & set(left)


@pytest.mark.row("snapshot-object")
def test_an_object_describes_the_snapshot_and_goes_with_it(cluster: Host) -> None:
    name = saved(cluster, "--name described")
    found = described(cluster, name)
    assert re.fullmatch(rf"local-{name}-[0-9a-f]{{6}}", found["metadata"]["name"])
    assert found["metadata"]["labels"]["etcd.k3s.cattle.io/snapshot-storage-node"] == cluster.name
    fingerprint = hashlib.sha256(PASSWORD.encode()).hexdigest()[:12]
    assert found["metadata"]["annotations"]["etcd.k3s.cattle.io/snapshot-token-hash"] == fingerprint
    assert found["spec"] == {"snapshotName": name, "nodeName": cluster.name, "location": f"file://{SNAPSHOTS}/{name}"}
    assert found["status"]["readyToUse"] is True
    snapshot(cluster, f"delete {name}")
    cluster.wait("object gone", lambda: name not in objects(cluster))
    annotations = json.loads(cluster.kubectl(f"get node {cluster.name} -o json").output)["metadata"]["annotations"]
    assert "etcd.k3s.cattle.io/local-snapshots-timestamp" in annotations


@pytest.mark.row("snapshot-failed")
def test_a_full_disk_leaves_a_failed_object(cluster: Host) -> None:
    cluster.out("mkdir -p /run/full; mount -t tmpfs -o size=64k tmpfs /run/full")
    try:
        result = snapshot(cluster, "save --name full --dir /run/full")
    finally:
        cluster.out("umount /run/full")
    assert "saved." not in result.output
    failed = described(cluster, "full-")
    assert failed["status"]["readyToUse"] is False
    assert "no space left" in failed["status"]["error"]["message"]
    saved(cluster)
    assert failed["metadata"]["name"] in {item["metadata"]["name"] for item in objects(cluster).values()}
