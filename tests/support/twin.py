# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A twin under test: built, used from inside, interrupted, removed."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import time
import typing as t
from pathlib import Path

from lab.twin import lifecycle
from lab.twin.paths import TwinPaths
from tests.support.plays import kill_family

CHECKOUT = Path(__file__).resolve().parents[2]
LAB = str(CHECKOUT / "lab" / "lab")


class Finished(t.NamedTuple):
    """A command that ended (or was killed, ``status`` < 0): exit status and both output streams together."""

    status: int
    output: str

    @property
    def said(self) -> str:
        """The output with single blanks, so that folded lines do not matter."""
        return " ".join(self.output.split())

    @property
    def tail(self) -> str:
        """What failed and the last lines, for messages of failed assertions."""
        lines = self.output.splitlines()
        failed = [line for line in lines[:-40] if "fatal: " in line or "[ERROR]" in line]
        return "\n".join([*failed[-10:], *lines[-40:]])

    def recap(self, host: str) -> dict[str, int]:
        """The counts that ansible-playbook printed for a host in its recap."""
        line = next(line for line in reversed(self.output.splitlines()) if re.match(rf"{re.escape(host)}\s+: ok=", line))
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}

    @property
    def changes(self) -> list[str]:
        """The tasks that changed something, each with its host."""
        parts = re.split(r"^(?:TASK|RUNNING HANDLER|PLAY) \[(.*)\] \**$", self.output, flags=re.MULTILINE)
        return [
            f"{task}: {host}" for task, text in zip(parts[1::2], parts[2::2], strict=True) for host in re.findall(r"^changed: \[([^\]]+)\]", text, re.MULTILINE)
        ]


def last_named(output: str) -> str:
    """The host of the last result that ansible-playbook printed: the one being worked on, except at the first task of a play."""
    named: list[str] = re.findall(r"^(?:(?:ok|changed|skipping): \[|included: .* for )([\w.-]+)", output, re.MULTILINE)
    return named[-1]


class Twin:
    """One twin by name; ``up`` builds it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.paths = TwinPaths.of(name)

    def up(self, *what: str) -> str:
        """Build the twin of an inventory folder, or of ``--bare N`` hosts."""
        done = subprocess.run([LAB, "up", *what, "--name", self.name], check=False, capture_output=True, text=True, cwd=CHECKOUT)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def down(self) -> None:
        """Remove the twin; nothing happens when there is none."""
        subprocess.run([LAB, "down", "--name", self.name], check=False, capture_output=True, cwd=CHECKOUT)

    def lab(self, *arguments: str) -> None:
        """Run ``lab/lab COMMAND --name NAME …``, such as ``kill HOST``."""
        command, *rest = arguments
        subprocess.run([LAB, command, "--name", self.name, *rest], check=True, capture_output=True, cwd=CHECKOUT)

    def inside(self) -> list[str]:
        """What to put before a command so that it runs in the twin's network."""
        pid = lifecycle.first_process(self.paths)
        assert pid is not None, f"twin {self.name} does not run"
        return ["nsenter", f"--net=/proc/{pid}/ns/net", "--"]

    def inside_run(self, *argv: str) -> None:
        """Run a command as root in the twin's network; it must succeed."""
        subprocess.run([*self.inside(), *argv], check=True, capture_output=True)

    def hosts(self) -> list[str]:
        """Names of the hosts that have a disk: every VM that was ever switched on and not destroyed."""
        return sorted(host["name"] for host in lifecycle.ask(self.paths, "status")["hosts"])

    def shell(
        self,
        *argv: str,
        timeout: float = 900,
        kill_at: str = "",
        kill_after: float = 0,
        strike: t.Callable[[str], None] | None = None,
        environment: dict[str, str] | None = None,
    ) -> Finished:
        """Run a command as on the management VM.

        ``kill_at``: SIGKILL ``kill_after`` seconds after a line matched this expression, to the command and to all that it has started: what
        went on would meet the next run. With ``strike`` the command lives; that is called once instead, with the host that the output named last.
        """
        process = subprocess.Popen(
            [LAB, "shell", "--name", self.name, "--", *argv],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
        lines: list[str] = []
        try:
            for line in t.cast("t.Iterable[str]", process.stdout):
                lines.append(line)
                if not kill_at or not re.search(kill_at, line):
                    continue
                time.sleep(kill_after)
                if strike is None:
                    break
                strike(last_named("".join(lines)))
                kill_at = ""
            else:
                process.wait(timeout)
        finally:
            if process.poll() is None:
                kill_family(process.pid)
            process.wait()
        return Finished(process.returncode, "".join(lines))

    def playbook(self, name: str, *arguments: str, inventory: str = "inventories/dev", **options: t.Any) -> Finished:
        """Run a playbook against this twin, unchanged; options as for ``shell``."""
        return self.shell("ansible-playbook", name, "-i", inventory, *arguments, **options)

    def k3s_starts(self, hosts: t.Iterable[str]) -> list[str]:
        """When K3s was last started on each host, and how often by itself since."""
        return [self.on(host, "systemctl show k3s --property ActiveEnterTimestampMonotonic --property NRestarts").output for host in hosts]

    def on(self, host: str, command: str, timeout: float = 120) -> Finished:
        """Run a shell command on a host over ssh, as root."""
        done = subprocess.run(
            [*self.inside(), "ssh", "-F", str(self.paths.ssh_config), host, "sudo", "sh", "-c", shlex.quote(command)],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        return Finished(done.returncode, (done.stdout + done.stderr).strip())


@contextlib.contextmanager
def raised(name: str, *what: str) -> t.Iterator[Twin]:
    """The twin of an inventory folder, or of ``--bare N`` hosts; one of the same name that was left behind goes first."""
    twin = Twin(name)
    twin.down()
    try:
        twin.up(*what)
        yield twin
    finally:
        twin.down()
