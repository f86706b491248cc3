# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""From a site of the matrix to the specification of its twin. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.site import Environment, Hypervisor, Machine, Site, VCenter

from lab.twin.spec import NetworkSpec, ObjectStoreSpec, PlatformSpec, RecordSpec, TwinSpec, VCenterSpec

#: Addresses of services that the matrix names but does not place: from the benchmarking range (RFC 2544), which no site uses.
SERVICE_ADDRESSES = "198.18.0.{}"
MIRROR, OBJECT_STORE, GIT, ACME, FIRST_VCENTER = 2, 3, 4, 5, 11
#: Disk of the template in GiB; a VM's disk grows from it.
TEMPLATE_DISK_GB = 20


def twin_of(site: Site, environments: Iterable[str], name: str, *, guest: str, simulator: str, object_store: str) -> TwinSpec:
    """The twin of *environments* of *site*: their networks, every vCenter, the names of all machines."""
    chosen = [site.environments[key] for key in environments]
    management = next((m for m in site.machines.values() if m.role == "management"), None)
    keys = [*dict.fromkeys([*(e.network for e in chosen), *([management.network] if management else [])])]
    dns_servers = {server for key in keys for server in site.networks[key].dns_servers}
    mirror = SERVICE_ADDRESSES.format(MIRROR)
    addresses = {key: SERVICE_ADDRESSES.format(FIRST_VCENTER + i) for i, key in enumerate(site.vcenters)}
    store = _object_store(chosen, object_store)
    names = [RecordSpec(str(site.vcenters[key].hostname), "A", address) for key, address in addresses.items()]
    return TwinSpec(
        name=name,
        domain=site.domain,
        guest=guest,
        simulator=simulator,
        networks=tuple(_network(site, key, f"net{i}") for i, key in enumerate(keys)),
        management=management.address if management else None,
        services=tuple(sorted({mirror, *dns_servers, *addresses.values(), *([store.address] if store else [])})),
        mirror=mirror,
        vcenters=tuple(VCenterSpec(k, addresses[k], str(v.hostname), simulator_spec(site, v)) for k, v in site.vcenters.items()),
        object_store=store,
        records=(
            *names,
            *([RecordSpec(store.hostname, "A", store.address)] if store else []),
            *_service_names(site.domain, mirror),
            *(RecordSpec(r.name, r.type, r.value) for r in site.records),
        ),
        machine_networks={machine.name: machine.network for machine in site.machines.values()},
    )


def with_platform(spec: TwinSpec, platform: PlatformSpec) -> TwinSpec:
    """The same twin with a Git server, an ACME server, and what runs in its clusters."""
    added = {platform.git_hostname: platform.git_address, platform.acme_hostname: platform.acme_address}
    names = tuple(RecordSpec(name, "A", address) for name, address in added.items())
    return replace(spec, platform=platform, services=tuple(sorted({*spec.services, *added.values()})), records=(*spec.records, *names))


def _service_names(domain: str, address: str) -> list[RecordSpec]:
    """Names that lab/overlay.yml uses for what the twin brings along."""
    return [RecordSpec(f"{name}.{domain}", "A", address) for name in ("mirror", "ntp")]


def _object_store(environments: Iterable[Environment], program: str) -> ObjectStoreSpec | None:
    """The first environment's S3 server, with the buckets of all that use it."""
    used = [(environment.backup.s3, row.bucket) for environment in environments for row in table(environment.backup) if environment.backup.s3 and row.bucket]
    if not used:
        return None
    first = used[0][0]
    host, _, port = first.endpoint.partition(":")
    buckets = sorted({bucket for s3, bucket in used if s3.endpoint == first.endpoint})
    return ObjectStoreSpec(program, SERVICE_ADDRESSES.format(OBJECT_STORE), host, int(port or 443), tuple(buckets), first.account)


def _network(site: Site, key: str, bridge: str) -> NetworkSpec:
    network = site.networks[key]
    groups = {v.port_groups.get(key) for v in site.vcenters.values()} - {None}
    return NetworkSpec(key, bridge, str(network.cidr), network.gateway, tuple(sorted(str(g) for g in groups)))


def simulator_spec(site: Site, vcenter: VCenter) -> dict[str, Any]:
    """What vcsim is told of one vCenter, without the account."""
    hosts = [h for h in site.hypervisors.values() if h.vcenter == vcenter.key]
    machines = [m for m in site.machines.values() if m.vcenter == vcenter.key]
    return {
        "name": vcenter.key,
        "version": vcenter.version,
        "datacenter": vcenter.datacenter,
        "folders": _folders(machines),
        "hosts": [host_spec(h) for h in hosts],
        "port_groups": sorted({g for g in vcenter.port_groups.values() if g}),
        "template": {
            "name": vcenter.template,
            "hardware_version": min((h.max_hardware_version for h in hosts), default=13),
            "disk_gb": TEMPLATE_DISK_GB,
            "settings": {"groundwork.template": json.dumps({"os": site.os, "datasource": "VMware"})},
        },
    }


def _folders(machines: Iterable[Machine]) -> list[str]:
    return sorted({m.folder for m in machines if m.folder})


def host_spec(host: Hypervisor) -> dict[str, Any]:
    """What vcsim is told of one ESXi host."""
    return {
        "name": host.hostname,
        "version": host.version,
        "cores": host.cores,
        "memory_mb": host.memory_mb,
        "datastores": dict(host.datastores),
        "max_hardware_version": host.max_hardware_version,
    }
