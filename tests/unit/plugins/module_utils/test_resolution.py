# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether records resolve, with resolvers of the test's own."""

from __future__ import annotations

import contextlib

from ansible_collections.groundwork.platform.plugins.module_utils._resolution import PROBE_LABEL, NoAnswer, addresses_of, check_records, name_of

RECORDS = [
    {"name": "a.example.org", "type": "A", "value": "192.0.2.1"},
    {"name": "b.example.org", "type": "A", "value": "192.0.2.2"},
    {"name": "*.example.org", "type": "A", "value": "192.0.2.1"},
]


def test_all_is_well() -> None:
    forward = {"a.example.org": ["192.0.2.1"], "b.example.org": ["192.0.2.2"], f"{PROBE_LABEL}.example.org": ["192.0.2.1"]}
    reverse = {"192.0.2.1": "A.example.org.", "192.0.2.2": "b.example.org"}
    assert check_records(RECORDS, True, lambda name: forward[name], lambda address: reverse[address]) == ([], 5)


def test_each_fault_is_named_with_what_to_do() -> None:
    forward = {"b.example.org": ["192.0.2.9"]}
    reverse = {"192.0.2.2": "x.example.org"}
    problems, checked = check_records(RECORDS, True, lambda name: forward.get(name, []), reverse.get)
    assert checked == 5
    assert problems == [
        "a.example.org does not resolve; create: a.example.org. IN A 192.0.2.1",
        "b.example.org resolves to 192.0.2.9 instead of 192.0.2.2; correct it to: b.example.org. IN A 192.0.2.2",
        "*.example.org does not resolve; create: *.example.org. IN A 192.0.2.1",
        "192.0.2.1 has no name; create: 1.2.0.192.in-addr.arpa. IN PTR a.example.org.",
        "192.0.2.2 is called x.example.org instead of b.example.org; correct it to: 2.2.0.192.in-addr.arpa. IN PTR b.example.org.",
    ]


def test_a_silent_name_server_is_no_missing_record() -> None:
    def silent(asked: str) -> list[str]:
        raise NoAnswer(asked)

    problems, _asked = check_records(RECORDS[:1], True, silent, lambda _address: "a.example.org")
    assert problems == ["a.example.org: no name server answers; see /etc/resolv.conf of this machine, then ask again"]


def test_without_reverse_only_names_are_asked_for() -> None:
    assert check_records(RECORDS[:1], False, lambda _name: ["192.0.2.1"], lambda _address: None) == ([], 1)


def test_the_machines_own_resolver() -> None:
    assert addresses_of("localhost") == ["127.0.0.1"]
    with contextlib.suppress(NoAnswer):  # of a machine without a name server
        assert addresses_of("no-such-name.invalid") == []
    assert name_of("127.0.0.1") is not None
