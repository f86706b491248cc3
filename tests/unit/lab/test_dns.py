# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""The twin's DNS server knows the site's records and nothing else."""

from __future__ import annotations

import pytest

from lab.twin.dns import dnsmasq_config
from lab.twin.spec import RecordSpec


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (RecordSpec("a.example.test", "A", "10.0.0.1"), "host-record=a.example.test,10.0.0.1"),
        (RecordSpec("*.apps.example.test", "A", "10.0.0.2"), "address=/apps.example.test/10.0.0.2"),
        (RecordSpec("b.example.test.", "CNAME", "a.example.test."), "cname=b.example.test,a.example.test"),
        (RecordSpec("10.0.0.1", "PTR", "a.example.test"), "ptr-record=1.0.0.10.in-addr.arpa,a.example.test"),
    ],
)
def test_each_kind_of_record(record: RecordSpec, line: str) -> None:
    assert line in dnsmasq_config(["127.0.0.1"], [record], "example.test").splitlines()


def test_nothing_is_asked_outside() -> None:
    lines = dnsmasq_config(["127.0.0.1"], [], "example.test").splitlines()
    assert {"no-resolv", "no-hosts", "local=/#/"} <= set(lines)
    assert not [line for line in lines if line.startswith("server=")]


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="MX of a"):
        dnsmasq_config([], [RecordSpec("a", "MX", "b")], "example.test")
