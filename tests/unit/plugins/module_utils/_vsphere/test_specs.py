# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What vCenter is asked to create."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import WantedVM
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.specs import device_changes, guestinfo
from hypothesis import given
from hypothesis import strategies as st
from pyVmomi import vim

VM = WantedVM("node-1", "dev", "HOST1", "S1", 8, 32768, 200, ("LAN",))
BACKINGS = {name: vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=name) for name in ("LAN", "DMZ", "BACKUP")}
TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)


def unpacked(options: dict[str, str], key: str) -> str:
    return gzip.decompress(base64.b64decode(options[key])).decode()


@given(TEXTS, TEXTS)
def test_cloud_init_data_survives_and_equal_input_makes_equal_bytes(metadata: dict[str, str], userdata: dict[str, str]) -> None:
    options = guestinfo(VM, {"metadata": metadata, "userdata": userdata})
    backwards = {key: dict(reversed(value.items())) for key, value in {"metadata": metadata, "userdata": userdata}.items()}
    assert options == guestinfo(VM, backwards)
    assert json.loads(unpacked(options, "guestinfo.metadata")) == {"instance-id": "dev-node-1", "local-hostname": "node-1", **metadata}
    if userdata:
        first, _newline, rest = unpacked(options, "guestinfo.userdata").partition("\n")
        assert first == "#cloud-config"
        assert json.loads(rest) == userdata


def disk(gb: int) -> Any:
    return vim.vm.device.VirtualDisk(key=2000, capacityInKB=gb << 20)


def card() -> Any:
    return vim.vm.device.VirtualVmxnet3(key=4000, macAddress="00:50:56:80:00:01")


def test_the_disk_grows_and_never_shrinks() -> None:
    grown = device_changes(VM, [disk(20)], BACKINGS)[0]
    assert (grown.operation, grown.device.key, grown.device.capacityInKB >> 20) == ("edit", 2000, 200)
    assert [change for change in device_changes(VM, [disk(300), card()], BACKINGS) if isinstance(change.device, vim.vm.device.VirtualDisk)] == []


def test_the_templates_devices_stay_as_they_are() -> None:
    original = [disk(20), card()]
    device_changes(VM, original, BACKINGS)
    assert original[0].capacityInKB >> 20 == 20
    assert original[1].backing is None


def test_the_first_card_is_moved_and_others_are_added_with_keys_of_their_own() -> None:
    vm = WantedVM("node-1", "dev", "HOST1", "S1", 8, 32768, 20, ("LAN", "DMZ", "BACKUP"))
    changes = device_changes(vm, [disk(20), card()], BACKINGS)
    assert [(change.operation, change.device.backing.deviceName) for change in changes] == [("edit", "LAN"), ("add", "DMZ"), ("add", "BACKUP")]
    assert changes[0].device.key == 4000
    assert len({change.device.key for change in changes}) == 3
    assert all(change.device.connectable.startConnected for change in changes)
