# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host is wiped wherever it is, and enters one vCenter; a refusal of the simulator is an error, not silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.twin.paths import TwinPaths
from lab.twin.run import CommandFailed
from lab.twin.site import SimulatedSite
from lab.twin.spec import NetworkSpec, TwinSpec, VCenterSpec
from lab.twin.vcenter import Event

HOST = {"name": "s1.example.org"}
Answer = Callable[[Event], Event]


@asynccontextmanager
async def simulated(socket: Path, answer: Answer, heard: list[Event]) -> AsyncIterator[None]:
    """A control socket that first tells an event, as vcsim does, and then answers."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"event": "power", "state": "off", "vm": {}}\n')
        heard.append(request := json.loads(await reader.readline()))
        writer.write(json.dumps(answer(request)).encode() + b"\n")
        writer.close()

    async with await asyncio.start_unix_server(serve, socket):
        yield


def site_at(folder: Path) -> SimulatedSite:
    paths = TwinPaths(folder)
    vcenters = tuple(VCenterSpec(key, "192.0.2.1", key, {"hosts": []}) for key in ("a", "b"))
    for key in ("a", "b"):
        paths.vcenter(key).mkdir(parents=True)
    network = NetworkSpec("dev", "net0", "192.0.2.0/24", "192.0.2.254")
    return SimulatedSite(TwinSpec("t", "twin.test", "/guest", (network,), vcenters=vcenters), paths)


def run(folder: Path, answers: dict[str, Answer]) -> dict[str, list[Event]]:
    """Let the host enter vCenter a; what each vCenter heard."""
    site = site_at(folder)
    heard: dict[str, list[Event]] = {"a": [], "b": []}

    async def all_of_it() -> None:
        async with simulated(site.vcenters["a"].socket, answers["a"], heard["a"]), simulated(site.vcenters["b"].socket, answers["b"], heard["b"]):
            await site.reinstall(HOST, "a")

    work: Coroutine[Any, Any, None] = all_of_it()
    asyncio.run(work)
    return heard


def fine(_event: Event) -> Event:
    return {"ok": True}


def unknown(request: Event) -> Event:
    return {"error": f'no host "{request["wipe"]}"'} if "wipe" in request else {"ok": True}


def test_it_leaves_the_old_vcenter_and_enters_the_new(tmp_path: Path) -> None:
    heard = run(tmp_path, {"a": unknown, "b": fine})
    assert heard == {"a": [{"wipe": "s1.example.org"}, {"enter": HOST}], "b": [{"wipe": "s1.example.org"}]}


def test_a_refusal_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="b: vm-1 on host s1: ResourceInUse"):
        run(tmp_path, {"a": unknown, "b": lambda _: {"error": "vm-1 on host s1: ResourceInUse"}})
