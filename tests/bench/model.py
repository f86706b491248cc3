# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a benchmark reports, and the machine it ran on."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import time
import typing as t
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Figure:
    """One measured value, and the value the project wants it to stay below (None: only of interest)."""

    what: str
    value: float
    unit: str
    wanted: float | None = None

    def row(self) -> str:
        """A row of the table in docs/benchmarks.md."""
        wanted = "" if self.wanted is None else f"≤ {self.wanted:g} {self.unit}"
        verdict = "" if self.wanted is None else "yes" if self.value <= self.wanted else "**no**"
        return f"| {self.what} | {self.value:.3g} {self.unit} | {wanted} | {verdict} |"


def median_seconds(work: t.Callable[[], object], times: int = 5) -> float:
    """Median wall-clock seconds of some runs."""
    return statistics.median(seconds(work) for _ in range(times))


def seconds(work: t.Callable[[], object]) -> float:
    """Wall-clock seconds of one run."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def machine() -> str:
    """One line about this machine and what is installed on it."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = int(re.findall(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[0]) / 2**20
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.strip()
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return (
        f"{os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), {memory:.0f} GiB, {system}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, ansible-core {version('ansible-core')}, commit {commit}, {time.strftime('%Y-%m-%d', time.gmtime())}"
    )
