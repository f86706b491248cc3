# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""What a hypervisor hands to a guest."""

from __future__ import annotations

import base64
import shlex

from hypothesis import given
from hypothesis import strategies as st

from lab.twin.guest import guestinfo_environment, memory_view


def read(environment: str) -> dict[str, str]:
    """Variables as systemd's EnvironmentFile= would read these lines."""
    return dict(line.split("=", 1) for line in environment.splitlines())


@given(st.text())
def test_any_plain_guestinfo_text_survives_the_environment_file(text: str) -> None:
    values = read(guestinfo_environment({"guestinfo.metadata": text}))
    if text:
        assert base64.b64decode(values["VMX_GUESTINFO_METADATA"]).decode() == text
        assert values["VMX_GUESTINFO_METADATA_ENCODING"] == "base64"
        assert shlex.split(values["VMX_GUESTINFO_METADATA"]) == [values["VMX_GUESTINFO_METADATA"]]
    else:
        assert values == {"VMX_GUESTINFO": "1"}


def test_encoded_guestinfo_goes_through_as_it_is() -> None:
    values = read(guestinfo_environment({"userdata": "H4sIAAAA", "userdata.encoding": "gzip+base64"}))
    assert values["VMX_GUESTINFO_USERDATA"] == "H4sIAAAA"
    assert values["VMX_GUESTINFO_USERDATA_ENCODING"] == "gzip+base64"


def test_a_guest_sees_the_memory_of_its_vm_and_no_swap() -> None:
    machine = "MemTotal: 16000 kB\nMemFree: 1 kB\nMemAvailable: 2 kB\nCached: 5 kB\nSwapTotal: 777 kB\nSwapFree: 777 kB\nHugePages_Total: 0\n"
    own = {line.split(":")[0]: int(line.split()[1]) for line in memory_view(machine, 2048).splitlines()}
    assert own["MemTotal"] == 2048 * 1024
    assert own["SwapTotal"] == own["SwapFree"] == 0
    assert 0 < own["MemFree"] < own["MemAvailable"] < own["MemTotal"]
