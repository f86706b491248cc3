# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd's answers, file times, and who listens on a port."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import system

SHOWN = """LoadState=loaded
ActiveState=activating
UnitFileState=enabled
NeedDaemonReload=yes
NRestarts=4
ExecMainStartTimestamp=Sat 2026-11-21 05:40:11.250000 UTC
ControlGroup=/system.slice/k3s.service
"""


def test_unit_is_read() -> None:
    unit = system.unit(lambda _command: SHOWN, "k3s")
    assert unit == system.Unit("activating", True, True, 4, 1795239611.25, "/system.slice/k3s.service")


@pytest.mark.parametrize("answer", ["", "LoadState=not-found\nActiveState=inactive\nNRestarts=0\nExecMainStartTimestamp=\n"])
def test_unknown_unit_is_absent(answer: str) -> None:
    unit = system.unit(lambda _command: answer, "k3s")
    assert (unit.state, unit.enabled, unit.started_at) == ("absent", False, None)


def test_change_is_seen_even_if_the_modification_time_is_old(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("a: 1\n")
    started = file.stat().st_ctime
    assert system.changed_after([file, tmp_path / "absent"], started) == ()
    assert system.changed_after([file], started - 1) == (str(file),)
    os.utime(file, (0, 0))
    assert system.changed_after([file], started - 1) == (str(file),)
    assert system.changed_after([file], None) == ()


def process(proc: Path, number: int, name: str, group: str, inode: int) -> None:
    folder = proc / str(number)
    (folder / "fd").mkdir(parents=True)
    (folder / "fd" / "3").symlink_to(f"socket:[{inode}]")
    (folder / "comm").write_text(name + "\n")
    (folder / "cgroup").write_text(f"0::{group}\n")


def tcp(proc: Path, *rows: tuple[int, str, int]) -> None:
    (proc / "net").mkdir()
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    lines = [f"   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1" for port, state, inode in rows]
    (proc / "net" / "tcp").write_text(head + "\n".join(lines) + "\n")


def test_foreign_listener_is_named_and_own_one_is_not(tmp_path: Path) -> None:
    tcp(tmp_path, (6443, "0A", 77), (6443, "01", 78), (80, "0A", 79))
    process(tmp_path, 12, "nginx", "/system.slice/nginx.service", 77)
    assert system.listener(6443, "/system.slice/k3s.service", tmp_path) == "nginx (pid 12)"
    assert system.listener(6443, "/system.slice/nginx.service", tmp_path) is None
    assert system.listener(2379, "", tmp_path) is None


def test_an_open_connection_is_no_listener(tmp_path: Path) -> None:
    tcp(tmp_path, (6443, "01", 78))
    process(tmp_path, 12, "curl", "/user.slice", 78)
    assert system.listener(6443, "", tmp_path) is None
