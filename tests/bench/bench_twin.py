# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The twin of the development environment.

Build outputs are cached before anything is measured; site.yml runs twice in the same twin.
"""

from __future__ import annotations

import re
import subprocess

from tests.bench.model import Figure, seconds
from tests.support import figures
from tests.support.twin import CHECKOUT, LAB, Finished, Twin

NODES = ("k8s-dev-21", "k8s-dev-22", "k8s-dev-23")


def measure() -> list[Figure]:
    """Twin up, first and second site.yml, memory; then three bare hosts."""
    subprocess.run([LAB, "build"], check=True, capture_output=True, cwd=CHECKOUT)
    return [*_environment(), *_bare_hosts()]


def _environment() -> list[Figure]:
    twin = Twin("bench")
    twin.down()
    try:
        up = seconds(lambda: twin.up("inventories/dev"))
        runs: list[Finished] = []
        first = seconds(lambda: runs.append(_well(twin.playbook("site.yml"))))
        memory = _memory(twin)
        second = seconds(lambda: runs.append(_well(twin.playbook("site.yml", "-vvv"))))
    finally:
        twin.down()
    counted = figures.count(runs[1].output)
    return [
        Figure("twin without VMs up, everything cached", up, "s", 15),
        Figure("first site.yml: three VMs created to cluster verified", first, "s"),
        Figure("both together, which is `make demo` with everything cached", up + first, "s", 240),
        Figure("second site.yml", second, "s"),
        Figure("second site.yml: changed tasks, all hosts", sum(runs[1].recap(node)["changed"] for node in NODES), "tasks", 0),
        Figure("second site.yml: remote executions of role k3s on one server", counted.most("k3s"), "executions", 12),
        Figure("second site.yml: tasks of role k3s for each server", counted.tasks.get("k3s", 0) / len(NODES), "tasks", 40),
        Figure("second site.yml: remote executions of role host_base on one server", counted.most("host_base"), "executions", 20),
        Figure("memory of the environment's hosts after site.yml", memory, "MiB", 4096),
    ]


def _bare_hosts() -> list[Figure]:
    twin = Twin("bench-bare")
    twin.down()
    try:
        up = seconds(lambda: twin.up("--bare", "3"))
    finally:
        twin.down()
    return [Figure("three hosts booted, configured by cloud-init, reachable over ssh", up, "s", 20)]


def _memory(twin: Twin) -> float:
    said = subprocess.run([LAB, "status", "--name", twin.name], check=True, capture_output=True, text=True, cwd=CHECKOUT).stdout
    found = re.search(r"memory in use: (\d+)", said)
    if found is None:
        raise RuntimeError(f"lab/lab status names no memory:\n{said}")
    return float(found[1])


def _well(done: Finished) -> Finished:
    if done.status:
        raise RuntimeError(f"site.yml ended with {done.status}:\n{done.tail}")
    return done
