# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The supervisor's command socket: one line of JSON in, one line of JSON out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from lab.twin import network
from lab.twin.run import CommandFailed
from lab.twin.services import Services
from lab.twin.site import SimulatedSite

Reply = dict[str, Any]


class Control:
    """Commands that change or show the running twin."""

    def __init__(self, site: SimulatedSite, services: Services) -> None:
        self._site, self._services = site, services

    async def serve(self, socket: Path) -> None:
        """Listen; only root may connect."""
        socket.unlink(missing_ok=True)
        await asyncio.start_unix_server(self._client, socket)
        socket.chmod(0o600)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.readline())
        writer.write(json.dumps(await self.answer(request)).encode() + b"\n")
        await writer.drain()
        writer.close()

    async def answer(self, request: dict[str, Any]) -> Reply:
        """Do one command; a reply has ``ok`` or ``error``."""
        do, name = request["do"], request.get("name", "")
        if do == "status":
            return {"ok": True, "hosts": self._site.status(), "services": self._service_states()}
        if do == "reinstall" and name in self._site.vcenters:
            return await self._reinstall(request["host"], name)
        if name in self._services.names:
            return await self._on_service(do, name)
        if name in self._site.vcenters:
            return await self._on_vcenter(do, name)
        if name in self._site.hosts:
            return await self._on_host(do, name)
        known = [*self._site.hosts, *self._site.vcenters, *self._services.names]
        return {"error": f"{name}: there is no such host or service in this twin; known: {', '.join(known)}"}

    def _service_states(self) -> dict[str, bool]:
        states = {key: vcenter.running for key, vcenter in self._site.vcenters.items()}
        return states | {name: self._services.running(name) for name in self._services.names}

    async def _on_service(self, do: str, name: str) -> Reply:
        if do == "kill":
            await self._services.stop(name)
        elif do == "start":
            await self._services.start(name)
        else:
            return {"error": f"{name} is a service: it can be killed and started"}
        return {"ok": True}

    async def _on_vcenter(self, do: str, name: str) -> Reply:
        if do == "kill":
            await self._site.vcenters[name].stop()
        elif do == "start":
            await self._site.vcenters[name].start()
        else:
            (network.cut_service if do == "cut" else network.mend_service)(self._site.vcenters[name].address)
        return {"ok": True}

    async def _reinstall(self, host: dict[str, Any], vcenter: str) -> Reply:
        try:
            await self._site.reinstall(host, vcenter)
        except (CommandFailed, OSError) as error:
            return {"error": str(error)}
        return {"ok": True}

    async def _on_host(self, do: str, name: str) -> Reply:
        host = self._site.hosts[name]
        if do == "kill":
            await host.power_cut()
        elif do == "start":
            await self._site.power_on(host)
        elif do in ("cut", "mend"):
            host.set_cut(do == "cut")
        else:
            return {"error": f"unknown command {do}"}
        return {"ok": True}
