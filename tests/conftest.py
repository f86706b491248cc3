# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: which need a twin, and ``--write-summary FILE``, which keeps what a long run said, with commit and machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.bench.model import machine

OUTCOMES = ("passed", "failed", "error", "skipped")
#: Tests in these folders boot hosts, so they run one after the other; those on bare hosts may run beside the others: they mostly wait.
NEED_A_TWIN = ("tests/contract/", "tests/integration/molecule/", "tests/integration/twin/", "tests/security/test_secrets_in_twin.py", "tests/twin/")
ON_BARE_HOSTS = NEED_A_TWIN[:2]


def pytest_itemcollected(item: pytest.Item) -> None:
    """As soon as a test is collected: xdist reads the groups before the hooks for whole collections run here."""
    if item.nodeid.startswith(NEED_A_TWIN):
        item.add_marker("twin")
        item.add_marker(pytest.mark.xdist_group("bare" if item.nodeid.startswith(ON_BARE_HOSTS) else "environment"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-summary", type=Path, metavar="FILE", help="write commit, machine and the result of each test as Markdown")


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[STARTED] = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    target: Path | None = config.getoption("--write-summary")
    if target is None:
        return
    reports = [(outcome, report) for outcome in OUTCOMES for report in terminalreporter.stats.get(outcome, [])]
    counted = ", ".join(f"{len(terminalreporter.stats[outcome])} {outcome}" for outcome in OUTCOMES if terminalreporter.stats.get(outcome))
    minutes = (time.monotonic() - config.stash[STARTED]) / 60
    lines = [
        "# The last long test run",
        "",
        "Written by `make test-long`.",
        "",
        f"- machine: {machine()}",
        f"- result: {counted or 'no test ran'}, {minutes:.0f} minutes, load {os.getloadavg()[0]:.1f} at the end",
        "",
        "| test | result | seconds |",
        "|---|---|---|",
        *(f"| `{report.nodeid.partition('@')[0]}` | {outcome} | {getattr(report, 'duration', 0):.0f} |" for outcome, report in reports),
    ]
    target.write_text("\n".join(lines) + "\n")


STARTED = pytest.StashKey[float]()
