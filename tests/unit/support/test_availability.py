# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of samples: majorities, servers away at once, gaps, and a prober that saw nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.availability import ELECTION, Call, Read, Report, longest_gap, moments

ALL = frozenset({"a", "b", "c"})


def reads(*rows: str) -> list[Read]:
    """One sample per server and second: ``v`` answers, ``s`` listens but is silent, ``-`` is away. Rows are servers a, b, c."""
    return [
        Read(second + 0.1 * index, name, letter != "-", ALL if letter == "v" else None)
        for index, (name, row) in enumerate(zip("abc", rows, strict=True))
        for second, letter in enumerate(row)
    ]


def report(samples: list[Read], calls: str = "") -> Report:
    end = max([read.at for read in samples] + [len(calls) - 1.0])
    return Report(0, end, tuple(samples), tuple(Call(float(second), letter == "v") for second, letter in enumerate(calls)))


def test_one_after_the_other_keeps_the_majority() -> None:
    seen = report(reads("v---vvvvvvv", "vvvvv---vvv", "vvvvvvvvv--"))
    seen.assert_majority_kept()
    assert min(state.spare for state in seen.moments) == 0
    assert "b away" in seen.time_line()


def test_two_away_at_once_are_told() -> None:
    with pytest.raises(AssertionError, match=r"3\.1 s  1 of 3 voters healthy: a away, b away"):
        report(reads("v---vvv", "vvv--vv", "vvvvvvv")).assert_majority_kept()


def test_two_of_five_away_at_once_are_told_though_the_majority_stays() -> None:
    five = frozenset("abcde")
    rows = [Read(0.1 * index, name, True, five) for index, name in enumerate("abcde")]
    away = [Read(1.0, "a", False), Read(1.1, "b", False)]
    assert all(state.spare >= 0 for state in moments(rows + away))
    with pytest.raises(AssertionError, match="two servers were away at once"):
        Report(0, 1.2, tuple(rows + away), ()).assert_majority_kept()


def test_an_election_is_no_lost_majority_but_a_longer_silence_is() -> None:
    seconds = int(ELECTION)
    report(reads("v" + "s" * (seconds - 1) + "v", "v" + "s" * (seconds - 1) + "v", "v" + "s" * (seconds - 1) + "v")).assert_majority_kept()
    with pytest.raises(AssertionError, match="a silent, b silent"):
        report(reads("v" + "s" * (seconds + 2), "v" + "s" * (seconds + 2), "v" * (seconds + 3))).assert_majority_kept()


def test_a_server_that_no_longer_votes_may_be_away() -> None:
    rows = [*reads("vv", "vv", "vv"), Read(2.0, "a", True, ALL - {"c"}), Read(2.1, "c", False), Read(2.2, "b", False)]
    assert moments(rows)[-1].away == {"b"}


@pytest.mark.parametrize(("calls", "gap"), [("vvvv", 0), ("v-v", 2), ("v--vv-v", 3), ("vv--", 2), ("--v", 2), ("---", 2)])
def test_gaps_are_counted_between_served_requests(calls: str, gap: float) -> None:
    assert report([], calls).longest_gap() == gap


def test_a_prober_that_saw_nothing_proves_nothing() -> None:
    with pytest.raises(AssertionError, match=r"nothing was looked at for 60\.0 s"):
        Report(0, 60, (), ()).assert_majority_kept()
    with pytest.raises(AssertionError, match=r"nothing was looked at for 58\.0 s"):
        Report(0, 60, (), (Call(1, True), Call(2, True))).longest_gap()
    with pytest.raises(AssertionError, match="voters were never seen"):
        Report(0, 1, (Read(0.5, "a", True),), ()).assert_majority_kept()


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from("abc"), st.sampled_from("vs-")), max_size=60))
def test_states_are_consistent(samples: list[tuple[float, str, str]]) -> None:
    rows = [Read(at, name, letter != "-", ALL if letter == "v" else None) for at, name, letter in samples]
    states = moments(rows)
    for state in states:
        assert state.healthy | state.away <= state.voters
        assert not state.healthy & state.away
    assert [state.at for state in states] == sorted(state.at for state in states)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_a_gap_needs_a_failure_and_is_no_longer_than_the_watch(served: list[bool]) -> None:
    calls = [Call(float(second), ok) for second, ok in enumerate(served)]
    gap = longest_gap(calls)
    assert (gap > 0) == (not all(served) and len(served) > 1)
    assert gap <= len(served) - 1
