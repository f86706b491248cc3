# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The member list as etcd sends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import etcd


def number(value: int) -> bytes:
    head, rest = value & 0x7F, value >> 7
    return bytes([head | 0x80]) + number(rest) if rest else bytes([head])


def text(field: int, value: bytes) -> bytes:
    return number(field << 3 | 2) + number(len(value)) + value


def member(name: str, learner: bool = False) -> bytes:
    """ID, name, one peer and one client URL, and isLearner, which proto3 leaves out when false."""
    urls = text(3, b"https://192.0.2.1:2380") + text(4, b"https://192.0.2.1:2379")
    return number(1 << 3) + number(0xBEEF_0000_0000_0001) + text(2, name.encode()) + urls + (number(5 << 3) + b"\x01" if learner else b"")


def answer(*members: bytes) -> bytes:
    """Header (cluster id), then the members, with gRPC's prefix."""
    message = text(1, number(1 << 3) + number(7)) + b"".join(text(2, each) for each in members)
    return b"\x00" + len(message).to_bytes(4) + message


def test_learners_do_not_vote() -> None:
    assert etcd.voters(answer(member("node-1-3325a40b"), member("node-2-a2be8af2", learner=True))) == frozenset({"node-1"})


def test_no_message_is_a_refusal() -> None:
    assert etcd.voters(b"") is None


@pytest.mark.parametrize("body", [b"Unauthorized", answer(member("a-1"))[:-1], b"\x01" + answer()[1:], b"\x00\x00\x00\x00\x01\x80"])
def test_what_is_no_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"message|number"):
        etcd.voters(body)


@given(st.dictionaries(st.from_regex(r"\A[a-z]([a-z0-9-]{0,60}[a-z0-9])?\Z"), st.booleans(), max_size=7))
def test_every_voter_is_found(members: dict[str, bool]) -> None:
    found = etcd.voters(answer(*(member(f"{name}-0123abcd", learner) for name, learner in members.items())))
    assert found == frozenset(name for name, learner in members.items() if not learner)


@given(st.binary(max_size=80))
def test_garbage_ends_in_an_error_or_an_answer(message: bytes) -> None:
    try:
        found = etcd.voters(b"\x00" + len(message).to_bytes(4) + message)
    except ValueError:
        return
    assert found is not None
