# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the host itself: files, the systemd unit, its journal, who listens on a port."""

from __future__ import annotations

import hashlib
import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

# A command's standard output; empty when it fails. Modules hand in AnsibleModule.run_command.
Run = t.Callable[[list[str]], str]

_TCP_LISTEN = "0A"
_VERSION = re.compile(r"k3s version (?P<version>\S+)")


@dataclass(frozen=True)
class Unit:
    """systemd's view of a service."""

    state: str
    enabled: bool
    reload_needed: bool
    restarts: int
    started_at: float | None
    control_group: str


def unit(run: Run, name: str) -> Unit:
    """Read one service; the state is 'absent' when systemd does not know it."""
    wanted = "LoadState,ActiveState,UnitFileState,NeedDaemonReload,NRestarts,ExecMainStartTimestamp,ControlGroup"
    out = run(["systemctl", "show", f"{name}.service", "--timestamp=us+utc", f"--property={wanted}"])
    values = dict(line.partition("=")[::2] for line in out.splitlines())
    known = values.get("LoadState") not in (None, "not-found")
    return Unit(
        state=values.get("ActiveState", "absent") if known else "absent",
        enabled=values.get("UnitFileState") == "enabled",
        reload_needed=values.get("NeedDaemonReload") == "yes",
        restarts=int(values.get("NRestarts") or 0),
        started_at=_timestamp(values.get("ExecMainStartTimestamp", "")),
        control_group=values.get("ControlGroup", ""),
    )


def _timestamp(text: str) -> float | None:
    """Seconds since the epoch from systemd's 'Sat 2026-11-21 05:40:11.123456 UTC'."""
    try:
        return datetime.strptime(text, "%a %Y-%m-%d %H:%M:%S.%f %Z").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def journal(run: Run, name: str) -> list[str]:
    """The unit's last lines, oldest first."""
    return run(["journalctl", "--unit", f"{name}.service", "--lines=200", "--output=cat", "--no-pager"]).splitlines()


def k3s_version(run: Run, binary: Path) -> str | None:
    """The version that the binary reports; None when there is none."""
    found = _VERSION.search(run([str(binary), "--version"])) if binary.is_file() else None
    return found["version"] if found else None


def sha256(path: Path) -> str | None:
    """Hash of a file's bytes; None when there is no such file."""
    if not path.is_file():
        return None
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def changed_after(paths: t.Iterable[Path], moment: float | None) -> tuple[str, ...]:
    """Files whose content, mode or name changed (ctime: a rename counts, and nobody can set it back) after that moment."""
    if moment is None:
        return ()
    return tuple(str(path) for path in paths if path.exists() and path.stat().st_ctime > moment)


def listener(port: int, own_group: str, proc: Path = Path("/proc")) -> str | None:
    """Who listens on a TCP port of this host from outside the given control group: 'name (pid N)', or None."""
    sockets = _listening_sockets(port, proc)
    if not sockets:
        return None
    for process in proc.iterdir():
        if process.name.isdigit() and sockets & _open_sockets(process):
            if own_group and own_group in _text(process / "cgroup"):
                return None
            return f"{_text(process / 'comm').strip()} (pid {process.name})"
    return None if own_group else "a process of another container or user"


def _listening_sockets(port: int, proc: Path) -> set[str]:
    found = set()
    for table in ("net/tcp", "net/tcp6"):
        for row in _text(proc / table).splitlines()[1:]:
            columns = row.split()
            if columns[3] == _TCP_LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{columns[9]}]")
    return found


def _open_sockets(process: Path) -> set[str]:
    try:
        return {str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()}
    except OSError:  # the process ended meanwhile
        return set()


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
