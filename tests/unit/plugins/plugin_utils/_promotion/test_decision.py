# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From verdicts to a decision, and from schedules to openings."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import NEVER_WAIVED, State, Verdict, decide
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.windows import AHEAD, Window, next_opening
from hypothesis import example, given
from hypothesis import strategies as st

UTC = zoneinfo.ZoneInfo("UTC")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
LATER = NOW + datetime.timedelta(hours=3)
GATES = [f"G{number}" for number in range(10)]
STATES: st.SearchStrategy[State] = st.sampled_from(["pass", "fail", "deferred"])
TIMES = st.integers(0, 2 * 365 * 86400).map(lambda seconds: NOW + datetime.timedelta(seconds=seconds))
WINDOWS = st.lists(st.builds(Window, st.sampled_from(["0 8 * * *", "30 22 * * 5", "*/7 * * * *", "0 0 1 * *"]), st.sampled_from([60, 3600, 86400])), max_size=2)


@given(st.dictionaries(st.sampled_from(GATES), STATES), st.dictionaries(st.sampled_from(GATES), st.sampled_from(["", "  ", "we must"])))
def test_go_needs_every_gate_and_waivers_need_a_reason(states: dict[str, State], waivers: dict[str, str]) -> None:
    verdicts = [Verdict(gate, state, "seen", until=LATER if state == "deferred" else None) for gate, state in states.items()]
    decision = decide(verdicts, waivers)
    closed = {gate: state for gate, state in states.items() if state != "pass" and (gate in NEVER_WAIVED or not waivers.get(gate, "").strip())}
    wanted = "stop" if "fail" in closed.values() else "deferred" if closed else "go"
    assert decision.state == wanted
    assert [verdict.gate for verdict in decision.verdicts] == list(states)
    assert {verdict.gate for verdict in decision.verdicts if verdict.state == "waived"} == {
        gate for gate, state in states.items() if state != "pass" and gate not in closed
    }
    assert all("we must" in verdict.evidence for verdict in decision.verdicts if verdict.state == "waived")


@pytest.mark.parametrize(
    ("untils", "expected"), [([LATER, None], None), ([LATER, LATER + datetime.timedelta(hours=1)], LATER + datetime.timedelta(hours=1)), ([LATER], LATER)]
)
def test_a_deferred_decision_opens_with_its_last_gate(untils: list[datetime.datetime | None], expected: datetime.datetime | None) -> None:
    decision = decide([Verdict("G3", "deferred", "seen", until=until) for until in untils], {})
    assert (decision.state, decision.until) == ("deferred", expected)


@pytest.mark.parametrize(
    ("now", "window", "expected"),
    [
        # Local time: 08:00 in Berlin is 07:00 UTC in winter and 06:00 in summer.
        (datetime.datetime(2026, 1, 5, 3, tzinfo=datetime.UTC), Window("0 8 * * *", 3600), datetime.datetime(2026, 1, 5, 7, tzinfo=datetime.UTC)),
        (datetime.datetime(2026, 7, 5, 3, tzinfo=datetime.UTC), Window("0 8 * * *", 3600), datetime.datetime(2026, 7, 5, 6, tzinfo=datetime.UTC)),
        # A window that began yesterday is still open, and its end is outside.
        (datetime.datetime(2026, 1, 5, 0, 59, tzinfo=datetime.UTC), Window("0 23 * * *", 3 * 3600), datetime.datetime(2026, 1, 5, 0, 59, tzinfo=datetime.UTC)),
        (datetime.datetime(2026, 1, 5, 1, 0, tzinfo=datetime.UTC), Window("0 23 * * *", 3 * 3600), datetime.datetime(2026, 1, 5, 22, tzinfo=datetime.UTC)),
        # Too far away.
        (datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC), Window("0 0 1 12 *", 3600), None),
    ],
)
def test_openings_in_local_time(now: datetime.datetime, window: Window, expected: datetime.datetime | None) -> None:
    assert next_opening(now, [window], [], BERLIN) == expected


@given(TIMES, WINDOWS, WINDOWS)
@example(NOW, [Window("0 8 * * *", 86400)], [Window("*/7 * * * *", 3600)])  # Always frozen, and the windows are known for longer than the freeze.
def test_an_opening_is_open_and_deny_beats_allow(now: datetime.datetime, windows: list[Window], freeze: list[Window]) -> None:
    found = next_opening(now, windows, freeze, UTC)
    if found is not None:
        assert now <= found <= now + datetime.timedelta(days=AHEAD)
        assert next_opening(found, windows, freeze, UTC) == found
        assert not freeze or next_opening(found, freeze, [], UTC) != found
        assert not windows or next_opening(found, windows, [], UTC) == found
