# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What a twin consists of. Pure: the command line writes it as JSON, the supervisor reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class NetworkSpec:
    """One layer-2 network: a bridge with the gateway's address and the site's other service addresses."""

    key: str
    bridge: str
    cidr: str
    gateway: str
    port_groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class VCenterSpec:
    """One simulated vCenter at its own address; *simulator* is the specification that vcsim reads."""

    key: str
    address: str
    hostname: str
    simulator: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ObjectStoreSpec:
    """The S3 server that the matrix names; *account* is where the site's secrets file has its keys."""

    program: str
    address: str
    hostname: str
    port: int
    buckets: tuple[str, ...]
    account: str


@dataclass(frozen=True)
class PlatformSpec:
    """What runs the clusters from Git: servers, the outputs of recipes, and the image archives that every host gets."""

    git_program: str
    git_address: str
    git_hostname: str
    acme_program: str
    acme_address: str
    acme_hostname: str
    built: tuple[str, ...]
    images: tuple[str, ...]


@dataclass(frozen=True)
class RecordSpec:
    """One DNS record: A (answered in reverse, too), CNAME or PTR. A name may begin with ``*.``."""

    name: str
    type: str
    value: str


@dataclass(frozen=True)
class BareHost:
    """A host that boots with the twin, without a vCenter."""

    name: str
    address: str
    network: str
    memory_mb: int


@dataclass(frozen=True)
class TwinSpec:
    """A whole twin.

    *guest* and *simulator* are build outputs (template, vcsim); *source* is the inventory folder; *management* is the address from which playbooks run;
    *services* live on loopback.
    """

    name: str
    domain: str
    guest: str
    networks: tuple[NetworkSpec, ...]
    simulator: str = ""
    source: str = ""
    management: str | None = None
    services: tuple[str, ...] = ()
    mirror: str | None = None
    vcenters: tuple[VCenterSpec, ...] = ()
    records: tuple[RecordSpec, ...] = ()
    machine_networks: dict[str, str] = field(default_factory=dict)
    bare: tuple[BareHost, ...] = ()
    object_store: ObjectStoreSpec | None = None
    platform: PlatformSpec | None = None

    def to_json(self) -> str:
        """Stable text: equal twins give equal text, which is how a second ``up`` knows that nothing changed."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TwinSpec:
        """Read what `to_json` wrote."""
        raw = json.loads(text)
        return cls(
            **{
                **raw,
                "networks": tuple(NetworkSpec(**{**n, "port_groups": tuple(n["port_groups"])}) for n in raw["networks"]),
                "services": tuple(raw["services"]),
                "vcenters": tuple(VCenterSpec(**v) for v in raw["vcenters"]),
                "records": tuple(RecordSpec(**r) for r in raw["records"]),
                "object_store": ObjectStoreSpec(**{**raw["object_store"], "buckets": tuple(raw["object_store"]["buckets"])}) if raw["object_store"] else None,
                "platform": _platform(raw["platform"]),
                "bare": tuple(BareHost(**b) for b in raw["bare"]),
            }
        )

    def with_host(self, vcenter: str, host: dict[str, Any]) -> TwinSpec:
        """The same twin with an ESXi host (as the simulator is told of it) in this vCenter and in no other."""

        def settled(spec: VCenterSpec) -> VCenterSpec:
            others = [known for known in spec.simulator["hosts"] if known["name"] != host["name"]]
            return replace(spec, simulator={**spec.simulator, "hosts": [*others, host] if spec.key == vcenter else others})

        return replace(self, vcenters=tuple(settled(spec) for spec in self.vcenters))

    def network_of(self, vm: str, port_groups: list[str]) -> NetworkSpec:
        """Network that the first NIC of *vm* is plugged into: by port group, else as the matrix says, else the first."""
        for network in self.networks:
            if set(port_groups) & set(network.port_groups):
                return network
        key = self.machine_networks.get(vm)
        return next((n for n in self.networks if n.key == key), self.networks[0])


def _platform(raw: dict[str, Any] | None) -> PlatformSpec | None:
    return PlatformSpec(**{**raw, "built": tuple(raw["built"]), "images": tuple(raw["images"])}) if raw else None


def read_spec(path: Path) -> TwinSpec:
    """Read the specification of a twin from its state folder; raises OSError."""
    return TwinSpec.from_json(path.read_text(encoding="utf-8"))
