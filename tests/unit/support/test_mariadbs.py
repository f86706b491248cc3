# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What arrives in a member's shell, after the shell of the host that kubectl runs on."""

from __future__ import annotations

import shlex
import subprocess
import types
import typing as t

import pytest

from lab.twin import lifecycle
from tests.support.mariadbs import ASK, MariaDBs
from tests.support.twin import Twin
from tests.support.virtual_address import SERVERS


class Nobody:
    """A twin of which only paths are asked."""

    paths = types.SimpleNamespace(ssh_config="config")

    def inside(self) -> list[str]:
        return []


def test_the_members_shell_gets_a_command_and_not_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 0, "1\n", "")

    hosts = [{"name": next(iter(SERVERS)), "power": "on"}]
    monkeypatch.setattr(lifecycle, "ask", lambda _paths, _what: {"hosts": hosts})
    monkeypatch.setattr(subprocess, "run", run)
    assert MariaDBs(t.cast(Twin, Nobody())).sql("SELECT 1", database="app", pod="shop-0") == "1"
    (command,) = ran
    assert shlex.split(" ".join(command[4:]))[-3:] == ["sh", "-c", f"{ASK} app"]
