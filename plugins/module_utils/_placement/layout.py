# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host a machine would rather be on, by its place within its environment (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import WantedVM

LAYOUTS: dict[str, t.Callable[[int, int], int]] = {
    "aligned": lambda index, _environment: index,
    "rotated": lambda index, environment: index + environment,
}
NONE = -1


def preferred(vms: t.Iterable[WantedVM], layout: str, hosts: int) -> dict[str, int]:
    """The host's place in natural order for each machine of an environment; empty for ``balanced``.

    ``aligned`` wants node n of every environment on the n-th host, ``rotated`` one host further in each environment, so that the
    first nodes of all do not share a host. Both go round and round.
    """
    listed = [vm for vm in vms if vm.env]
    environments = {env: number for number, env in enumerate(sorted({vm.env for vm in listed}))}
    choose = LAYOUTS.get(layout)
    if choose is None or not hosts:
        return {}
    return {vm.name: choose(vm.index, environments[vm.env]) % hosts for vm in listed}
