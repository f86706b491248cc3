# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter: errors become Ansible's."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.platform.plugins.filter.zone_fragment import FilterModule

FILTER = FilterModule().filters()["zone_fragment"]


def test_records_become_a_zone() -> None:
    assert FILTER([{"name": "a.example.org", "type": "A", "value": "192.0.2.1"}], "example.org").splitlines()[1] == "a  IN  A    192.0.2.1"


@pytest.mark.parametrize("record", [{"name": "a.example.org"}, {"name": "a.example.org", "type": "A", "value": "x"}])
def test_bad_records_are_named(record: dict[str, str]) -> None:
    with pytest.raises(AnsibleFilterError, match="a record needs name, type and an IPv4 address"):
        FILTER([record], "example.org")
