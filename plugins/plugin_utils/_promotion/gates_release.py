# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates about the release itself: G4 tested, G5 what would be written, G7 whether it is the time for it."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Collection, Mapping, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Rendered, Result
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Verdict, judged, passed
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.windows import Window, next_opening


def g4_tested(results: Sequence[Result], required: Mapping[str, str]) -> Verdict:
    """Each required test (by name, with the release that it has to be of) has passed for that very release, and no result of it failed."""
    faults = []
    for test, release in required.items():
        own = [result.passed for result in results if (result.test, result.release) == (test, release)]
        if not own:
            faults.append(f"{test} has no result for {release}")
        elif not all(own):
            faults.append(f"{test} failed for {release}")
    return judged("G4", faults, f"{len(required)} tests passed for the release", "run them in the source")


def g5_rendered(rendered: Rendered, allowed: Collection[str]) -> Verdict:
    """The target builds and validates, and exactly the announced objects go: one too many is a loss, one too few a surprise later."""
    faults = list(rendered.faults)
    faults += [f"{thing} would be removed, which nobody announced" for thing in sorted(rendered.pruned - set(allowed))]
    faults += [f"{thing} was announced and would not be removed" for thing in sorted(set(allowed) - rendered.pruned)]
    return judged("G5", faults, f"valid, {len(rendered.pruned)} objects go", "correct it, or make allow_prune equal to what goes")


def g7_window(now: datetime.datetime, windows: Sequence[Window], freeze: Sequence[Window], zone: zoneinfo.ZoneInfo) -> Verdict:
    """Open now, or deferred until the next opening."""
    until = next_opening(now, windows, freeze, zone)
    if until == now:
        return passed("G7", "the window is open")
    if until is None:
        return Verdict("G7", "deferred", "no window opens in the next weeks", "look at windows and freeze of the environment")
    return Verdict("G7", "deferred", "the window is closed", f"wait until {until.astimezone(zone):%Y-%m-%d %H:%M %Z}", until)
