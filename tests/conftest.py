# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: which need a twin, and ``--write-summary FILE``, which keeps what a long run said, with commit and machine.

Ansible's import hook is installed before anything is imported from the collection, as ansible-test does it; without it Ansible's loaders
do not find the collection's plugins.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible.plugins.loader import init_plugin_loader

from tests.bench.model import machine

init_plugin_loader([str(Path(__file__).parents[1] / ".build" / "collections")])
OUTCOMES = ("passed", "failed", "error", "skipped")
#: Tests in these folders boot hosts. In tests/twin each file has a twin of its own, elsewhere the files of a folder share theirs.
NEED_A_TWIN = ("tests/contract/", "tests/integration/molecule/", "tests/integration/twin/", "tests/security/test_secrets_in_twin.py", "tests/twin/")


def pytest_itemcollected(item: pytest.Item) -> None:
    """As soon as a test is collected: xdist reads the groups before the hooks for whole collections run here."""
    if item.nodeid.startswith(NEED_A_TWIN):
        folder, _, name = item.nodeid.partition("::")[0].rpartition("/")
        item.add_marker("twin")
        item.add_marker(pytest.mark.xdist_group(name if folder == "tests/twin" else folder))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-summary", type=Path, metavar="FILE", help="write commit, machine and the result of each test as Markdown")


def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[STARTED] = time.monotonic()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    target: Path | None = config.getoption("--write-summary")
    if target is None or hasattr(config, "workerinput"):  # a worker of xdist knows its own tests only
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
