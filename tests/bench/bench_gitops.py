# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hand-over to Argo CD in the twin.

Three servers and everything that the twin can build; build outputs are cached before anything is measured.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from lab.twin.artefacts import ON_DEMAND
from tests.bench.model import Figure, seconds
from tests.support.gitops import Tree, applications, give_volume, issuing_root
from tests.support.twin import CHECKOUT, LAB, Finished, Twin

NODES = ("k8s-dev-21", "k8s-dev-22", "k8s-dev-23")


def measure() -> list[Figure]:
    """From a cluster without Argo CD to everything Synced and Healthy, and the same again."""
    subprocess.run([LAB, "build", *sorted(ON_DEMAND)], check=True, capture_output=True, cwd=CHECKOUT)
    twin = Twin("bench-gitops")
    twin.down()
    try:
        twin.up("inventories/dev", "--gitops")
        with tempfile.TemporaryDirectory() as folder:
            return _measured(twin, Path(folder))
    finally:
        twin.down()


def _measured(twin: Twin, folder: Path) -> list[Figure]:
    _well(twin.playbook("site.yml", "--skip-tags", "hand_over,verify", timeout=1800))
    give_volume(twin, NODES)
    tree = Tree(twin, folder / "clusters")
    tree.start()
    tree.render()
    tree.push("First tree")
    authority = json.dumps({"verify_ca": issuing_root(twin, folder).read_text()})
    runs: list[Finished] = []
    first, second = (seconds(lambda: runs.append(_well(twin.playbook("playbooks/hand_over.yml", "-e", authority, timeout=1800)))) for _ in range(2))
    settled = sum(state[:2] == ("Synced", "Healthy") for state in applications(twin, NODES[0]).values())
    return [
        Figure("hand_over.yml: Argo CD bootstrapped, everything Synced, Healthy and proven", first, "s", 360),
        Figure("Applications that are Synced and Healthy", settled, "Applications"),
        Figure("the same again", second, "s"),
        Figure("the same again: changed tasks", sum(runs[1].recap(node)["changed"] for node in NODES), "tasks", 0),
    ]


def _well(done: Finished) -> Finished:
    assert done.status == 0, done.tail
    return done
