# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What a machine needs to carry a twin. All problems are told at once, before anything is changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab.twin import kernel
from lab.twin.paths import twins_folder

#: Commands and the Debian packages that bring them.
COMMANDS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "apt-ftparchive": "apt-utils",
    "dnsmasq": "dnsmasq-base",
    "age-keygen": "age",
    "ip": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ssh-keygen": "openssh-client",
    "shellcheck": "shellcheck",  # for make lint, so that packages are asked for once
}
#: Other files that a twin needs: the keys with which Debian signs the packages of the template (Ubuntu lacks them).
FILES = {"/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring"}
#: File systems that the kernel refuses as the writable layer of an overlay.
NO_OVERLAY = frozenset({"overlay", "nfs", "nfs4", "9p", "vfat", "fuse.sshfs", "ecryptfs"})
FREE_GB = 10
FILE_SYSTEMS = ("overlay", "tmpfs")
NAMESPACES = ("cgroup", "mnt", "net", "pid", "uts")


def missing_packages() -> list[str]:
    """Debian packages whose commands are not installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    commands = {package for command, package in COMMANDS.items() if not shutil.which(command, path=path)}
    return sorted(commands | {package for file, package in FILES.items() if not Path(file).exists()})


def system_problems(root: Path = Path("/")) -> list[str]:
    """What about this machine's system cannot carry a twin; each with what to do."""
    problems = []
    release = root / "etc/os-release"
    text = release.read_text(encoding="utf-8") if release.exists() else ""
    fields = dict(line.replace('"', "").split("=", 1) for line in text.splitlines() if "=" in line)
    if not {"debian", "ubuntu"} & {fields.get("ID", ""), *fields.get("ID_LIKE", "").split()}:
        name = fields.get("PRETTY_NAME", "unknown")
        problems.append(f"operating system: this is {name}; the twin needs Debian or Ubuntu (use a virtual machine with one)")
    known = (root / "proc/filesystems").read_text(encoding="utf-8").split()
    problems += [f"kernel: no {kind} file system (another kernel is needed)" for kind in FILE_SYSTEMS if kind not in known and not kernel.loadable(kind)]
    names = {path.name for path in (root / "proc/self/ns").iterdir()}
    problems += [f"kernel: no {kind} namespaces (another kernel is needed)" for kind in NAMESPACES if kind not in names]
    mounts = (root / "proc/mounts").read_text(encoding="utf-8")
    if " cgroup2 " not in mounts:
        problems.append("control groups: no cgroup2 tree is mounted (mount -t cgroup2 none /sys/fs/cgroup)")
    return problems


def disk_problems(state: Path, mounts: str, free_bytes: int) -> list[str]:
    """What about the disk under the state folder cannot carry hosts; *mounts* is the text of /proc/mounts."""
    points = {Path(line.split()[1]): line.split()[2] for line in mounts.splitlines()}
    kind = next((points[folder] for folder in (state, *state.parents) if folder in points), "unknown")
    problems = []
    if kind in NO_OVERLAY:
        problems.append(f"disk: {state} lies on {kind}, which cannot carry disks of hosts (set XDG_STATE_HOME to a folder on a local disk)")
    if free_bytes < FREE_GB * 10**9:
        problems.append(f"disk: {free_bytes / 10**9:.1f} GB free at {state}; a first build and one environment need {FREE_GB} GB")
    return problems


def lacking() -> list[str]:
    """Everything that this machine lacks to carry a twin, whoever asks."""
    found = system_problems()
    state = twins_folder()
    existing = next(folder for folder in (state, *state.parents) if folder.is_dir())
    found += disk_problems(state, Path("/proc/mounts").read_text(encoding="utf-8"), shutil.disk_usage(existing).free)
    if missing := missing_packages():
        found.append(f"packages: {', '.join(missing)} not installed (lab/lab prepare installs them)")
    return found


def lacking_rights() -> list[str]:
    """What this process may not do."""
    return ["rights: not root (lab/lab asks sudo by itself)"] if os.geteuid() else []
