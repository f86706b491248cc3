# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Kernel modules: the machine's, loaded before a twin needs them, because its hosts may not load any."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
PATH = "/usr/sbin:/sbin"


def read_list(name: str) -> list[str]:
    """Lines of a list beside this module, without comments."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def wanted() -> list[str]:
    """Modules that roles load, as lines of modules.txt: a name, and where known the file that proves the feature."""
    return read_list("modules.txt")


def loadable(module: str) -> bool:
    """Whether the machine's modprobe knows the module."""
    modprobe = shutil.which("modprobe", path=PATH)
    return bool(modprobe) and subprocess.run([str(modprobe), "-n", "-q", module], check=False).returncode == 0


def load(lines: Iterable[str]) -> None:
    """Load what the machine has as modules; the rest is built in, or missing."""
    if modprobe := shutil.which("modprobe", path=PATH):
        for line in lines:
            subprocess.run([modprobe, "-q", line.partition(" ")[0]], check=False)


def present(lines: Iterable[str], root: Path = Path("/")) -> list[str]:
    """Those modules whose feature the running kernel has, built in or loaded."""
    lists = [root / "proc/modules", root / "proc/filesystems", root / "lib/modules" / platform.release() / "modules.builtin"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in lists if path.exists()).replace("-", "_")
    known = {word.rpartition("/")[2].removesuffix(".ko") for word in text.split()}
    found = []
    for line in lines:
        name, _, proof = line.partition(" ")
        if name in known or (root / "sys/module" / name).exists() or (proof and (root / proof).exists()):
            found.append(name)
    return found
