# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The disk of a twin host: the template with a writable layer over it, and what the hypervisor hands to the guest."""

from __future__ import annotations

import base64
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.twin import kernel
from lab.twin.run import run

#: Folders that need the machine's own file system: container runtimes put overlays into them.
ON_DISK = ("var/lib/rancher", "var/lib/kubelet", "var/lib/containerd")
#: K3s imports every archive in this folder.
IMAGES = "var/lib/rancher/k3s/agent/images"


@dataclass(frozen=True)
class Vm:
    """A virtual machine as the simulated vCenter describes it at power-on."""

    id: str
    name: str
    mac: str
    memory_mb: int
    vcpus: int = 1
    guestinfo: Mapping[str, str] = field(default_factory=dict)
    port_groups: tuple[str, ...] = ()


def guestinfo_environment(guestinfo: Mapping[str, str]) -> str:
    """The guestinfo values as cloud-init's VMware datasource takes them from the environment.

    Keys are ``metadata``, ``metadata.encoding``, ``userdata``, …, with or without the prefix ``guestinfo.``. Values
    without an encoding are given base64, because an environment file has one line per value.
    """
    values = {key.removeprefix("guestinfo."): value for key, value in guestinfo.items()}
    lines = ["VMX_GUESTINFO=1"]
    for key in ("metadata", "userdata", "vendordata"):
        if not values.get(key):
            continue
        text, encoding = values[key], values.get(f"{key}.encoding", "")
        if not encoding:
            text, encoding = base64.b64encode(text.encode()).decode(), "base64"
        lines += [f"VMX_GUESTINFO_{key.upper()}={text}", f"VMX_GUESTINFO_{key.upper()}_ENCODING={encoding}"]
    return "\n".join(lines) + "\n"


def memory_view(meminfo: str, memory_mb: int) -> str:
    """The machine's /proc/meminfo as a VM with *memory_mb* MiB would show it, mostly free and without swap."""
    total = memory_mb * 1024
    own = {"MemTotal": total, "MemFree": total * 8 // 10, "MemAvailable": total * 9 // 10, "SwapTotal": 0, "SwapFree": 0}
    names = [line.partition(":")[0] for line in meminfo.splitlines()]
    return "".join(f"{name + ':':<15} {own.get(name, 0):>8} kB\n" for name in names if not name.startswith("HugePages"))


def prepare(folder: Path, template: Path, vm: Vm, mirror: str | None) -> Path:
    """Make and mount the disk of *vm* in *folder*, or mount it again. Returns its root; raises OSError, CommandFailed."""
    owner = folder / "vm-id"
    if owner.exists() and owner.read_text(encoding="utf-8") != vm.id:
        remove(folder)
    first = not owner.exists()
    for part in ("upper", "work", "root", "host/sysctl", *(f"disk/{path}" for path in ON_DISK)):
        (folder / part).mkdir(parents=True, exist_ok=True)
    root = folder / "root"
    if not os.path.ismount(root):
        layers = f"lowerdir={template},upperdir={folder / 'upper'},workdir={folder / 'work'}"
        run(["mount", "-t", "overlay", "-o", layers, "overlay", str(root)])
    if first:
        (root / "etc/machine-id").write_text(uuid.uuid4().hex + "\n", encoding="ascii")
        owner.write_text(vm.id, encoding="utf-8")
    if mirror:
        (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] {mirror}/apt ./\n", encoding="utf-8")
    secret = root / "etc/cloud/guestinfo.env"
    secret.touch(mode=0o600)
    secret.write_text(guestinfo_environment(vm.guestinfo), encoding="utf-8")
    _hand_over(folder / "host", vm)
    return root


def _hand_over(folder: Path, vm: Vm) -> None:
    """Fill the folder that twin-init binds over parts of /proc in the guest."""
    for name in kernel.read_list("sysctls.txt"):
        source, own = Path("/proc/sys", name.replace(".", "/")), folder / "sysctl" / name
        if source.exists() and not own.exists():
            own.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "meminfo").write_text(memory_view(Path("/proc/meminfo").read_text("utf-8"), vm.memory_mb), encoding="utf-8")
    (folder / "swaps").write_text("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n", encoding="utf-8")
    (folder / "modules.builtin").write_text("".join(f"kernel/{name}.ko\n" for name in kernel.present(kernel.wanted())), encoding="utf-8")
    (folder / "kmsg").touch()


def keep_images(folder: Path, archives: Mapping[str, Path]) -> None:
    """Archives of images on the disk of the host in *folder*, as if they had been brought there; no bytes are copied on one file system.

    Not mounted: what stops a K3s unmounts everything below its folder.
    """
    for name, path in archives.items():
        target = folder / "disk" / IMAGES / name
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            target.hardlink_to(path)
        except OSError:
            shutil.copyfile(path, target)


def remove(folder: Path) -> None:
    """Unmount and delete the disk of a host."""
    if os.path.ismount(folder / "root"):
        run(["umount", "--lazy", str(folder / "root")])
    shutil.rmtree(folder, ignore_errors=True)
