# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two real ansible-playbook processes and one lock: refusal, heartbeat, kill, take-over, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLAY = Path(__file__).with_name("play.yml")
SERVERS = ("one", "two", "three")


class Operators:
    """Starts playbooks in the name of somebody, with all servers on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.mark = folder, f"LOCK_TEST={uuid.uuid4()}"
        self.inventory = folder / "hosts.yml"
        hosts = {name: {"ansible_connection": "local", "ansible_python_interpreter": sys.executable} for name in SERVERS}
        self.inventory.write_text(json.dumps({"servers": {"hosts": hosts}}))
        (folder / "locks").mkdir()

    def start(self, who: str, *arguments: str) -> subprocess.Popen[str]:
        key, _equals, value = self.mark.partition("=")
        environment = {**os.environ, key: value, "SUDO_USER": who, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build/collections"), "ANSIBLE_FORKS": "5"}
        variables = {"folder": str(self.folder / "locks"), "tasks": str(ROOT / "playbooks/tasks"), "who": who}
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(self.inventory), str(PLAY), "-e", json.dumps(variables), *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder)

    def run(self, who: str, *arguments: str) -> str:
        """A run that ends by itself. That it returns shows that nobody keeps its output open."""
        process = self.start(who, *arguments)
        output, _none = process.communicate(timeout=600)
        return f"{output}\nexit {process.returncode}"

    def lock(self, name: str) -> Path:
        return self.folder / "locks" / f"{name}.json"

    def keep(self, name: str) -> None:
        """A busy machine may need the lock's minute for the next run."""
        later = time.time() + 600
        os.utime(self.lock(name), (later, later))

    def working(self, who: str) -> Path:
        return self.folder / "locks" / f"working-{who}"

    def processes(self) -> list[int]:
        """Every process that descends from one of these playbooks, wherever it hangs now."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
            except OSError:  # ended meanwhile
                continue
        return found


def wait(what: str, ready: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"no {what} within {seconds:.0f} s"
        time.sleep(0.2)


@pytest.fixture
def operators(tmp_path: Path) -> Iterator[Operators]:
    started = Operators(tmp_path)
    yield started
    for pid in started.processes():
        with contextlib.suppress(ProcessLookupError):  # ended meanwhile
            os.kill(pid, signal.SIGKILL)


def test_two_operators(operators: Operators) -> None:
    ann = operators.start("ann")
    wait("lock", operators.working("ann").exists)
    taken = {name: operators.lock(name).stat().st_mtime for name in SERVERS}
    assert {operators.lock(name).stat().st_mode & 0o777 for name in SERVERS} == {0o600}

    refused = operators.run("bob")
    assert "ann@" in refused
    assert "has been working on this environment since" in refused
    assert "exit 2" in refused
    assert not operators.working("bob").exists()
    assert "ann@" in operators.run("bob", "--check")

    wait("heartbeat on every server", lambda: all(operators.lock(name).stat().st_mtime > taken[name] for name in SERVERS))

    ann.kill()  # -9: it cannot tell anybody
    ann.wait()
    (operators.folder / "locks" / "stop").touch()  # ends the module that the killed play left running
    wait("end of the heartbeats", lambda: operators.processes() == [])
    for name in SERVERS:
        operators.keep(name)
    assert "ann@" in operators.run("bob")

    again = operators.run("ann")
    assert "exit 0" in again
    assert [name for name in SERVERS if operators.lock(name).exists()] == []
    wait("end of the heartbeats", lambda: operators.processes() == [])
    assert "exit 0" in operators.run("bob")


def test_a_conflict_on_one_server_gives_back_the_others(operators: Operators) -> None:
    holder = {"holder": "bob@elsewhere", "operation": "upgrade.yml", "run": "another-boot:1:1", "since": "2026-11-21T09:00:00+00:00"}
    operators.lock("two").write_text(json.dumps(holder))
    operators.keep("two")
    refused = operators.run("ann")
    assert "two: bob@elsewhere" in refused
    assert "(upgrade.yml)" in refused
    assert "exit 2" in refused
    assert [name for name in SERVERS if operators.lock(name).exists()] == ["two"]

    expired = time.time() - 61
    os.utime(operators.lock("two"), (expired, expired))
    (operators.folder / "locks" / "stop").touch()
    assert "exit 0" in operators.run("ann")


def test_check_mode_takes_nothing(operators: Operators) -> None:
    (operators.folder / "locks" / "stop").touch()
    assert "exit 0" in operators.run("ann", "--check")
    assert [name for name in SERVERS if operators.lock(name).exists()] == []
    wait("end of all processes", lambda: operators.processes() == [])
