# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""How systemd-nspawn is called for a host (pure)."""

from __future__ import annotations

from pathlib import Path

from lab.twin import guest

#: The guest sees cgroup2 only, and may write /proc/sys/net: it belongs to the host's network namespace.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"}
#: What systemd-nspawn exits with when the guest asked for a reboot and there is no unit that would restart it.
REBOOT = 133


def command(name: str, root: Path, namespace: Path, folder: Path) -> list[str]:
    """The command that runs a host.

    The guest may do to itself what a VM may, but not to the machine: no clock, modules, swap or kexec, and of /proc/sys
    only what belongs to its own namespaces (twin-init gives it files for the rest).
    """
    on_disk = [f"--bind={folder / 'disk' / path}:/{path}" for path in guest.ON_DISK]
    return [
        "systemd-nspawn",
        f"--directory={root}",
        f"--machine={name}",
        "--hostname=debian",
        "--keep-unit",
        "--register=no",
        f"--network-namespace-path={namespace}",
        "--capability=all",
        "--drop-capability=CAP_SYS_TIME,CAP_SYS_MODULE",
        "--system-call-filter=@known",
        "--system-call-filter=~@swap kexec_load kexec_file_load",
        "--console=read-only",
        "--resolv-conf=off",
        "--timezone=off",
        "--link-journal=no",
        "--kill-signal=SIGRTMIN+4",
        f"--bind={folder / 'host'}:/.twin",
        "--bind=/dev/kmsg:/.twin/kmsg",
        *on_disk,
        "/usr/local/sbin/twin-init",
    ]
