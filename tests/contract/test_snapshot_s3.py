# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots in a real S3 server, which runs on the third host (k3s-contract 5)."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from lab.twin import artefacts

from .host import SERVER, Host
from .test_cluster_reset import DONE, planted, restore
from .test_snapshots import listed, objects, snapshot

pytestmark = pytest.mark.long

PASSWORD = "s3-server-password-0123456789abcd"
ACCESS, SECRET = "snapshots", "s3-secret-key-0123456789"
BUCKETS = "/var/lib/s3"
#: The server refuses a folder whose path begins with the buckets' one.
ATTRIBUTES = "/var/lib/attributes-s3"
PROGRAM = "/usr/local/bin/s3-server"


def files(store: Host) -> list[str]:
    """Objects in the folder; without any there is no folder."""
    return store.out(f"find {BUCKETS}/etcd -path '*/dev/*' -type f -not -path '*/.*' -printf '%f\\n' | sort").split()


@pytest.fixture
def store(hosts: list[Host]) -> t.Iterator[Host]:
    """An S3 server over TLS with one bucket; its certificate is known to the first two hosts."""
    host = hosts[2]
    host.install(artefacts.build("s3") / "versitygw", PROGRAM)
    host.out(f"rm -rf {BUCKETS}; mkdir -p {BUCKETS}/etcd {ATTRIBUTES}")
    san = f"subjectAltName=IP:{host.address}"
    host.out(f"cd {ATTRIBUTES}; openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=s3 -addext {san} -keyout key.pem -out cert.pem 2>&1")
    host.write("/run/s3.env", f"ROOT_ACCESS_KEY={ACCESS}\nROOT_SECRET_KEY={SECRET}\n")
    tls = f"--cert {ATTRIBUTES}/cert.pem --key {ATTRIBUTES}/key.pem"
    host.out(f"systemd-run --unit s3 -p EnvironmentFile=/run/s3.env {PROGRAM} {tls} --port :9000 posix --sidecar {ATTRIBUTES} {BUCKETS}")
    host.wait("S3 server", lambda: host.sh("curl -sk https://127.0.0.1:9000/").status == 0)
    for client in hosts[:2]:
        client.write("/etc/s3-ca.pem", host.read(f"{ATTRIBUTES}/cert.pem"), "0644")
    yield host
    host.sh(f"systemctl stop s3; systemctl reset-failed s3; rm -rf {BUCKETS} {ATTRIBUTES} {PROGRAM}")


def configure(host: Host, store: Host, **settings: object) -> None:
    s3 = {
        "etcd_s3": True,
        "etcd_s3_endpoint": f"{store.address}:9000",
        "etcd_s3_endpoint_ca": "/etc/s3-ca.pem",
        "etcd_s3_bucket": "etcd",
        "etcd_s3_folder": "dev",
        "etcd_s3_access_key": ACCESS,
        "etcd_s3_secret_key": SECRET,
        "etcd_s3_timeout": "10s",
    }
    host.configure(**{"cluster_init": True, "disable_agent": True, "node_name": host.name, "token": PASSWORD, **s3, **settings})


@pytest.fixture
def first(hosts: list[Host], store: Host) -> Host:
    host = hosts[0]
    configure(host, store)
    host.start()
    host.wait_active()
    return host


@pytest.mark.row("snapshot-s3")
def test_a_snapshot_is_stored_twice_and_restored_from_s3(first: Host, store: Host) -> None:
    assert first.kubectl("create configmap planted --from-literal=when=before").status == 0
    result = snapshot(first, "save")
    assert result.status == 0
    name, again = re.findall(r"Snapshot (\S+) saved\.", result.output)
    assert name == again
    assert files(store) == [name]
    locations = sorted(item["spec"]["location"] for item in listed(first))
    assert locations == [f"file://{SERVER}/db/snapshots/{name}", f"s3://etcd/dev/{name}"]
    stored = next(item for item in objects_named(first) if item["spec"]["location"].startswith("s3://"))
    assert stored["metadata"]["labels"]["etcd.k3s.cattle.io/snapshot-storage-node"] == "s3"
    assert stored["spec"]["s3"]["bucket"] == "etcd"
    assert SECRET not in str(stored)
    first.stop()
    first.out(f"rm -r {SERVER}/db/snapshots")
    assert DONE in restore(first, name).output
    first.start()
    first.wait_active()
    assert planted(first) == "before"
    deleted = snapshot(first, f"delete {name}")
    assert deleted.output.count(f"Snapshot {name} deleted.") == 2
    assert files(store) == []


def objects_named(host: Host) -> list[dict[str, t.Any]]:
    host.wait("both objects", lambda: host.kubectl("get etcdsnapshotfiles -o name").output.count("etcdsnapshotfile") == 2)
    return t.cast("list[dict[str, t.Any]]", json.loads(host.kubectl("get etcdsnapshotfiles -o json").output)["items"])


@pytest.mark.row("snapshot-s3-retention")
def test_retention_in_s3_counts_the_snapshots_of_all_servers(first: Host, store: Host) -> None:
    name = re.findall(r"Snapshot (\S+) saved\.", snapshot(first, "save --name kept").output)[0]
    store.out(f"cd {BUCKETS}/etcd/dev; for other in kept-other-1700000001 kept-other-1700000002 other-1700000001; do cp {name} $other; done")
    store.out(f"cd {BUCKETS}/etcd/dev; touch -d '2 hours ago' kept-other-1700000001; touch -d '1 hour ago' kept-other-1700000002")
    result = snapshot(first, "prune --name kept --snapshot-retention 2")
    assert result.status == 0
    assert "Snapshot kept-other-1700000001 deleted." in result.output
    assert sorted(files(store)) == sorted([name, "kept-other-1700000002", "other-1700000001"])


@pytest.mark.row("snapshot-s3-refused")
def test_wrong_bucket_credentials_and_an_absent_server_are_told_apart(first: Host, store: Host) -> None:
    for option, text in (
        ("--etcd-s3-bucket nothing", "failed to initialize S3 client: bucket nothing does not exist"),
        ("--etcd-s3-secret-key wrong", "failed to initialize S3 client: failed to test for existence of bucket etcd"),
        ("--etcd-s3-bucket ''", "failed to initialize S3 client: s3 bucket name was not set"),
    ):
        result = snapshot(first, f"save {option}")
        assert result.status == 1
        assert text in result.output
    assert snapshot(first, "ls --etcd-s3=false").status == 0
    store.out("systemctl stop s3")
    result = snapshot(first, "save")
    assert result.status == 1
    assert "failed to test for existence of bucket etcd" in result.output
    assert not first.exists(f"{SERVER}/db/snapshots/*")
    assert objects(first) == {}
