# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""One host of the twin: a systemd machine in a container, switched on and off like a VM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from lab.twin import guest, network, nspawn
from lab.twin.cgroups import TwinCgroups
from lab.twin.run import CommandFailed

GRACE_SECONDS = 20
SSH_PORT = 22
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where hosts are made: the twin's folders, template, groups and mirror; images that all have, and a folder with those of later ones."""

    hosts: Path
    template: Path
    cgroups: TwinCgroups
    mirror: str | None
    images: tuple[str, ...]
    more_images: Path

    def archives(self) -> dict[str, Path]:
        """What K3s imports on a host that boots now: files by name. A link counts as the file that it leads to."""
        return {path.name: path.resolve() for path in (*map(Path, self.images), *sorted(self.more_images.glob("*.tar*")))}


class Host:
    """A VM's guest. *ended* is awaited when the guest halted, crashed or was switched off."""

    def __init__(self, vm: guest.Vm, bridge: str, place: Place, ended: Callable[[Host], Awaitable[None]]) -> None:
        self.vm = vm
        self.cut = False
        self.address: str | None = None
        self.hostname: str | None = None
        self.reachable = False
        self._bridge, self._place, self._ended = bridge, place, ended
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Name of the VM."""
        return self.vm.name

    @property
    def folder(self) -> Path:
        """Where the host's disk and console log are."""
        return self._place.hosts / self.name

    @property
    def running(self) -> bool:
        """Whether the guest's system is up or booting."""
        return self._task is not None and not self._task.done()

    def power_on(self) -> None:
        """Boot, unless it runs."""
        if not self.running:
            self._task = asyncio.create_task(self._live())

    async def shut_down(self) -> None:
        """Ask the guest to power off, and cut the power when it does not within the grace period."""
        if self._process and self.running:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), GRACE_SECONDS)
        await self.power_cut()

    async def power_cut(self) -> None:
        """Switch off at once; nothing in the guest gets to write anything more."""
        if self._process and self._process.returncode is None:
            self._process.kill()
        if self._task and self._task is not asyncio.current_task():
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def reset(self) -> None:
        """Power cut and power on."""
        await self.power_cut()
        self.power_on()

    async def destroy(self) -> None:
        """Switch off and delete the disk."""
        await self.power_cut()
        # Gigabytes: meanwhile the twin answers.
        await asyncio.to_thread(guest.remove, self.folder)

    def set_cut(self, cut: bool) -> None:
        """Pull or plug in the network cable."""
        self.cut = cut
        if self.running:
            (network.cut if cut else network.mend)(self.name)

    async def _live(self) -> None:
        try:
            await self._run()
        except (OSError, CommandFailed):
            LOG.exception("%s cannot run", self.name)
        await self._ended(self)

    async def _run(self) -> None:
        root = guest.prepare(self.folder, self._place.template, self.vm, self._place.mirror)
        await asyncio.to_thread(guest.keep_images, self.folder, self._place.archives())
        namespace = network.plug(self.name, self._bridge, self.vm.mac)
        self.set_cut(self.cut)
        self._place.cgroups.create(self.name, self.vm.memory_mb)
        try:
            while await self._boot(root, namespace) == nspawn.REBOOT:
                self._forget()
        finally:
            self._forget()
            network.unplug(self.name)
            self._place.cgroups.remove(self.name)

    def _forget(self) -> None:
        self.address = self.hostname = None
        self.reachable = False

    async def _boot(self, root: Path, namespace: Path) -> int:
        with (self.folder / "console.log").open("ab") as console:
            self._process = await asyncio.create_subprocess_exec(
                *nspawn.command(self.name, root, namespace, self.folder),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env=nspawn.ENVIRONMENT,
                preexec_fn=lambda: self._place.cgroups.enter(self.name),
            )
        observer = asyncio.create_task(self._observe(self._process.pid))
        try:
            return await self._process.wait()
        finally:
            observer.cancel()

    async def _observe(self, pid: int) -> None:
        """What VMware Tools would report: address and host name, as they really are in the guest."""
        while True:
            address = network.address_of(self.name)
            self.hostname = await _hostname(pid) if address else None
            self.address = address
            self.reachable = await _answers(address) if address else False
            await asyncio.sleep(2 if self.reachable else 0.3)


async def _answers(address: str) -> bool:
    """Whether the host's ssh server takes connections."""
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(address, SSH_PORT)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _hostname(pid: int) -> str | None:
    """Host name in the guest whose nspawn has this process id, or None while it is still the template's."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    if not children:
        return None
    process = await asyncio.create_subprocess_exec("nsenter", f"--target={children[0]}", "--uts", "uname", "--nodename", stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return output.decode().strip() or None
