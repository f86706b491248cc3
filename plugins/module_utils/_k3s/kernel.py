# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel settings without which the kubelet refuses to start under protect-kernel-defaults."""

from __future__ import annotations

import typing as t
from pathlib import Path

# Kubernetes source, pkg/kubelet/cm, setupKernelTunables; docs.k3s.io, CIS hardening guide. Role host_base sets them.
DEMANDED = {
    "kernel.keys.root_maxbytes": "25000000",
    "kernel.keys.root_maxkeys": "1000000",
    "kernel.panic": "10",
    "kernel.panic_on_oops": "1",
    "vm.overcommit_memory": "1",
    "vm.panic_on_oom": "0",
}


def settings(root: Path = Path("/")) -> dict[str, str]:
    """Their present values; a setting that the kernel does not have is left out."""
    files = {name: root / "proc/sys" / name.replace(".", "/") for name in DEMANDED}
    return {name: file.read_text(encoding="ascii").strip() for name, file in files.items() if file.is_file()}


def problems(present: t.Mapping[str, str]) -> tuple[str, ...]:
    """One line per setting that differs (pure)."""
    return tuple(f"{name} is {present[name]}, the kubelet demands {value}" for name, value in DEMANDED.items() if present.get(name, value) != value)
