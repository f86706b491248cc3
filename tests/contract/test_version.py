# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another binary under a running server, and servers of two minor releases in one cluster (k3s-contract 8)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .host import Host

pytestmark = pytest.mark.long


def reported(host: Host, node: str) -> str:
    """The version that a Node reports; empty while there is none."""
    answer = host.kubectl(f"get node {node} -o json")
    return str(json.loads(answer.output)["status"]["nodeInfo"]["kubeletVersion"]) if answer.status == 0 else ""


def installed(host: Host) -> str:
    return host.out("/usr/local/bin/k3s --version").split()[2]


@pytest.mark.row("version-swap")
def test_a_new_binary_counts_from_the_restart_on(hosts: list[Host], older: Path, newer: Path) -> None:
    first, second, _ = hosts
    first.install(older)
    old = installed(first)
    first.configure(cluster_init=True, node_name=first.name)
    first.start()
    first.wait("node of the old version", lambda: reported(first, first.name) == old)
    second.configure(server=f"https://{first.address}:6443", token=first.token(), node_name=second.name)
    second.start()
    new = installed(second)
    assert new.split(".")[1] != old.split(".")[1]
    first.wait("node of the new version beside it", lambda: reported(first, second.name) == new)
    first.install(newer)
    assert installed(first) == new
    assert first.sh("sleep 15").status == 0
    assert reported(first, first.name) == old
    first.start()
    first.wait("node of the new version", lambda: reported(first, first.name) == new)
    first.wait("two voters", lambda: first.voters() == 2)
