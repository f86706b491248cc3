# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Start and end twins, and find the running ones."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lab.twin.cgroups import TwinCgroups
from lab.twin.paths import CHECKOUT, TwinPaths
from lab.twin.run import CommandFailed

#: Seconds until the supervisor must answer; it needs three, and more on a busy machine.
START_TIMEOUT = 300
#: Seconds until bare hosts have booted; ten on an idle machine.
BOOT_TIMEOUT = 900
#: The kernel counts these per user, and all hosts of all twins are root's; one host with a kubelet takes about forty.
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_INSTANCES = 8192
UNSHARE = ["unshare", "--pid", "--mount", "--net", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]


def first_process(paths: TwinPaths) -> int | None:
    """Process id of the running twin's first process, or None."""
    try:
        pid = int(paths.pid.read_text(encoding="ascii"))
        arguments = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    except (OSError, ValueError):
        return None
    return pid if str(paths.root) in arguments else None


def allow_inotify() -> None:
    """Raise the machine's limit of inotify instances until its next start; the only setting of it that a twin changes."""
    before = int(INOTIFY.read_text(encoding="ascii"))
    if before < INOTIFY_INSTANCES:
        INOTIFY.write_text(str(INOTIFY_INSTANCES), encoding="ascii")
        print(f"raised fs.inotify.max_user_instances of this machine from {before} to {INOTIFY_INSTANCES} until it restarts")


def start(paths: TwinPaths, environment: dict[str, str]) -> None:
    """Start the supervisor on the specification in the state folder, and wait until it answers; raises CommandFailed."""
    allow_inotify()
    with paths.log.open("ab") as log:
        process = subprocess.Popen(
            [*UNSHARE, sys.executable, "-m", "lab.twin.supervisor", str(paths.root)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment,
        )
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        _note_first_process(paths, process.pid)
        with contextlib.suppress(OSError, ValueError):
            ask(paths, "status")
            return
        time.sleep(0.05)
    tail = paths.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
    process.kill()
    raise CommandFailed("the twin did not start; the end of its log:\n" + "\n".join(tail))


def wait_for_hosts(paths: TwinPaths, seconds: float) -> None:
    """Until every host that was switched on takes ssh connections; raises CommandFailed naming those that do not."""
    deadline = time.monotonic() + seconds
    while waiting := [host["name"] for host in ask(paths, "status")["hosts"] if host["ssh"] == "no"]:
        if time.monotonic() > deadline:
            raise CommandFailed(f"no ssh on {', '.join(waiting)} after {seconds:.0f} s; see lab/lab logs --name {paths.name} {waiting[0]}")
        time.sleep(0.2)


def _note_first_process(paths: TwinPaths, unshare: int) -> None:
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{unshare}/task/{unshare}/children").read_text(encoding="ascii").split()
        if children:
            paths.pid.write_text(children[0], encoding="ascii")


def ask(paths: TwinPaths, do: str, name: str = "", **more: Any) -> dict[str, Any]:
    """Send one command to the supervisor. Returns its reply; raises OSError when no twin answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(180)
        client.connect(str(paths.control))
        client.sendall(json.dumps({"do": do, "name": name, **more}).encode() + b"\n")
        reply: dict[str, Any] = json.loads(client.makefile().readline())
        return reply


def sweep(paths: TwinPaths) -> None:
    """End the twin if it runs, and remove everything of it: processes, control groups, files."""
    pid = first_process(paths)
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.02)
    TwinCgroups(paths.name).remove()
    mounts = Path("/proc/mounts").read_text(encoding="utf-8")
    if f" {paths.root}/" in mounts:
        raise CommandFailed(f"something is still mounted below {paths.root}; unmount it and run 'lab/lab down --name {paths.name}' again")
    shutil.rmtree(paths.root, ignore_errors=True)
