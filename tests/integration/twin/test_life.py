# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Twins come up, stand side by side, and leave nothing behind, however they end."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from lab.twin import lifecycle
from lab.twin.cgroups import TwinCgroups
from tests.support.twin import CHECKOUT, LAB
from tests.support.watched import WatchedTwin

pytestmark = pytest.mark.twin


def traces(twin: WatchedTwin) -> list[str]:
    """Everything of a twin that the machine still knows: processes, mounts, control groups, files."""
    found = [str(path) for path in [*TwinCgroups(twin.name).left(), twin.paths.root] if path.exists()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(twin.paths.root) in (process / "cmdline").read_text() and process.name != str(os.getpid()):
                found.append(f"process {process.name}")
        except OSError:
            continue
    return found + [line for line in Path("/proc/mounts").read_text().splitlines() if str(twin.paths.root) in line]


def wait_for_processes(twin: WatchedTwin) -> None:
    """The one that started a twin ends a moment after its first process."""
    twin.wait_until(lambda: not [trace for trace in traces(twin) if trace.startswith("process")], "all processes of the twin end")


def test_a_second_up_changes_nothing(hosts: WatchedTwin) -> None:
    first = lifecycle.first_process(hosts.paths)
    assert "nothing to do" in hosts.up("--bare", "2", "--memory", "1024")
    assert lifecycle.first_process(hosts.paths) == first


def test_a_command_inside_has_the_twins_environment_and_its_exit_code_is_ours(hosts: WatchedTwin) -> None:
    assert hosts.shell("sh", "-c", "exit 7").status == 7
    shown = hosts.shell("env", environment={"https_proxy": "http://proxy.invalid:3128", "KEPT": "yes"}).output.splitlines()
    assert {f"TWIN_DIR={hosts.paths.root}", f"HOME={Path.home()}", "KEPT=yes"} <= set(shown)
    assert not [line for line in shown if "proxy" in line]


def test_another_twin_of_the_same_name_is_refused(hosts: WatchedTwin) -> None:
    done = subprocess.run([LAB, "up", "--bare", "1", "--name", hosts.name], capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert done.returncode == 1
    assert f"lab/lab down --name {hosts.name}" in done.stderr


def test_two_twins_with_the_same_addresses_do_not_see_each_other(hosts: WatchedTwin) -> None:
    other = WatchedTwin("test-other")
    other.down()
    try:
        other.up("--bare", "1", "--memory", "512")
        other.wait_for("node-1")
        other.on("node-1", "touch /var/other")
        assert hosts.on("node-1", "test -e /var/other").status == 1
        assert hosts.on("node-2", "ping -c 1 -W 60 192.168.180.21").status == 0
        other.down()
        assert hosts.on("node-1", "true").status == 0
    finally:
        other.down()
    wait_for_processes(other)
    assert traces(other) == []


def test_sudden_death_leaves_nothing_that_runs_and_the_next_up_sweeps_the_rest() -> None:
    twin = WatchedTwin("test-death")
    twin.down()
    twin.up("--bare", "1", "--memory", "512")
    twin.wait_for("node-1")
    pid = lifecycle.first_process(twin.paths)
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_for_processes(twin)
    assert TwinCgroups(twin.name).left(), "the kernel leaves empty control groups behind"
    try:
        assert "is up after" in twin.up("--bare", "1", "--memory", "512")
        twin.wait_for("node-1")
    finally:
        twin.down()
    wait_for_processes(twin)
    assert traces(twin) == []


def test_down_without_a_twin_says_so() -> None:
    done = subprocess.run([LAB, "down", "--name", "test-none"], capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert (done.returncode, "there is no twin test-none" in done.stderr) == (1, True)


def test_an_inventory_without_matrix_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    done = subprocess.run([LAB, "up", str(tmp_path), "--name", "test-none"], capture_output=True, text=True, check=False, cwd=CHECKOUT)
    assert done.returncode == 1
    assert "environment_matrix.yml" in done.stderr
    assert traces(WatchedTwin("test-none")) == []
