# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Services that a company's network has and the twin therefore brings: DNS, time, package and artefact mirror."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from lab.twin import dns, objectstore, platform
from lab.twin.paths import TwinPaths
from lab.twin.run import CommandFailed
from lab.twin.spec import TwinSpec

#: Where the DNS server listens, among other addresses.
DNS = ("127.0.0.1", 53)


class Services:
    """Processes of the twin that are not VMs. Each has a name by which it can be killed and started."""

    def __init__(self, spec: TwinSpec, paths: TwinPaths) -> None:
        self._paths = paths
        self._commands: dict[str, list[str]] = {}
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        config = paths.root / "dnsmasq.conf"
        addresses = ["127.0.0.1", *spec.services, *(n.gateway for n in spec.networks)]
        config.write_text(dns.dnsmasq_config(addresses, spec.records, spec.domain), encoding="utf-8")
        self._commands["dns"] = ["dnsmasq", "--keep-in-foreground", f"--conf-file={config}", f"--pid-file={paths.root / 'dnsmasq.pid'}"]
        self._commands["time"] = [sys.executable, "-m", "lab.twin.timeserver"]
        if spec.mirror:
            server = [sys.executable, "-m", "http.server", "80", "--bind", spec.mirror]
            self._commands["mirror"] = [*server, "--directory", str(paths.mirror)]
        if spec.object_store:
            self._commands["s3"] = objectstore.command(paths, spec.object_store)
        if spec.platform:
            self._commands |= platform.commands(paths, spec.platform)

    @property
    def names(self) -> list[str]:
        """Services of this twin."""
        return list(self._commands)

    def running(self, name: str) -> bool:
        """Whether the service's process lives."""
        return name in self._processes and self._processes[name].returncode is None

    async def start(self, only: str | None = None) -> None:
        """Start the service *only*, or all of them; raises CommandFailed when the names that everything else asks for are not served."""
        for name, command in self._commands.items():
            if only in (None, name) and not self.running(name):
                self._processes[name] = await self._spawn(name, command)
                if name == "dns":
                    await self._wait_for_names()

    async def stop(self, name: str) -> None:
        """End a service, as if its machine had gone."""
        if self.running(name):
            self._processes[name].kill()
            await self._processes[name].wait()

    async def _wait_for_names(self) -> None:
        while self.running("dns"):
            with contextlib.suppress(OSError):
                _, connection = await asyncio.open_connection(*DNS)
                connection.close()
                return
            await asyncio.sleep(0.02)
        log = (self._paths.root / "dns.log").read_text(encoding="utf-8", errors="replace")
        raise CommandFailed(f"the DNS server ended at its start: {log.strip()}")

    async def _spawn(self, name: str, command: list[str]) -> asyncio.subprocess.Process:
        log: Path = self._paths.root / f"{name}.log"
        with log.open("ab") as output:
            return await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output)
