# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What a process must do to its new namespaces before anything of a twin may run in them."""

from __future__ import annotations

import os
from pathlib import Path

from lab.twin import dns
from lab.twin.paths import TwinPaths
from lab.twin.run import run

#: Programs ask these sockets for names instead of the DNS server in resolv.conf, past every network namespace.
NAME_SERVICES = ("/run/systemd/resolve", "/run/nscd", "/var/run/nscd")


def reap_until(worker: int) -> None:
    """Wait for orphans, as the first process of a PID namespace must, and exit as *worker* does."""
    while True:
        pid, status = os.wait()
        if pid == worker:
            sys_exit = os.waitstatus_to_exitcode(status)
            os._exit(sys_exit if sys_exit >= 0 else 128 - sys_exit)


def isolate(paths: TwinPaths, domain: str) -> None:
    """Private mounts: names of the twin's DNS only, and no trace of this twin's hosts in /run of the machine."""
    resolv, hosts = paths.root / "resolv.conf", paths.root / "hosts.file"
    resolv.write_text(dns.resolv_conf(domain), encoding="ascii")
    hosts.write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")
    target = Path("/etc/resolv.conf").resolve()
    for folder in NAME_SERVICES:
        if Path(folder).is_dir():
            _private(folder)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    run(["mount", "--bind", str(resolv), str(target)])
    run(["mount", "--bind", str(hosts), "/etc/hosts"])
    for folder in ("/run/netns", "/run/systemd/nspawn"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        _private(folder)


def _private(folder: str) -> None:
    run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", folder])
