# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a new machine cannot be created where the site wants it (pure). Every reason is given, not only the first."""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import (
    Entry,
    HostEntry,
    HostState,
    Problem,
    Snapshot,
    Target,
    VMState,
    WantedVM,
)


def target_problems(target: Target, snapshot: Snapshot) -> list[Problem]:
    """What is missing in a vCenter before any machine can be created there."""
    place = f"{target.vcenter}"
    if not snapshot.datacenter:
        return [Problem("P-DATACENTER", place, f"has no datacenter {target.datacenter}", "correct the datacenter's name in the matrix")]
    if template_of(target, snapshot) is None:
        return [
            Problem(
                "P-TEMPLATE",
                f"{place}:/{target.datacenter}",
                f"has no template {target.template}",
                "create it there, or correct the template's name in the matrix",
            )
        ]
    return []


def template_of(target: Target, snapshot: Snapshot) -> VMState | None:
    """The template by name; only what is marked as a template counts."""
    for state in snapshot.vms:
        if state.template and state.name == target.template and state.datacenter == target.datacenter:
            return state
    return None


def creation_problems(vm: WantedVM, entry: HostEntry, target: Target, snapshot: Snapshot) -> list[Problem]:
    """Problems of one machine on its own; capacity, which machines share, is judged separately."""
    host = snapshot.hosts.get(entry.hostname.lower())
    if host is None:
        return [Problem("P-HOST", vm.name, f"{target.vcenter} has no host {entry.hostname}{_meant(entry.hostname, snapshot.hosts)}", "correct the matrix")]
    problems = [*_host_problems(vm, host), *_storage_problems(vm, entry, host, snapshot), *_hardware_problems(vm, host, target, snapshot)]
    folder = vm.folder or target.folder
    if folder and folder not in snapshot.folders:
        reason = f"{target.vcenter} has no VM folder {folder}{_meant(folder, snapshot.folders)}"
        problems.append(Problem("P-FOLDER", vm.name, reason, "create the folder, or correct the matrix"))
    for network in vm.networks:
        if network not in host.networks:
            reason = f"host {entry.hostname} has no port group {network}{_meant(network, host.networks)}"
            problems.append(Problem("P-NETWORK", vm.name, reason, "create the port group on that host, or correct the matrix"))
    return problems


def spread_problems(entries: t.Iterable[Entry], hosts: t.Mapping[str, HostEntry]) -> list[Problem]:
    """Servers of one environment in one failure domain, when at least one of them is yet to be created.

    What exists counts where it is wanted: where it differs, the drift says so.
    """
    together: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.vm.role == "server":
            host = hosts[entry.vm.host]
            together.setdefault((entry.vm.env, host.failure_domain or host.hostname), []).append(entry)
    return [
        Problem(
            "P-SPREAD",
            env,
            f"servers {', '.join(entry.vm.name for entry in group)} would share failure domain {domain}",
            "place them on different hosts, or set placement.spread_servers: false and accept the risk",
        )
        for (env, domain), group in sorted(together.items())
        if len(group) > 1 and any(entry.action == "create" for entry in group)
    ]


def _host_problems(vm: WantedVM, host: HostState) -> t.Iterator[Problem]:
    if not host.usable:
        yield Problem("P-HOST-STATE", vm.name, f"host {host.name} is {host.why_unusable}", "bring the host back, then run again")
    if vm.vcpus > host.threads:
        yield Problem("P-CPU", vm.name, f"wants {vm.vcpus} vCPUs, host {host.name} has {host.threads} threads", "make the machine smaller")


def _storage_problems(vm: WantedVM, entry: HostEntry, host: HostState, snapshot: Snapshot) -> t.Iterator[Problem]:
    store = snapshot.datastores.get(vm.datastore)
    if store is None:
        reason = f"{snapshot.vcenter} has no datastore {vm.datastore}{_meant(vm.datastore, snapshot.datastores)}"
        yield Problem("P-DATASTORE", vm.name, reason, "correct the matrix")
    elif vm.datastore not in host.datastores:
        yield Problem("P-DATASTORE-HOST", vm.name, f"datastore {vm.datastore} is not mounted on host {host.name}", "choose one of that host's datastores")
    elif not store.usable:
        yield Problem("P-DATASTORE-STATE", vm.name, f"datastore {vm.datastore} is not accessible or in maintenance", "bring it back, then run again")
    elif entry.datastores and vm.datastore not in entry.datastores:
        yield Problem("P-DATASTORE-ALLOWED", vm.name, f"datastore {vm.datastore} is not among those of {entry.name}", "add it to the host in the matrix")


def _hardware_problems(vm: WantedVM, host: HostState, target: Target, snapshot: Snapshot) -> t.Iterator[Problem]:
    template = template_of(target, snapshot)
    current = template.details.hardware_version if template and template.details else 0
    wanted = vm.hardware_version or current
    if host.max_hardware and wanted > host.max_hardware:
        reason = f"wants vmx-{wanted}, host {host.name} supports up to vmx-{host.max_hardware}"
        yield Problem("P-HARDWARE", vm.name, reason, "lower hardware_version, or use a template with an older one")
    elif current > wanted:
        reason = f"wants vmx-{wanted}, template {target.template} already is vmx-{current}, and hardware is never downgraded"
        yield Problem("P-HARDWARE-TEMPLATE", vm.name, reason, "give that vCenter a template with an older hardware version")
    disk = template.details.disk_gb if template and template.details else 0
    if disk > vm.disk_gb:
        reason = f"wants a disk of {vm.disk_gb} GB, template {target.template} has {disk} GB, and disks are never shrunk"
        yield Problem("P-DISK-TEMPLATE", vm.name, reason, "raise disk_gb, or use a smaller template")


def _meant(name: str, known: t.Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
