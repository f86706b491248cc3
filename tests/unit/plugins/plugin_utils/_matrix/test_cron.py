# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules: what cron accepts, and the longest time that nothing is saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix import cron
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("schedule", "gap"),
    [
        ("0 */12 * * *", timedelta(hours=12)),
        ("*/5 * * * *", timedelta(minutes=5)),
        ("5/20 1 * * *", timedelta(hours=23, minutes=20)),
        ("30 2 * * 1-5", timedelta(days=3)),
        ("0 0 1 * *", timedelta(days=31)),
        ("0 0 1 * 1", timedelta(days=7)),
        ("0 6,18 * * *", timedelta(hours=12)),
        ("0 8-18/5 * * *", timedelta(hours=14)),
    ],
)
def test_longest_gap(schedule: str, gap: timedelta) -> None:
    assert cron.longest_gap(schedule) == gap


@pytest.mark.parametrize(
    "schedule", ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "@daily", "x * * * *", "0 0 31 2 *"]
)
def test_no_schedule(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"no schedule|is no|less than twice"):
        cron.longest_gap(schedule)


@given(st.integers(1, 59))
def test_every_so_many_minutes_is_never_rarer_than_that(minutes: int) -> None:
    assert cron.longest_gap(f"*/{minutes} * * * *") <= timedelta(minutes=minutes)
