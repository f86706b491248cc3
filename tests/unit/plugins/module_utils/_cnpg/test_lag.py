# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a replica may be behind when it takes over."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import lag

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("answer", "lags"),
    [
        ("", {}),
        ("a-2|streaming|0\na-3|streaming|4096", {"a-2": 0, "a-3": 4096}),
        ("a-2|catchup|0", {}),
        ("a-2|streaming|", {}),
        ("a-2|backup|0\na-3|streaming|7", {"a-3": 7}),
        # Both places are not read at the same moment.
        ("a-2|streaming|-96", {"a-2": -96}),
        ("nonsense", {}),
    ],
)
def test_what_the_primary_answers(answer: str, lags: dict[str, int]) -> None:
    """Only who streams counts."""
    assert lag.behind(answer) == lags


@pytest.mark.parametrize(
    ("target", "lags", "most", "words"),
    [
        ("a-2", {"a-2": 0}, 0, ""),
        ("a-2", {"a-2": 16 * MIB}, 16, ""),
        ("a-2", {"a-2": 16 * MIB + 1}, 16, "16 MiB of WAL behind"),
        ("a-2", {"a-2": 300 * MIB}, 16, "300 MiB of WAL behind, and 16 MiB"),
        ("a-2", {"a-2": 300 * MIB}, 300, ""),
        ("a-2", {"a-3": 0}, 16, "does not stream"),
        ("a-2", {}, 16, "does not stream"),
    ],
)
def test_who_may_take_over(target: str, lags: dict[str, int], most: int, words: str) -> None:
    """The bound itself is allowed; who does not stream never is."""
    assert [words in problem.reason for problem in lag.problems(target, lags, most)] == ([True] if words else [])


@pytest.mark.parametrize(
    ("names", "lags", "chosen"),
    [
        (("a-2", "a-3"), {"a-2": 9, "a-3": 3}, "a-3"),
        (("a-2", "a-3"), {"a-2": 3, "a-3": 3}, "a-2"),
        (("a-2", "a-3"), {"a-3": 10**12}, "a-3"),
        (("a-2", "a-3"), {}, "a-2"),
        ((), {"a-2": 0}, ""),
    ],
)
def test_the_nearest(names: t.Sequence[str], lags: dict[str, int], chosen: str) -> None:
    """Whoever streams before whoever does not."""
    assert lag.nearest(names, lags) == chosen
