# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What vCenter is asked to create: the clone's place, size, network, cloud-init data and marker."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._placement.locate import MADE_BY, MARKER, marker_of
from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Entry, HostState, WantedVM

try:
    from pyVmomi import vim
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None

CloudInit = t.Mapping[str, t.Mapping[str, t.Any]]


def marker(entry: Entry, plan_id: str, state: str) -> t.Any:
    """The option by which a later run knows the machine as ours; ``state`` is creating or ready."""
    text = json.dumps({**marker_of(entry.vm), "plan_id": plan_id, "state": state}, sort_keys=True)
    return vim.option.OptionValue(key=MARKER, value=text)


def options(values: t.Mapping[str, str]) -> list[t.Any]:
    """Advanced settings in the API's form."""
    return [vim.option.OptionValue(key=key, value=value) for key, value in values.items()]


def guestinfo(vm: WantedVM, cloud_init: CloudInit) -> dict[str, str]:
    """Data for cloud-init's VMware datasource, the same text for the same input.

    JSON is YAML, so no serializer is needed. Whoever reads the machine in vCenter reads this: no secrets.
    """
    metadata = {"instance-id": f"{vm.env}-{vm.name}", "local-hostname": vm.name, **cloud_init.get("metadata", {})}
    userdata = cloud_init.get("userdata", {})
    parts = {"metadata": json.dumps(metadata, sort_keys=True)}
    if userdata:
        parts["userdata"] = "#cloud-config\n" + json.dumps(userdata, sort_keys=True)
    settings = {}
    for name, text in parts.items():
        packed = gzip.compress(text.encode(), mtime=0)  # no time stamp: deterministic
        settings[f"guestinfo.{name}"] = base64.b64encode(packed).decode()
        settings[f"guestinfo.{name}.encoding"] = "gzip+base64"
    return settings


@dataclass(frozen=True)
class Source:
    """What a clone starts from: the template's ``devices``, and the ``backings`` of network cards by network."""

    devices: t.Sequence[t.Any]
    backings: t.Mapping[str, t.Any]


def clone(vm: WantedVM, host: HostState, datastore: str, source: Source, extra: t.Sequence[t.Any]) -> t.Any:
    """The clone spec: powered off, on exactly this host and datastore, in the host's own root pool, with ``extra`` options."""
    return vim.vm.CloneSpec(
        powerOn=False,
        template=False,
        location=vim.vm.RelocateSpec(host=vim.HostSystem(host.moid), datastore=vim.Datastore(datastore), pool=vim.ResourcePool(host.pool)),
        config=vim.vm.ConfigSpec(
            numCPUs=vm.vcpus,
            memoryMB=vm.memory_mb,
            annotation=f"{vm.env} {vm.role or 'node'} {vm.name}, {MADE_BY}",
            extraConfig=list(extra),
            deviceChange=device_changes(vm, source.devices, source.backings),
        ),
    )


def device_changes(vm: WantedVM, devices: t.Sequence[t.Any], backings: t.Mapping[str, t.Any]) -> list[t.Any]:
    """Grow the template's first disk, put its first card on the first network, and add cards for the others."""
    cards = [device for device in devices if isinstance(device, vim.vm.device.VirtualEthernetCard)]
    changes = disk_change(vm, devices)
    for index, network in enumerate(vm.networks):
        known = index < len(cards)
        card: t.Any = copy.copy(cards[index]) if known else vim.vm.device.VirtualVmxnet3()
        if not known:
            card.key = -1 - index  # negative until vCenter gives it a key of its own
        card.backing = backings[network]
        card.connectable = vim.vm.device.VirtualDevice.ConnectInfo(startConnected=True, connected=True, allowGuestControl=True)
        changes.append(vim.vm.device.VirtualDeviceSpec(operation="edit" if known else "add", device=card))
    return changes


def disk_change(vm: WantedVM, devices: t.Sequence[t.Any]) -> list[t.Any]:
    """Grow the first disk to the wanted size, if it is smaller."""
    disks = [device for device in devices if isinstance(device, vim.vm.device.VirtualDisk)]
    if not disks or disks[0].capacityInKB >= vm.disk_gb << 20:
        return []
    disk: t.Any = copy.copy(disks[0])
    disk.capacityInKB = vm.disk_gb << 20
    disk.capacityInBytes = vm.disk_gb << 30
    return [vim.vm.device.VirtualDeviceSpec(operation="edit", device=disk)]
