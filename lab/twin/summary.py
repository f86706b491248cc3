# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What is printed after a rehearsal: where the twin deviated from production, what it cannot show, and how to go on. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class Deviation(Protocol):
    """One value that lab/overlay.yml changed in the matrix."""

    @property
    def path(self) -> str:
        """Where in the matrix."""

    @property
    def before(self) -> Any:
        """Value in production."""

    @property
    def after(self) -> Any:
        """Value in the twin."""

    @property
    def why(self) -> str:
        """Reason, one sentence."""


LIMITS = (
    "the network cards, switches, VLAN tags and firewalls of the real site: every network of the twin reaches every other",
    "the CNI, load-balancer addresses and storage of production (Calico, MetalLB, Longhorn) as far as they need images from outside",
    "vMotion, DRS and real disks: hosts share this machine's disk, size limits of disks do not bind",
    "the speed of production: hosts share this machine's processors; only memory is limited as in the matrix",
    "kernel, clock and swap of a guest: they are the machine's, and the guest cannot change them",
    "the production operating system: hosts run Debian 13, whatever the template of the site is",
)


def text(name: str, deviations: Sequence[Deviation], inventory: str) -> str:
    """The summary, in lines."""
    lines = [f"This was a rehearsal in the twin '{name}'. It deviated from production in {len(deviations)} values (lab/overlay.yml):"]
    for why, group in _by_reason(deviations).items():
        lines += [f"  {why}:", *(f"    {d.path}: {_short(d.before)} -> {_short(d.after)}" for d in group)]
    lines += ["What a twin cannot show:", *(f"  - {limit}" for limit in LIMITS)]
    lines += [
        "Look around:",
        f"  lab/lab status --name {name}                  hosts, addresses, memory",
        f"  lab/lab shell --name {name}                   a shell on its management machine (kubectl, ssh -F $TWIN_DIR/ssh/config HOST)",
        f"  lab/lab kill|start|cut|mend HOST --name {name}  faults; then run the playbook again:",
        f"  lab/lab shell --name {name} -- ansible-playbook site.yml -i {inventory}",
        f"Remove it: lab/lab down --name {name}",
    ]
    return "\n".join(lines)


def _by_reason(deviations: Iterable[Deviation]) -> dict[str, list[Deviation]]:
    groups: dict[str, list[Deviation]] = {}
    for deviation in deviations:
        groups.setdefault(deviation.why, []).append(deviation)
    return groups


def _short(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
