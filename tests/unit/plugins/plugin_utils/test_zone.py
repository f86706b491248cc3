# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zone fragments."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._zone import zone_fragment

RECORDS = [
    {"name": "k8s-dev-21.example.org", "type": "A", "value": "192.0.2.21"},
    {"name": "alias.example.org", "type": "A", "value": "192.0.2.21"},
    {"name": "*.example.org", "type": "A", "value": "192.0.2.100"},
    {"name": "other.example.net", "type": "A", "value": "198.51.100.7"},
]


def test_forward_and_reverse() -> None:
    lines = [line.split() for line in zone_fragment(RECORDS, "example.org").splitlines()]
    assert lines == [
        ["$ORIGIN", "example.org."],
        ["k8s-dev-21", "IN", "A", "192.0.2.21"],
        ["alias", "IN", "A", "192.0.2.21"],
        ["*", "IN", "A", "192.0.2.100"],
        ["other.example.net.", "IN", "A", "198.51.100.7"],
        [],
        ["$ORIGIN", "2.0.192.in-addr.arpa."],
        ["21", "IN", "PTR", "k8s-dev-21.example.org."],
        [],
        ["$ORIGIN", "100.51.198.in-addr.arpa."],
        ["7", "IN", "PTR", "other.example.net."],
    ]


def test_nothing_gives_an_empty_zone() -> None:
    assert zone_fragment([], "example.org") == "$ORIGIN example.org.\n"


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not permitted|Expected 4"):
        zone_fragment([{"name": "a.example.org", "type": "A", "value": "nowhere"}], "example.org")
