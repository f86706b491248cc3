# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What placement talks about: the wanted machines, what the vCenters hold, and the plan (pure data).

Units: memory in MB (2^20 bytes), disks in GB (2^30 bytes), datastores in bytes. Objects of different vCenters may carry
the same managed object id: everything is keyed by the vCenter's name and the id together.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

GB = 1 << 30
MB = 1 << 20


@dataclass(frozen=True)
class Problem:
    """One reason why the plan cannot be applied. ``place`` names the object, ``remedy`` says what the operator can do."""

    code: str
    place: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.code} {self.place}: {self.reason}; {self.remedy}"


@dataclass(frozen=True)
class Target:
    """Where machines of one vCenter come from and go to: its datacenter, template and default folder."""

    vcenter: str
    datacenter: str
    template: str
    folder: str


@dataclass(frozen=True)
class HostEntry:
    """One ESXi host that the site uses. ``datastores`` is the allow-list; empty means any that the host mounts.

    ``cores`` and ``memory_mb`` are what the site expects of it, 0 for nothing.
    """

    name: str
    hostname: str
    vcenter: str
    datastores: tuple[str, ...] = ()
    failure_domain: str = ""
    cores: int = 0
    memory_mb: int = 0
    enabled: bool = True

    @property
    def domain(self) -> str:
        """What fails together with this host: its own name unless the site says more."""
        return self.failure_domain or self.hostname.lower()


@dataclass(frozen=True)
class WantedVM:
    """One machine as the site describes it.

    ``host`` is the name of a HostEntry and ``datastore`` one of its datastores; empty leaves them to the planner, which keeps
    to ``allow`` (host names, empty for all) and ``deny``. ``hardware_version`` 0 means the template's. ``index`` is the
    machine's place among those of its environment and role, from 0: layouts go by it. ``reserved_mb`` of memory need no swap file.
    ``uuid`` is vCenter's for an adopted machine, whatever its name is there; empty goes by the name. ``replaces`` names a machine that will
    be gone before this one is created, and with which it may share a failure domain.
    """

    name: str
    env: str
    host: str
    datastore: str
    vcpus: int
    memory_mb: int
    disk_gb: int
    networks: tuple[str, ...]
    folder: str = ""
    role: str = ""
    hardware_version: int = 0
    adopt: bool = False
    index: int = 0
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    reserved_mb: int = 0
    uuid: str = ""
    replaces: str = ""

    @property
    def group(self) -> str:
        """Machines of one group must not share a failure domain: the servers of an environment. Empty for all others."""
        return self.env if self.role == "server" else ""


@dataclass(frozen=True)
class Policy:
    """Limits and wishes for new machines.

    ``vcpus_per_core`` is how many virtual CPUs may share a core; memory is never shared. ``layout`` is a key of layout.LAYOUTS.
    Without ``spread_servers`` sharing a failure domain is avoided, not refused. Existing machines move only when they are in
    ``allow_moves`` and ``moves`` is repair (to heal a violation or to make room) or rebalance (also for a lower maximum share).
    Machines in ``resize`` are brought to the wanted size.
    ``node_budget`` bounds each search in options looked at, so that a plan never depends on the machine's speed.
    """

    vcpus_per_core: float = 4.0
    spread_servers: bool = True
    host_ram_reserve_mb: int = 4096
    datastore_headroom_pct: int = 15
    snapshot_allowance_pct: int = 0
    layout: str = "balanced"
    moves: str = "never"
    allow_moves: frozenset[str] = frozenset()
    resize: frozenset[str] = frozenset()
    node_budget: int = 200_000


@dataclass(frozen=True)
class HostState:
    """One ESXi host as its vCenter sees it.

    ``pool`` and ``browser`` are moids; ``max_hardware`` 0 means that it was not asked; ``read_only`` are those of its
    datastores that it cannot write to; ``cluster`` is the moid of the cluster that it is in, empty for a standalone host.
    """

    moid: str
    name: str
    pool: str
    browser: str
    usable: bool
    why_unusable: str
    threads: int
    cores: int
    memory_mb: int
    datastores: frozenset[str]
    networks: frozenset[str]
    max_hardware: int = 0
    read_only: frozenset[str] = frozenset()
    cluster: str = ""


@dataclass(frozen=True)
class DatastoreState:
    """One datastore; ``free`` and ``uncommitted`` (promised to thin disks) in bytes."""

    moid: str
    name: str
    capacity: int
    free: int
    uncommitted: int
    usable: bool


@dataclass(frozen=True)
class Rule:
    """A DRS rule: ``apart`` says that its machines (moids) must be on different hosts, and that it is in force."""

    key: int
    name: str
    apart: bool
    vms: frozenset[str]


@dataclass(frozen=True)
class ClusterState:
    """A cluster. ``overrides`` says of machines (moids) with a setting of their own whether DRS moves them."""

    moid: str
    name: str
    drs: bool
    rules: tuple[Rule, ...] = ()
    overrides: t.Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class VMDetails:
    """What is read of our own machines and templates only. ``marker`` is ours, or empty."""

    hardware_version: int
    disk_gb: int
    networks: frozenset[str]
    datastores: frozenset[str]
    marker: t.Mapping[str, str]
    ip: str = ""
    hostname: str = ""


@dataclass(frozen=True)
class VMState:
    """One virtual machine in a vCenter. ``host`` is a host's moid, ``path`` the inventory path below the datacenter's vm folder."""

    vcenter: str
    moid: str
    name: str
    path: str
    datacenter: str
    host: str
    powered_on: bool
    template: bool
    vcpus: int
    memory_mb: int
    details: VMDetails | None = None
    uuid: str = ""


@dataclass(frozen=True)
class Snapshot:
    """Everything that was read of one vCenter at one moment; hosts and datastores by name, folders by path, all of the datacenter.

    ``moid`` is the datacenter's. ``cloning`` counts clones of the template that our account has begun and that still run: what they make is not seen yet.
    """

    vcenter: str
    uuid: str
    version: str
    datacenter: bool
    hosts: t.Mapping[str, HostState] = field(default_factory=dict)
    datastores: t.Mapping[str, DatastoreState] = field(default_factory=dict)
    folders: t.Mapping[str, str] = field(default_factory=dict)
    networks: t.Mapping[str, str] = field(default_factory=dict)
    vms: tuple[VMState, ...] = ()
    moid: str = ""
    clusters: tuple[ClusterState, ...] = ()
    cloning: int = 0


@dataclass(frozen=True)
class Entry:
    """What happens to one machine, which says where it is or will be. ``drift`` is reported, never repaired.

    ``action`` is create, complete, power_on, resize, move, keep, adopt, blocked for one that has no place, or unknown for one that may
    be in a vCenter that cannot be read.
    """

    vm: WantedVM
    vcenter: str
    hostname: str
    action: str
    reason: str
    moid: str = ""
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class NewFolder:
    """A VM folder that new machines need and that is not there: its path below the datacenter's folder "vm"."""

    vcenter: str
    path: str


@dataclass(frozen=True)
class DrsChange:
    """What DRS has to be told in a cluster: machines to keep apart by one ``rule`` (its name, empty for none), and machines to leave in place."""

    vcenter: str
    cluster: str
    rule: str = ""
    apart: tuple[str, ...] = ()
    stay: tuple[str, ...] = ()


@dataclass(frozen=True)
class Violation:
    """Machines that are there and break a constraint. ``reason`` follows their names."""

    code: str
    machines: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Plan:
    """Decisions for all wanted machines, in natural order of their names; with problems nothing may be applied.

    ``folders`` are those to create, parents first.
    """

    plan_id: str
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    folders: tuple[NewFolder, ...] = ()
    drs: tuple[DrsChange, ...] = ()
    violations: tuple[Violation, ...] = ()

    @property
    def vcenters(self) -> list[str]:
        """Where an apply would do something."""
        return sorted({entry.vcenter for entry in self.changes} | {change.vcenter for change in self.drs})

    @property
    def changes(self) -> tuple[Entry, ...]:
        """Entries that an apply would act on."""
        return tuple(e for e in self.entries if e.action in ("create", "complete", "power_on", "resize"))
