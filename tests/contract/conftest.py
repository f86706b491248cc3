# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts for the contract tests, and the table of rows at the end of the run.

Environment (set by ``make contract``): ``CONTRACT_HOSTS`` = three ``name=address`` separated by commas, ``CONTRACT_SSH_KEY``,
``CONTRACT_SSH_USER``, ``CONTRACT_K3S`` = the binary to test.
"""

from __future__ import annotations

import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from .host import Host
from .rows import ROWS

OUTCOMES: dict[str, list[tuple[str, str]]] = {row.key: [] for row in ROWS}
VERSION = {"text": "no k3s"}


@pytest.fixture(scope="session")
def hosts() -> list[Host]:
    """Three hosts with the binary under test installed."""
    key, user = os.environ["CONTRACT_SSH_KEY"], os.environ.get("CONTRACT_SSH_USER", "root")
    found = [Host(*entry.split("=", 1), key, user) for entry in os.environ["CONTRACT_HOSTS"].split(",")]
    binary = Path(os.environ["CONTRACT_K3S"])
    for host in found:
        target = f"{user}@{host.address}:/tmp/k3s"
        options = ["-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
        subprocess.run(["scp", "-q", *options, str(binary), target], check=True)
        host.out("install -m 0755 /tmp/k3s /usr/local/bin/k3s; rm /tmp/k3s")
    VERSION["text"] = found[0].out("/usr/local/bin/k3s --version").replace("\n", " · ")
    return found


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest, hosts: list[Host]) -> t.Iterator[None]:
    """Every test starts on hosts without K3s data, unless its module shares one cluster (fixture ``cluster``)."""
    if "cluster" not in request.fixturenames:
        for host in hosts:
            host.reset()
    yield


@pytest.fixture(scope="module")
def cluster(hosts: list[Host]) -> t.Iterator[Host]:
    """One server with an agent token, shared by the tests of a module that only look at it."""
    for host in hosts:
        host.reset()
    first = hosts[0]
    first.configure(token="contract-server-password-0123456789", agent_token="contract-agent-password-0123456789", cluster_init=True, node_name=first.name)
    first.start()
    first.wait_active()
    yield first
    first.reset()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> t.Iterator[None]:
    """Remember the outcome of every row's tests."""
    outcome: t.Any = yield
    report = outcome.get_result()
    if report.when == "call" or report.outcome == "failed":
        for marker in item.iter_markers("row"):
            OUTCOMES[marker.args[0]].append((item.name, report.outcome))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "row(key): the contract row that this test proves")


def verdict(key: str) -> str:
    """A row holds when it has tests and all of them passed."""
    results = OUTCOMES[key]
    if not results:
        return "FAILED: no test ran"
    return "passed" if all(result == "passed" for _name, result in results) else "FAILED"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A row without a test fails the run, unless tests were selected by hand."""
    selected = session.config.option.keyword or session.config.option.markexpr or any("::" in arg for arg in session.config.args)
    if not selected and session.exitstatus == 0 and any(verdict(row.key) != "passed" for row in ROWS):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    terminalreporter.section(f"K3s contract, against: {VERSION['text']}")
    for row in ROWS:
        names = ", ".join(dict.fromkeys(name for name, _result in OUTCOMES[row.key])) or "-"
        terminalreporter.write_line(f"{verdict(row.key):8} {row.key:22} {names:44} {row.promise}")
