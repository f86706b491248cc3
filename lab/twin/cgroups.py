# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Control groups of a twin: one per host, below one parent named after the twin, in every hierarchy of the machine.

On a machine with cgroup v2 there is one hierarchy; where the controllers are still on v1 there is one per controller, and
a cgroup2 tree without controllers beside them. A host gets a group in each, so that a kubelet in it finds a root of its
own whichever it uses. Rules: kernel documentation, admin-guide/cgroup-v2.rst ("no internal processes") and cgroup-v1.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PARENT = "groundwork"
DELEGATED = ("cpu", "cpuset", "io", "memory", "pids")


@dataclass(frozen=True)
class Hierarchy:
    """A mounted cgroup tree. *controllers* is empty for cgroup v2, whose controllers are switched on per group."""

    mount: Path
    controllers: frozenset[str]
    version: int


def hierarchies(mounts: str) -> list[Hierarchy]:
    """Cgroup trees in the text of /proc/mounts, each once."""
    found: dict[Path, Hierarchy] = {}
    for line in mounts.splitlines():
        _, mount, kind, options = line.split()[:4]
        if kind == "cgroup2":
            found[Path(mount)] = Hierarchy(Path(mount), frozenset(), 2)
        elif kind == "cgroup":
            found[Path(mount)] = Hierarchy(Path(mount), frozenset(options.split(",")), 1)
    return list(found.values())


class TwinCgroups:
    """The groups of one twin."""

    def __init__(self, twin: str, trees: list[Hierarchy] | None = None) -> None:
        self._twin = twin
        self._trees = hierarchies(Path("/proc/mounts").read_text(encoding="utf-8")) if trees is None else trees

    def create(self, leaf: str, memory_mb: int | None = None) -> None:
        """Make the groups of *leaf* (a host's name), with a memory limit in MiB when given; existing ones stay."""
        for tree in self._trees:
            group = tree.mount
            for part in (PARENT, self._twin, leaf):
                if tree.version == 2:
                    _delegate(group)
                group /= part
                group.mkdir(exist_ok=True)
                if "cpuset" in tree.controllers:
                    _inherit_cpuset(group)
            _limit_memory(tree, group, memory_mb)

    def enter(self, leaf: str) -> None:
        """Move the calling process into the groups of *leaf*."""
        for tree in self._trees:
            (self._group(tree) / leaf / "cgroup.procs").write_text(str(os.getpid()), encoding="utf-8")

    def memory_mb(self, leaf: str) -> int:
        """Memory that the processes of *leaf* use themselves (no page cache), in MiB; 0 when there is no such group."""
        for tree in self._trees:
            stat = self._group(tree) / leaf / "memory.stat"
            if stat.exists():
                values = dict(line.split() for line in stat.read_text(encoding="utf-8").splitlines())
                return int(values.get("anon") or values.get("total_rss") or 0) // 2**20
        return 0

    def remove(self, leaf: str = "") -> None:
        """End what still runs in the groups of *leaf* (without one: of the whole twin) and remove them."""
        deadline = time.monotonic() + 10
        for tree in self._trees:
            group = self._group(tree) / leaf
            while group.exists() and time.monotonic() < deadline:
                for pid in _processes(group):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                if _remove_empty(group):
                    break
                time.sleep(0.05)
            with contextlib.suppress(OSError):
                (tree.mount / PARENT).rmdir()

    def left(self) -> list[Path]:
        """Groups of this twin that exist."""
        return [self._group(tree) for tree in self._trees if self._group(tree).exists()]

    def _group(self, tree: Hierarchy) -> Path:
        return tree.mount / PARENT / self._twin


def _delegate(group: Path) -> None:
    """Switch on, for the children of a v2 group, the controllers that Kubernetes needs and this machine has."""
    available = (group / "cgroup.controllers").read_text(encoding="utf-8").split()
    wanted = [f"+{name}" for name in DELEGATED if name in available]
    if wanted:
        (group / "cgroup.subtree_control").write_text(" ".join(wanted), encoding="utf-8")


def _inherit_cpuset(group: Path) -> None:
    """A v1 cpuset group begins without CPUs and memory nodes, and then takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if not (group / name).read_text(encoding="utf-8").strip():
            (group / name).write_text((group.parent / name).read_text(encoding="utf-8"), encoding="utf-8")


def _limit_memory(tree: Hierarchy, group: Path, memory_mb: int | None) -> None:
    name = "memory.max" if tree.version == 2 else "memory.limit_in_bytes"
    if memory_mb is not None and (group / name).exists():
        (group / name).write_text(str(memory_mb * 2**20), encoding="utf-8")


def _below(group: Path) -> Iterator[Path]:
    """All groups of a tree, deepest first."""
    for folder, _, _ in os.walk(group, topdown=False):
        yield Path(folder)


def _processes(group: Path) -> list[int]:
    pids: list[int] = []
    for folder in _below(group):
        with contextlib.suppress(OSError):
            pids += [int(pid) for pid in (folder / "cgroup.procs").read_text(encoding="utf-8").split()]
    return [pid for pid in pids if pid not in (0, os.getpid())]


def _remove_empty(group: Path) -> bool:
    """Remove a tree of groups; False when a process still dies in one of them."""
    try:
        for folder in _below(group):
            folder.rmdir()
    except OSError:
        return False
    return True
