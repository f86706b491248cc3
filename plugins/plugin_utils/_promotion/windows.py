# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When an environment may be changed: windows that open by cron, and a freeze that beats them."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Iterator, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cron import runs

#: How far ahead an opening is looked for, in days.
AHEAD = 60
Span = tuple[datetime.datetime, datetime.datetime]


@dataclasses.dataclass(frozen=True)
class Window:
    """Opens by a schedule (cron, local time) and lasts some seconds."""

    schedule: str
    lasts: int


def next_opening(now: datetime.datetime, windows: Sequence[Window], freeze: Sequence[Window], zone: zoneinfo.ZoneInfo) -> datetime.datetime | None:
    """``now`` if it is open, else when it opens next; None if not within AHEAD days. Without windows it is always open but for the freeze."""
    horizon = now + datetime.timedelta(days=AHEAD)
    frozen = _merged(freeze, now, zone)
    index = 0
    for start, end in _merged(windows, now, zone) if windows else [(now, horizon)]:
        moment = max(start, now)
        while index < len(frozen) and frozen[index][1] <= moment:
            index += 1
        if index < len(frozen) and frozen[index][0] <= moment:
            moment = frozen[index][1]
        if moment > horizon:  # Behind it the schedules are not known.
            return None
        if moment < end:
            return moment
    return None


def _merged(windows: Sequence[Window], now: datetime.datetime, zone: zoneinfo.ZoneInfo) -> list[Span]:
    """Spans in order; those that touch are one. An end is outside."""
    merged: list[Span] = []
    for start, end in sorted(span for window in windows for span in _of(window, now, zone)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _of(window: Window, now: datetime.datetime, zone: zoneinfo.ZoneInfo) -> Iterator[Span]:
    """Spans that end after now. Lengths are real time, also over a change of the clock."""
    lasts = datetime.timedelta(seconds=window.lasts)
    first = (now - lasts).astimezone(zone).date()
    for run in runs(window.schedule, first, AHEAD + lasts.days + 2):
        start = run.replace(tzinfo=zone).astimezone(datetime.UTC)
        if start + lasts > now:
            yield start, start + lasts
