# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a machine cannot be on a host, whatever else is there (pure). Every reason is given, not only the first."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.codes import Refusal
from ansible_collections.groundwork.platform.plugins.module_utils._placement.estate import Estate
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import HostEntry, HostState, Snapshot, WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._placement.natural import meant


def refusals(estate: Estate, vm: WantedVM, entry: HostEntry) -> list[Refusal]:
    """Breaches of the constraints that no other machine has a part in; what machines share is judged by capacity."""
    reasons = [*_unseen(estate, entry), *named(vm, entry)]
    host = estate.state(entry)
    snapshot = estate.snapshots.get(entry.vcenter)
    if snapshot is None:
        return reasons
    if not snapshot.datacenter:
        name = estate.targets[entry.vcenter].datacenter
        return [*reasons, Refusal("C12", f"{entry.vcenter} has no datacenter {name}", "correct the datacenter's name in the matrix")]
    if host is None:
        missing = f"{entry.vcenter} has no host {entry.hostname}{meant(entry.hostname, snapshot.hosts)}"
        return [*reasons, Refusal("C1", missing, "correct the host's name in the matrix")]
    reasons += [*_host(entry, host), *_threads(vm, host), *stores(vm, entry, host, snapshot)[1]]
    return [*reasons, *_hardware(estate, vm, entry, host), *_networks(vm, entry, host), *_source(estate, vm, entry)]


def _unseen(estate: Estate, entry: HostEntry) -> t.Iterator[Refusal]:
    remedy = "bring the vCenter back, then run again"
    if entry.vcenter not in estate.targets:
        yield Refusal("C2", f"{entry.vcenter}, the vCenter of {entry.name}, is not given", "add it to the vCenters")
    for name in estate.unseen:
        if name == entry.vcenter:
            yield Refusal("C2", f"{name} cannot be read: what {entry.hostname} holds is unknown", remedy)
        else:
            yield Refusal("C2", f"{name} cannot be read: a machine of this name, or another server of its environment, may be there", remedy)


def _host(entry: HostEntry, host: HostState) -> t.Iterator[Refusal]:
    if not entry.enabled:
        yield Refusal("C1", f"{entry.hostname} is disabled", "enable the host in the matrix")
    if not host.usable:
        yield Refusal("C1", f"{entry.hostname} is {host.why_unusable}", "bring the host back, then run again")


def _threads(vm: WantedVM, host: HostState) -> t.Iterator[Refusal]:
    if vm.vcpus > host.threads:
        yield Refusal("C4", f"wants {vm.vcpus} vCPUs, {host.name} has {host.threads} threads", "make the machine smaller")


def stores(vm: WantedVM, entry: HostEntry, host: HostState, snapshot: Snapshot) -> tuple[list[str], list[Refusal]]:
    """Datastores of a host that the machine may be on, by name; if there is none, why each of them is out."""
    candidates = [vm.datastore] if vm.datastore else sorted(entry.datastores or host.datastores)
    fit: list[str] = []
    reasons: list[Refusal] = []
    for name in candidates:
        reason = _store(name, entry, host, snapshot)
        if reason is None:
            fit.append(name)
        else:
            reasons.append(reason)
    if not candidates:
        reasons.append(Refusal("C7", f"{host.name} has no datastore", "mount one on the host"))
    return fit, [] if fit else reasons


def _store(name: str, entry: HostEntry, host: HostState, snapshot: Snapshot) -> Refusal | None:
    store = snapshot.datastores.get(name)
    if store is None:
        return Refusal("C7", f"{snapshot.vcenter} has no datastore {name}{meant(name, snapshot.datastores)}", "correct the datastore's name in the matrix")
    if name not in host.datastores:
        return Refusal("C7", f"datastore {name} is not mounted on {host.name}", "choose one of that host's datastores")
    if name in host.read_only:
        return Refusal("C7", f"datastore {name} cannot be written to from {host.name}", "mount it there for reading and writing, or choose another")
    if not store.usable:
        return Refusal("C7", f"datastore {name} is not accessible or in maintenance", "bring it back, then run again")
    if entry.datastores and name not in entry.datastores:
        return Refusal("C7", f"datastore {name} is not among those of {entry.name}", "add it to the host in the matrix")
    return None


def _hardware(estate: Estate, vm: WantedVM, entry: HostEntry, host: HostState) -> t.Iterator[Refusal]:
    template = estate.template(entry.vcenter)
    current = template.details.hardware_version if template and template.details else 0
    wanted = vm.hardware_version or current
    if host.max_hardware and wanted > host.max_hardware:
        reason = f"wants vmx-{wanted}, {host.name} runs up to vmx-{host.max_hardware}"
        yield Refusal("C8", reason, "lower hardware_version, or use a template with an older one")
    if current > wanted:
        reason = f"wants vmx-{wanted}, {entry.vcenter}'s template is vmx-{current} already, and hardware is never downgraded"
        yield Refusal("C8", reason, "give that vCenter a template with an older hardware version")


def _networks(vm: WantedVM, entry: HostEntry, host: HostState) -> t.Iterator[Refusal]:
    for network in vm.networks:
        if network not in host.networks:
            reason = f"{entry.hostname} has no port group {network}{meant(network, host.networks)}"
            yield Refusal("C9", reason, "create the port group on that host, or correct the matrix")


def named(vm: WantedVM, entry: HostEntry) -> t.Iterator[Refusal]:
    """C10: what the site says about this host by name."""
    if vm.host and vm.host != entry.name:
        yield Refusal("C10", f"is pinned to {vm.host}", "remove the pin")
    elif vm.allow and entry.name not in vm.allow:
        yield Refusal("C10", f"is allowed on {', '.join(sorted(vm.allow))} only", f"allow {entry.name}")
    if entry.name in vm.deny:
        yield Refusal("C10", f"is denied on {entry.name}", f"do not deny {entry.name}")


def _source(estate: Estate, vm: WantedVM, entry: HostEntry) -> t.Iterator[Refusal]:
    target = estate.targets[entry.vcenter]
    template = estate.template(entry.vcenter)
    if template is None:
        reason = f"{target.vcenter}:/{target.datacenter} has no template {target.template}"
        yield Refusal("C12", reason, "create it there, or correct the template's name in the matrix")
    elif template.details and template.details.disk_gb > vm.disk_gb:
        reason = f"wants a disk of {vm.disk_gb} GB, {target.vcenter}'s template has {template.details.disk_gb} GB, and disks are never shrunk"
        yield Refusal("C12", reason, "raise disk_gb, or use a smaller template")
