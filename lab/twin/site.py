# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The running site: vCenters, and a host for every VM that is switched on."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from lab.twin import bare
from lab.twin.cgroups import TwinCgroups
from lab.twin.guest import Vm
from lab.twin.host import Host, Place
from lab.twin.paths import TwinPaths
from lab.twin.run import CommandFailed
from lab.twin.spec import TwinSpec
from lab.twin.vcenter import Event, VCenter

LOG = logging.getLogger(__name__)
#: For a vCenter to answer; it needs one second, more on a busy machine.
START_SECONDS = 240


class SimulatedSite:
    """Does to hosts what the vCenters' events say, and tells the vCenters what happens in the hosts."""

    def __init__(self, spec: TwinSpec, paths: TwinPaths) -> None:
        self._spec = spec
        self.hosts: dict[str, Host] = {}
        self._owners: dict[str, str] = {}
        mirror = f"http://{spec.mirror}" if spec.mirror else None
        self._cgroups = TwinCgroups(spec.name)
        images = spec.platform.images if spec.platform else ()
        self._place = Place(paths.root / "hosts", Path(spec.guest) / "rootfs", self._cgroups, mirror, images, paths.images)
        binary = Path(spec.simulator)
        self.vcenters = {v.key: VCenter(v, paths.vcenter(v.key), binary, self.handle) for v in spec.vcenters}
        self._public_key = paths.ssh_key.with_suffix(".pub")

    async def start(self) -> None:
        """Start vCenters and bare hosts, and report what guests' tools would report from then on."""
        await asyncio.gather(*(vcenter.start() for vcenter in self.vcenters.values()))
        for host in self._spec.bare:
            vm = bare.vm(host, self._spec, self._public_key.read_text(encoding="utf-8").strip())
            self._host(vm).power_on()
        await asyncio.gather(*(asyncio.wait_for(v.ready.wait(), START_SECONDS) for v in self.vcenters.values()))
        self._reporter = asyncio.create_task(self._report())

    async def handle(self, vcenter: str, event: Event) -> None:
        """One event of a vCenter."""
        vm = vm_of(event["vm"])
        LOG.info("%s: %s %s %s", vcenter, event["event"], event.get("state", ""), vm.name)
        self._owners[vm.name] = vcenter
        if event["event"] == "destroyed":
            if host := self.hosts.pop(vm.name, None):
                await host.destroy()
        elif event["state"] == "on":
            self._host(vm).power_on()
        elif host := self.hosts.get(vm.name):
            if event["state"] == "reset":
                await host.reset()
            else:
                await (host.shut_down() if event.get("guest") else host.power_cut())

    async def power_on(self, host: Host) -> None:
        """Switch a host on from the command line; its vCenter then shows it as on."""
        host.power_on()
        await self._tell(host, {"set": "power", "vm": host.vm.id, "state": "on"})

    async def reinstall(self, host: Event, vcenter: str) -> None:
        """Wipe an ESXi host wherever it is, with all that is on its disks, and let it enter a vCenter; raises CommandFailed."""
        for key, known in self.vcenters.items():
            reply = await known.ask({"wipe": host["name"]})
            if reply.get("error", "no host").startswith("no host"):
                continue
            raise CommandFailed(f"{key}: {reply['error']}")
        reply = await self.vcenters[vcenter].ask({"enter": host})
        if "error" in reply:
            raise CommandFailed(f"{vcenter}: {reply['error']}")

    def status(self) -> list[dict[str, Any]]:
        """One row per host, for ``lab/lab status``."""
        return [
            {
                "name": host.name,
                "vcenter": self._owners.get(host.name, "-"),
                "power": "on" if host.running else "off",
                "network": "cut" if host.cut else "up",
                "address": host.address or "-",
                "hostname": host.hostname or "-",
                "ssh": "yes" if host.reachable else "no",
                "memory_mb": self._cgroups.memory_mb(host.name),
                "limit_mb": host.vm.memory_mb,
            }
            for _, host in sorted(self.hosts.items())
        ]

    def _host(self, vm: Vm) -> Host:
        known = self.hosts.get(vm.name)
        if known and (known.running or known.vm == vm):
            return known
        bridge = self._spec.network_of(vm.name, list(vm.port_groups)).bridge
        self.hosts[vm.name] = Host(vm, bridge, self._place, self._ended)
        return self.hosts[vm.name]

    async def _ended(self, host: Host) -> None:
        LOG.info("%s is off", host.name)
        await self._tell(host, {"set": "guest", "vm": host.vm.id, "ip": "", "hostname": "", "tools": "notRunning"})
        await self._tell(host, {"set": "power", "vm": host.vm.id, "state": "off"})

    async def _tell(self, host: Host, message: Event) -> None:
        vcenter = self.vcenters.get(self._owners.get(host.name, ""))
        if vcenter:
            await vcenter.tell(message)

    async def _report(self) -> None:
        told: dict[str, tuple[str | None, str | None]] = {}
        while True:
            for host in list(self.hosts.values()):
                now = (host.address, host.hostname)
                if host.running and host.hostname and told.get(host.vm.id) != now:
                    guest = {"ip": host.address, "hostname": host.hostname, "tools": "running"}
                    await self._tell(host, {"set": "guest", "vm": host.vm.id, **guest})
                told[host.vm.id] = now
            await asyncio.sleep(0.2)


def vm_of(raw: dict[str, Any]) -> Vm:
    """A VM as an event describes it."""
    return Vm(
        id=raw["id"],
        name=raw["name"],
        mac=raw["mac"],
        memory_mb=int(raw["memory_mb"]),
        vcpus=int(raw.get("vcpus", 1)),
        guestinfo=raw.get("guestinfo") or {},
        port_groups=tuple(raw.get("networks") or ()),
    )
