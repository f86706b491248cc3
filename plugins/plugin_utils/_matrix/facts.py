# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules look at: the matrix, the lock file, the catalogue, and every machine as far as the references hold."""

from __future__ import annotations

import dataclasses
import functools
from ipaddress import IPv4Address
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive_machines import hosts_of, node_names
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.lock import Lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_cluster import Size
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Path


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """A machine that the matrix asks for. Unknown references are None: other rules report them."""

    path: Path
    name: str
    environment: str | None
    role: str
    number: int
    network: str
    address: IPv4Address | None
    host: str | None
    size: Size | None
    datastore: str | None


@dataclasses.dataclass(frozen=True)
class Facts:
    """Input of every rule."""

    matrix: Matrix
    lock: Lock
    data: Any
    catalogue: Catalogue = dataclasses.field(default_factory=Catalogue)

    def declared(self, section: str) -> list[str] | None:
        """Keys of a section as the file has them, also of entries that are faulty and therefore not in the matrix.

        None when the section as a whole is faulty: then nothing can be said about references to it.
        """
        entries = self.data.get(section, {})
        return [str(key) for key in entries] if isinstance(entries, dict) else None

    @functools.cached_property
    def machines(self) -> list[Wanted]:
        """Every node and single machine, in file order."""
        return [*self._nodes(), *self._singles()]

    def servers(self, environment: str) -> list[Wanted]:
        """Control-plane nodes of an environment."""
        return [machine for machine in self.machines if machine.environment == environment and machine.role == "server"]

    def names_datastore(self, path: Path) -> bool:
        """Whether the node group or machine at a path names its datastore."""
        if path[0] == "machines":
            return self.matrix.machines[str(path[1])].datastore is not None
        return self.matrix.environments[str(path[1])].nodes[int(path[3])].datastore is not None

    def address_of(self, network: str, number: int) -> IPv4Address | None:
        """The number-th address of a network; None if there is no such network or it has no such address."""
        segment = self.matrix.networks.get(network)
        if segment is None or number >= segment.cidr.num_addresses:
            return None
        return segment.cidr.network_address + number

    def _nodes(self) -> list[Wanted]:
        found = []
        for key, environment in self.matrix.environments.items():
            for index, group in enumerate(environment.nodes):
                path: Path = ("environments", key, "nodes", index)
                hosts = [host if host in self.matrix.hypervisors else None for host in hosts_of(self.matrix, group)]
                size = self.matrix.sizes.get(group.size or environment.size or "")
                stores = [self._datastore(host, group.datastore) for host in hosts]
                for position, (number, name) in enumerate(zip(group.numbers, node_names(self.matrix, key, group), strict=True)):
                    at = position % len(hosts) if hosts else None
                    host, store = (hosts[at], stores[at]) if at is not None else (None, None)
                    address = self.address_of(environment.network, number)
                    found.append(Wanted(path, name, key, group.role, number, environment.network, address, host, size, store))
        return found

    def _singles(self) -> list[Wanted]:
        return [
            Wanted(
                ("machines", name),
                name,
                None,
                part.role,
                part.number,
                part.network,
                self.address_of(part.network, part.number),
                part.host if part.host in self.matrix.hypervisors else None,
                self.matrix.sizes.get(part.size),
                self._datastore(part.host, part.datastore),
            )
            for name, part in self.matrix.machines.items()
        ]

    def _datastore(self, host: str | None, named: str | None) -> str | None:
        hypervisor = self.matrix.hypervisors.get(host or "")
        if hypervisor is None:
            return None
        return named or next(iter(hypervisor.datastores))
