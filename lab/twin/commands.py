# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What the commands of ``lab/lab`` do."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.twin import inside, lifecycle, matrix_site, preflight, raising, rehearsal, site_spec, summary
from lab.twin.paths import TwinPaths, twins_folder
from lab.twin.run import CommandFailed
from lab.twin.spec import read_spec


def sudo() -> list[str]:
    """What to put before a command that needs root."""
    return ["sudo"] if os.geteuid() else []


def require(problems: Sequence[str]) -> None:
    """Raise CommandFailed with all problems, when there are any."""
    if problems:
        raise CommandFailed("this machine cannot carry a twin yet:\n" + "\n".join(f"  {problem}" for problem in problems))


def up(arguments: argparse.Namespace) -> None:
    """Build a twin, unless it is there."""
    require([*preflight.lacking(), *preflight.lacking_rights()])
    started = time.monotonic()
    if arguments.bare:
        twin = raising.bare_twin(arguments.name or "bare", arguments.bare, arguments.memory)
    elif arguments.inventory:
        name = arguments.name or arguments.inventory.resolve().name
        run_from_git = [part for part in arguments.only.split(",") if part] if arguments.gitops else None
        twin = raising.site_twin(name, arguments.inventory, with_k3s=not arguments.no_k3s, run_from_git=run_from_git)
    else:
        raise CommandFailed("name an inventory folder, such as inventories/dev, or --bare N")
    if raising.raise_twin(twin):
        print(f"twin {twin.paths.name} is up after {time.monotonic() - started:.1f} s; look around: lab/lab status --name {twin.paths.name}")
    else:
        print(f"twin {twin.paths.name} is up already; nothing to do")
    if twin.paths.k3s_kind.exists():
        print(f"its hosts install {twin.paths.k3s_kind.read_text(encoding='utf-8')}")


def down(arguments: argparse.Namespace) -> None:
    """Remove a twin."""
    paths = chosen(arguments.name)
    lifecycle.sweep(paths)
    print(f"twin {paths.name} is gone")


def status(arguments: argparse.Namespace) -> None:
    """Print hosts and services."""
    paths = chosen(arguments.name)
    reply = _ask(paths, "status")
    columns = ("name", "vcenter", "power", "network", "address", "hostname", "ssh", "memory_mb", "limit_mb")
    rows = [columns, *(tuple(str(host.get(c, "-")) for c in columns) for host in reply["hosts"])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(columns))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print("services: " + ", ".join(f"{name} {'up' if up_ else 'DOWN'}" for name, up_ in reply["services"].items()))
    print(f"memory in use: {sum(host['memory_mb'] for host in reply['hosts'])} MiB; state: {paths.root}")


def summarize(arguments: argparse.Namespace) -> None:
    """Print what a rehearsal ends with."""
    paths = chosen(arguments.name)
    source = read_spec(paths.spec).source
    if not source:
        raise CommandFailed(f"twin {paths.name} has bare hosts only; there is no site that it could deviate from")
    inventory = matrix_site.read_inventory(Path(source))
    print(summary.text(paths.name, matrix_site.load(inventory.matrix, [paths.overlay]).deviations, source))


def fault(arguments: argparse.Namespace) -> None:
    """Kill, start, cut or mend something."""
    paths = chosen(arguments.name)
    _ask(paths, arguments.command, arguments.host)


def reinstall(arguments: argparse.Namespace) -> None:
    """Install an ESXi host anew, as the matrix has it now: its disks are wiped, and it enters the vCenter that the matrix names."""
    paths = chosen(arguments.name)
    spec = read_spec(paths.spec)
    if not spec.source:
        raise CommandFailed(f"twin {paths.name} has bare hosts only")
    site = matrix_site.load(matrix_site.read_inventory(Path(spec.source)).matrix, [paths.overlay]).site
    if arguments.host not in site.hypervisors:
        raise CommandFailed(f"the matrix has no hypervisor {arguments.host}; it has {', '.join(site.hypervisors)}")
    host = site.hypervisors[arguments.host]
    installed = site_spec.host_spec(host)
    _ask(paths, "reinstall", host.vcenter, host=installed)
    rehearsal.record(paths, spec.with_host(host.vcenter, installed))
    print(f"{host.hostname} runs ESXi {host.version} in {host.vcenter}; its disks are empty")


def shell(arguments: argparse.Namespace) -> int:
    """Run a command inside the twin; its exit code is ours."""
    paths = chosen(arguments.name)
    pid = lifecycle.first_process(paths)
    if pid is None:
        raise CommandFailed(f"twin {paths.name} does not run; 'lab/lab up' first")
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    return inside.call(paths, pid, argv or [os.environ.get("SHELL", "/bin/bash")])


def logs(arguments: argparse.Namespace) -> None:
    """Print a host's console, or the supervisor's log."""
    paths = chosen(arguments.name)
    file = paths.host(arguments.host) / "console.log" if arguments.host else paths.log
    if not file.exists():
        raise CommandFailed(f"{arguments.host}: this host has not been switched on")
    with file.open(encoding="utf-8", errors="replace") as text:
        shutil.copyfileobj(text, sys.stdout)


def chosen(name: str | None) -> TwinPaths:
    """The twin of that name, or the only one there is."""
    names = sorted(p.name for p in twins_folder().iterdir() if p.is_dir()) if twins_folder().is_dir() else []
    if name:
        if name not in names:
            raise CommandFailed(f"there is no twin {name}; there are: {', '.join(names) or 'none'}")
        return TwinPaths.of(name)
    if len(names) == 1:
        return TwinPaths.of(names[0])
    raise CommandFailed(f"say which twin with --name: {', '.join(names)}" if names else "there is no twin; 'lab/lab up' makes one")


def _ask(paths: TwinPaths, do: str, name: str = "", **more: Any) -> dict[str, Any]:
    try:
        reply = lifecycle.ask(paths, do, name, **more)
    except OSError as error:
        raise CommandFailed(f"twin {paths.name} does not answer ({error}); 'lab/lab up' builds it anew") from error
    if "error" in reply:
        raise CommandFailed(reply["error"])
    return reply
