# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts for the contract tests, and the table of rows at the end of the run.

Without anything set, three bare hosts of a twin and the twin's own K3s are tested. To hold a real K3s against the same rows:
``CONTRACT_HOSTS`` = three ``name=address`` separated by commas, ``CONTRACT_SSH_KEY``, ``CONTRACT_SSH_USER`` (default root; others
need sudo), ``CONTRACT_K3S`` = the binary, ``CONTRACT_K3S_OLDER`` = one of the minor release before. Every K3s on these hosts
is wiped.
"""

from __future__ import annotations

import contextlib
import os
import typing as t
from pathlib import Path

import pytest

from lab.twin import bare, k3s_files
from lab.twin.spec import TwinSpec
from tests.support.twin import Twin

from .host import Host, Login
from .rows import ROWS

OUTCOMES: dict[str, list[tuple[str, str]]] = {row.key: [] for row in ROWS}
VERSION = {"text": "no k3s"}


@pytest.fixture(scope="package")
def hosts() -> t.Iterator[list[Host]]:
    """Three hosts with the binary under test installed: those of CONTRACT_HOSTS, or three bare hosts of a twin."""
    with contextlib.ExitStack() as stack:
        found = own_hosts() if "CONTRACT_HOSTS" in os.environ else twin_hosts(stack)
        binary = tested_binary()
        for host in found:
            host.install(binary)
        VERSION["text"] = found[0].out("/usr/local/bin/k3s --version").replace("\n", " · ")
        yield found


def tested_binary() -> Path:
    return Path(os.environ.get("CONTRACT_K3S") or k3s_files.stand_in_binary(k3s_files.stand_in_releases()[-1]))


@pytest.fixture
def older(hosts: list[Host]) -> t.Iterator[Path]:
    """The binary of the minor release before; afterwards every host has the one under test again."""
    yield Path(os.environ.get("CONTRACT_K3S_OLDER") or k3s_files.stand_in_binary(k3s_files.stand_in_releases()[0]))
    for host in hosts:
        host.reset()
        host.install(tested_binary())


@pytest.fixture
def newer() -> Path:
    """The binary under test."""
    return tested_binary()


def own_hosts() -> list[Host]:
    login = Login(os.environ.get("CONTRACT_SSH_USER", "root"), ["-i", os.environ["CONTRACT_SSH_KEY"]], [])
    pairs = [entry.partition("=") for entry in os.environ["CONTRACT_HOSTS"].split(",")]
    return [Host(name, address, login) for name, _, address in pairs]


def twin_hosts(stack: contextlib.ExitStack) -> list[Host]:
    twin = Twin("contract")
    twin.down()
    stack.callback(twin.down)
    twin.up("--bare", "3")
    spec = TwinSpec.from_json(twin.paths.spec.read_text(encoding="utf-8"))
    login = Login(bare.USER, ["-F", str(twin.paths.ssh_config)], twin.inside())
    return [Host(host.name, host.address, login) for host in spec.bare]


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest, hosts: list[Host]) -> None:
    """Every test starts on hosts without K3s data, unless its module shares one cluster (fixture ``cluster``)."""
    if "cluster" not in request.fixturenames:
        for host in hosts:
            host.reset()


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
        return "NO TEST"
    return "passed" if all(result == "passed" for _name, result in results) else "FAILED"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A row without a test fails the run, unless tests were selected by hand."""
    selected = session.config.option.keyword or session.config.option.markexpr or any("::" in arg or arg.endswith(".py") for arg in session.config.args)
    if not selected and session.exitstatus == 0 and any(verdict(row.key) != "passed" for row in ROWS):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    if not any(OUTCOMES.values()):
        return
    terminalreporter.section(f"K3s contract, against: {VERSION['text']}")
    for row in ROWS:
        names = ", ".join(dict.fromkeys(name for name, _result in OUTCOMES[row.key])) or "-"
        terminalreporter.write_line(f"{verdict(row.key):8} {row.key:22} {names:44} {row.promise}")
