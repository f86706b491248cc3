# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine takes of a host and of a datastore (pure)."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import GB, MB, DatastoreState, HostState, Policy, WantedVM


class Demand(t.NamedTuple):
    """vCPUs, memory and disk space, the latter two in MB."""

    cpu: int
    ram: int
    disk: int


def overhead_mb(vcpus: int, memory_mb: int) -> int:
    """Memory that a machine takes beside its own: at least what vSphere Resource Management, "Overhead Memory on Virtual Machines", lists."""
    return 32 + 4 * vcpus + memory_mb // 128


def demand(vm: WantedVM, policy: Policy) -> Demand:
    """What a new machine takes. Its disk counts in full, and with a swap file: vSphere makes one of the memory that is not reserved."""
    disk = vm.disk_gb * (GB // MB) * (100 + policy.snapshot_allowance_pct) // 100
    return Demand(vm.vcpus, vm.memory_mb + overhead_mb(vm.vcpus, vm.memory_mb), disk + max(vm.memory_mb - vm.reserved_mb, 0))


def cpu_limit(host: HostState, policy: Policy) -> int:
    """How many vCPUs a host carries."""
    return int(host.cores * policy.vcpus_per_core)


def ram_limit(host: HostState, policy: Policy) -> int:
    """Memory in MB that machines on a host may have."""
    return max(host.memory_mb - policy.host_ram_reserve_mb, 0)


def disk_limit(store: DatastoreState, policy: Policy) -> int:
    """Space in MB that may be used or promised on a datastore."""
    return store.capacity * (100 - policy.datastore_headroom_pct) // 100 // MB


def disk_used(store: DatastoreState) -> int:
    """Space in MB that is used or promised to thin disks."""
    return -(-(store.capacity - store.free + store.uncommitted) // MB)
