# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on a built environment: each a clear error with place, reason and remedy, the two other servers untouched, and mended by a rerun."""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest

from tests.support.twin import Finished, Twin

pytestmark = pytest.mark.long
NODE = "k8s-dev-23"
OTHERS = ("k8s-dev-21", "k8s-dev-22")
WRONG = {"k3s_artifacts": {"amd64": {"binary": {"url": "http://mirror.eneg.de/k3s/v1.35.0%2Bk3s3/k3s", "checksum": "0" * 64}}}}


def assert_refused(done: Finished, *texts: str) -> None:
    """The run failed, said why, and left no traceback."""
    assert done.status != 0, "the run should have failed"
    flat = " ".join(done.output.replace("\n", " ").split())
    for text in texts:
        assert text in flat, done.tail
    assert "Traceback" not in done.output


@contextlib.contextmanager
def without_binary(twin: Twin) -> t.Iterator[None]:
    """The K3s binary is missing on the node, so that a run must download it."""
    assert twin.on(NODE, "mv /usr/local/bin/k3s /root/k3s").status == 0
    try:
        yield
    finally:
        twin.on(NODE, "test -e /usr/local/bin/k3s || mv /root/k3s /usr/local/bin/k3s")


@pytest.fixture
def twin(built: Twin) -> t.Iterator[Twin]:
    """After every fault: a rerun mends what is left, and the others were never restarted."""
    show = "systemctl show k3s --property ActiveEnterTimestampMonotonic"
    before = [built.on(node, show).output for node in OTHERS]
    yield built
    done = built.playbook("site.yml", "--skip-tags", "host_base")
    assert done.status == 0, done.tail
    assert [built.on(node, show).output for node in OTHERS] == before


def test_vcenter_unreachable(twin: Twin) -> None:
    twin.lab("cut", "vcenter-b")
    try:
        assert_refused(twin.playbook("site.yml", "--tags", "vms"), "V-UNREACHABLE vcenter-b", "Nothing was changed")
    finally:
        twin.lab("mend", "vcenter-b")


def test_mirror_away(twin: Twin) -> None:
    twin.lab("kill", "mirror")
    try:
        with without_binary(twin):
            assert_refused(twin.playbook("site.yml", "--tags", "k3s", "--limit", NODE), f"{NODE} could not get http://mirror.eneg.de", "repeat the run")
    finally:
        twin.lab("start", "mirror")


def test_wrong_checksum(twin: Twin) -> None:
    with without_binary(twin):
        done = twin.playbook("site.yml", "--tags", "k3s", "--limit", NODE, "--extra-vars", json.dumps(WRONG))
        assert_refused(done, f"{NODE} could not get http://mirror.eneg.de", "never just replace the pin")
        assert twin.on(NODE, "test -e /usr/local/bin/k3s").status != 0


def test_port_6443_taken(twin: Twin) -> None:
    twin.on(NODE, "systemctl stop k3s; systemd-run --unit thief python3 -m http.server 6443")
    try:
        assert_refused(twin.playbook("site.yml", "--tags", "k3s"), "6443", "is taken by", "stop it, K3s needs the port")
    finally:
        twin.on(NODE, "systemctl stop thief")


def test_host_without_ssh(twin: Twin) -> None:
    twin.lab("cut", NODE)
    try:
        done = twin.playbook("site.yml", "--tags", "host_base", "--extra-vars", "reach_retries=1")
        assert_refused(done, f"{NODE} does not let Ansible in over ssh", "repeat the run")
    finally:
        twin.lab("mend", NODE)


def test_data_of_another_cluster(twin: Twin) -> None:
    """A node that founded a cluster of its own is recognised, and its data is never deleted by us."""
    folder = "/var/lib/rancher/k3s"
    twin.on(
        NODE,
        f"systemctl stop k3s; mv {folder}/server {folder}/kept; timeout 40 /usr/local/bin/k3s server --config /dev/null --cluster-init --disable-agent; true",
    )
    try:
        done = twin.playbook("site.yml", "--tags", "k3s")
        assert_refused(done, f"{NODE} holds data of another cluster")
        assert twin.on(NODE, f"test -d {folder}/server/db/etcd").status == 0
    finally:
        twin.on(NODE, f"systemctl stop k3s; rm -rf {folder}/server; mv {folder}/kept {folder}/server")
