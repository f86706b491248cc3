# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Value types: what is read is what was written, and nothing else is accepted."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.values import (
    AddressRange,
    format_numbers,
    parse_address_range,
    parse_name_pattern,
    parse_network,
    parse_numbers,
    parse_ports,
)
from hypothesis import given
from hypothesis import strategies as st

ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address)


@given(st.integers(0, 99_999), st.integers(0, 500))
def test_numbers_round_trip(first: int, more: int) -> None:
    numbers = range(first, first + more + 1)
    assert parse_numbers(format_numbers(numbers)) == numbers


@given(ADDRESSES, ADDRESSES)
def test_address_ranges_round_trip_and_hold_their_ends(one: IPv4Address, two: IPv4Address) -> None:
    first, last = min(one, two), max(one, two)
    found = parse_address_range(f"{first}-{last}")
    assert found == AddressRange(first, last)
    assert parse_address_range(str(found)) == found
    assert first in found
    assert last in found


@given(ADDRESSES, ADDRESSES, ADDRESSES, ADDRESSES)
def test_overlap_is_symmetric_and_means_a_common_address(a: IPv4Address, b: IPv4Address, c: IPv4Address, d: IPv4Address) -> None:
    one, two = AddressRange(min(a, b), max(a, b)), AddressRange(min(c, d), max(c, d))
    assert one.overlaps(two) == two.overlaps(one)
    assert one.overlaps(two) == (max(one.first, two.first) <= min(one.last, two.last))


@pytest.mark.parametrize("value", ["21-", "-21", "23-21", "a", True, None, 2.5, [21]])
def test_numbers_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"neither a number|ends before"):
        parse_numbers(value)


@pytest.mark.parametrize("value", ["192.0.2.1/24", "192.0.2.0", 5, "2001:db8::/32"])
def test_networks_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not an IPv4 network"):
        parse_network(value)


@pytest.mark.parametrize("value", ["6443", "0/tcp", "70000/tcp", "2380-2379/tcp", "22/sctp", 22])
def test_ports_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a port"):
        parse_ports(value)


def test_ports_accepted() -> None:
    assert [parse_ports(port) for port in ("22/tcp", "2379-2380/tcp", "53/udp")] == ["22/tcp", "2379-2380/tcp", "53/udp"]


@pytest.mark.parametrize("value", ["k8s-{envi}-{nr}", "k8s-{nr", 5, "{}"])
def test_name_patterns_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"unknown placeholders|is no pattern|must be a text"):
        parse_name_pattern(value)
