# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Run things inside a twin: its namespaces, and the environment of the management VM."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lab.twin.paths import CHECKOUT, TwinPaths

#: Proxies are outside, where nothing of a twin may go.
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def environment(paths: TwinPaths) -> dict[str, str]:
    """Environment of a command inside the twin."""
    kept = {key: value for key, value in os.environ.items() if key.lower() not in PROXIES}
    tools = [str(CHECKOUT / ".venv" / "bin"), str(paths.root / "bin")]
    tree = CHECKOUT / ".build" / "collections"
    if user := kept.get("SUDO_USER"):
        kept |= {"USER": user, "LOGNAME": user}
    return kept | {
        "PATH": ":".join([*tools, kept.get("PATH", ""), "/usr/sbin", "/sbin"]),
        "PYTHONPATH": f"{CHECKOUT}:{tree}",
        "ANSIBLE_COLLECTIONS_PATH": str(tree),
        "GROUNDWORK_MATRIX_OVERLAY": str(paths.overlay),
        "SOPS_AGE_KEY_FILE": str(paths.root / "age.key"),
        # ssh masters are found by address, and other twins have the same addresses.
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(paths.ssh_key.parent / "cp"),
        "TWIN_DIR": str(paths.root),
        "TWIN_NAME": paths.name,
    }


def call(paths: TwinPaths, pid: int, argv: list[str]) -> int:
    """Run *argv* inside the twin whose first process is *pid*, as the user who called sudo. Returns its exit code."""
    command = ["nsenter", f"--target={pid}", "--mount", "--net", "--pid", f"--wdns={Path.cwd()}", "--"]
    if "SUDO_UID" in os.environ:
        command += ["setpriv", f"--reuid={os.environ['SUDO_UID']}", f"--regid={os.environ['SUDO_GID']}", "--init-groups", "--"]
    return subprocess.call([*command, *argv], env=environment(paths))
