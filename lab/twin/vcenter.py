# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""A simulated vCenter of the twin: its process, and the socket over which it tells what happens to its VMs.

The protocol is lines of JSON both ways. vcsim sends ``{"event": "power"|"destroyed", …}``, on connection the state of all
VMs; the twin sends ``{"set": "guest"|"power", …}``, which is answered ``{"ok": true}`` or ``{"error": "…"}``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from lab.twin.spec import VCenterSpec

LOG = logging.getLogger(__name__)
Event = dict[str, Any]


class VCenter:
    """Keeps one vcsim running and hands its events to *handle*, one after the other."""

    def __init__(self, spec: VCenterSpec, folder: Path, binary: Path, handle: Callable[[str, Event], Awaitable[None]]) -> None:
        self.key = spec.key
        self._spec, self._folder, self._binary, self._handle = spec, folder, binary, handle
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()

    @property
    def address(self) -> str:
        """Its address in the twin."""
        return self._spec.address

    @property
    def socket(self) -> Path:
        """Control socket of the simulator."""
        return self._folder / "control.sock"

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the simulator and listen to it, unless it runs."""
        if self.running:
            return
        self.socket.unlink(missing_ok=True)
        with (self._folder / "vcsim.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(self._binary),
                *("--spec", str(self._folder / "spec.json"), "--listen", f"{self._spec.address}:443"),
                *("--cert", str(self._folder / "cert.pem"), "--key", str(self._folder / "key.pem")),
                *("--control", str(self.socket)),
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """End the process, as a vCenter that went away. Its inventory is lost."""
        if self._process and self.running:
            self._process.kill()
            await self._process.wait()

    async def tell(self, message: Event) -> None:
        """Send one message; without a connection it is dropped, the simulator asks again by its first events."""
        if self._writer:
            with contextlib.suppress(ConnectionError):
                self._writer.write(json.dumps(message).encode() + b"\n")
                await self._writer.drain()

    async def ask(self, message: Event) -> Event:
        """Send one message on a connection of its own. Returns its reply, which has ``ok`` or ``error``; raises OSError when nobody answers."""
        reader, writer = await asyncio.open_unix_connection(self.socket, limit=2**24)
        try:
            writer.write(json.dumps(message).encode() + b"\n")
            while line := await reader.readline():
                reply: Event = json.loads(line)
                if "event" not in reply:
                    return reply
        finally:
            writer.close()
        raise ConnectionResetError(f"{self.key} closed its control socket")

    async def _listen(self) -> None:
        while self.running:
            try:
                reader, self._writer = await asyncio.open_unix_connection(self.socket, limit=2**24)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            self.ready.set()
            with contextlib.suppress(ConnectionError):
                while line := await reader.readline():
                    await self._take(json.loads(line))
            self._writer = None
        LOG.warning("%s: the simulator ended; see %s", self.key, self._folder / "vcsim.log")

    async def _take(self, message: Event) -> None:
        if "event" in message:
            await self._handle(self.key, message)
        elif "error" in message:
            LOG.error("%s: %s", self.key, message["error"])
