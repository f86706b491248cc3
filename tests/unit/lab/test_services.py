# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The services of a twin: they come up, or the twin does not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.twin import bare, services
from lab.twin.paths import TwinPaths
from lab.twin.run import CommandFailed
from tests.support.ports import reserved


@pytest.fixture
def twin(tmp_path: Path) -> services.Services:
    return services.Services(bare.spec("test-services", 1, "/guest", 1024), TwinPaths(tmp_path))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Where names are to be served."""
    with reserved() as (port,):
        monkeypatch.setattr(services, "DNS", ("127.0.0.1", port))
        yield ("127.0.0.1", port)


def test_each_twin_notes_its_dns_server_apart(twin: services.Services, tmp_path: Path) -> None:
    """Two that note it in the same place at the same time: one of them ends, and its twin has no names."""
    assert f"--pid-file={tmp_path / 'dnsmasq.pid'}" in twin._commands["dns"]


@pytest.mark.usefixtures("names")
def test_a_twin_without_names_does_not_start(twin: services.Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(twin._commands, "dns", ["sh", "-c", "echo no such luck; exit 1"])
    with pytest.raises(CommandFailed, match="the DNS server ended at its start: no such luck"):
        asyncio.run(twin.start("dns"))


def test_it_waits_until_names_are_served(twin: services.Services, names: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    slow = f"import socket, time; time.sleep(0.3); s = socket.create_server({names!r}); time.sleep(600)"
    monkeypatch.setitem(twin._commands, "dns", ["python3", "-c", slow])

    async def started_and_ended() -> None:
        await twin.start("dns")
        with socket.create_connection(names) as found:
            assert found.getpeername() == names
        await twin.stop("dns")

    asyncio.run(started_and_ended())
