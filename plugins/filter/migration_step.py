# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter that turns what was seen of servers and machines into the next step of a migration."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.decide import next_step
from ansible_collections.groundwork.platform.plugins.plugin_utils._migration.model import servers_of

Plain = Mapping[str, Any]


def migration_step(looks: Sequence[Plain], nodes: Sequence[Plain], hosts: Sequence[Plain], found: Plain) -> dict[str, Any]:
    """Decide from the registered results of k3s_node_info, the inventory's nodes and hosts, and the result of vsphere_vm_info."""
    return dataclasses.asdict(next_step(servers_of(looks, nodes, hosts, found)))


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"migration_step": migration_step}
