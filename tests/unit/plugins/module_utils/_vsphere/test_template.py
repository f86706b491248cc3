# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each way in which a template can differ has a code of its own, and what is as wanted has none."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.template import Expected, Template, judge

EXPECTED = Expected("ubuntu-24.04", ("ubuntu64Guest",), hardware=14, disk_gb=100)
GOOD = Template("ubuntu64Guest", hardware=14, disk_gb=100, cards=1, tools=12345, label={"os": "ubuntu-24.04", "datasource": "VMware"})


def codes(**changes: t.Any) -> list[str]:
    return [problem.code for problem in judge("vcenter-a:/DC/vm/template", dataclasses.replace(GOOD, **changes), EXPECTED)]


def test_as_wanted() -> None:
    assert codes() == []
    assert codes(hardware=13, disk_gb=20, label={}) == [], "older, smaller and silent is fine"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"guest": "otherLinux64Guest"}, "T-GUEST"),
        ({"guest": ""}, "T-GUEST"),
        ({"hardware": 15}, "T-HARDWARE"),
        ({"disk_gb": 101}, "T-DISK"),
        ({"cards": 0}, "T-NETWORK"),
        ({"tools": 0}, "T-TOOLS"),
        ({"label": {"os": "ubuntu-22.04", "datasource": "VMware"}}, "T-OS"),
        ({"label": {"os": "ubuntu-24.04", "datasource": "NoCloud"}}, "T-DATASOURCE"),
        ({"label": {"os": "ubuntu-24.04"}}, "T-DATASOURCE"),
    ],
)
def test_each_difference_has_a_code(changes: dict[str, t.Any], code: str) -> None:
    assert codes(**changes) == [code]


def test_all_at_once() -> None:
    assert codes(guest="", hardware=21, disk_gb=200, cards=0, tools=0, label={"os": "x"}) == [
        *("T-GUEST", "T-HARDWARE", "T-DISK", "T-NETWORK", "T-TOOLS", "T-OS", "T-DATASOURCE"),
    ]
