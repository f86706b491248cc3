# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules in the five fields of cron, as K3s reads them (github.com/robfig/cron, ParseStandard), and how long they leave open."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator

FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 6))
#: Long enough for every schedule but one of 29 February only.
DAYS = 400
#: Any day; every gap is looked for from here on.
START = datetime.date(2026, 1, 1)


def parse(text: str) -> tuple[frozenset[int], ...]:
    """The values of the five fields; raises ValueError."""
    parts = text.split()
    if len(parts) != len(FIELDS):
        raise ValueError(f"{text!r} is no schedule of five fields (minute hour day month weekday) such as '0 */6 * * *'")
    return tuple(frozenset(_values(part, *field)) for part, field in zip(parts, FIELDS, strict=True))


def longest_gap(text: str) -> datetime.timedelta:
    """The longest time between two runs that follow each other; raises ValueError for a schedule that never comes or is none."""
    times = list(runs(text, START, DAYS))
    if len(times) < 2:
        raise ValueError(f"{text!r} comes less than twice in {DAYS} days")
    return max(later - earlier for earlier, later in itertools.pairwise(times))


def runs(text: str, first: datetime.date, count: int) -> Iterator[datetime.datetime]:
    """Every run on so many days, in local time without a zone; raises ValueError."""
    minutes, hours, days, months, weekdays = parse(text)
    fields = text.split()
    # Cron's oldest trap: when both days are given, either will do.
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    for offset in range(count):
        day = first + datetime.timedelta(days=offset)
        of_month, of_week = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month in months and (of_month or of_week if either else of_month and of_week):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    yield datetime.datetime.combine(day, datetime.time(hour, minute))


def _values(part: str, name: str, lowest: int, highest: int) -> Iterator[int]:
    for item in part.split(","):
        span, _slash, step = item.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            first, last = str(lowest), str(highest)
        elif not dash:
            last = str(highest) if step else first
        if not (first.isdigit() and last.isdigit() and (step or "1").isdigit() and int(step or 1) > 0 and lowest <= int(first) <= int(last) <= highest):
            raise ValueError(f"{item!r} is no {name} from {lowest} to {highest}")
        yield from range(int(first), int(last) + 1, int(step or 1))
