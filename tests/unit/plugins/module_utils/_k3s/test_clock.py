# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks: what a look proves about a host's, and when hosts are too far apart. Twins share one clock, so it is tried here."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.filter.k3s_critical_changes import k3s_clock_verdict
from ansible_collections.groundwork.platform.plugins.module_utils._k3s import clock
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(("host", "skew"), [(100.0, 0.0), (101.5, 0.0), (103.0, 1.0), (98.0, -2.0)])
def test_a_slow_answer_proves_less(host: float, skew: float) -> None:
    """Asked at 100 s, answered at 102 s."""
    assert clock.skew(host, 100.0, 102.0) == skew


@given(st.floats(-1e6, 1e6), st.floats(0, 100), st.floats(0, 1))
def test_a_skew_is_never_overstated(true: float, took: float, when: float) -> None:
    measured = clock.skew(1e9 + took * when + true, 1e9, 1e9 + took)
    assert abs(measured) <= abs(true) + 1e-3
    assert measured * true >= -1e-3


def test_clocks_that_agree_are_not_mentioned() -> None:
    assert clock.judge({"node-1": 0.0, "node-2": 0.9, "node-3": None}) == clock.Verdict((), ())
    assert clock.judge({"node-1": None}) == clock.Verdict((), ())


def test_more_than_a_second_is_a_warning() -> None:
    verdict = clock.judge({"node-1": 0.0, "node-2": -1.4})
    assert verdict.problems == ()
    assert verdict.warnings == ("node-2's clock is 1.4 s behind this machine's",)


def test_more_than_k3s_tolerates_is_refused() -> None:
    verdict = clock.judge({"node-1": -1.5, "node-2": 0.0, "node-3": 2.0})
    assert verdict.problems == ("the clocks of node-1 and node-3 are at least 3.5 s apart, K3s tolerates 3 s: see 'chronyc tracking' there",)
    assert len(verdict.warnings) == 2


def test_hosts_that_agree_with_each_other_may_work() -> None:
    """It is this machine's clock that is wrong: told, not refused."""
    verdict = clock.judge({"node-1": 50.0, "node-2": 50.1})
    assert verdict.problems == ()
    assert len(verdict.warnings) == 2


def test_the_filter_gives_lists_that_templates_can_join() -> None:
    verdict = k3s_clock_verdict({"node-1": 0.0, "node-2": 9.0})
    assert len(verdict["problems"] + []) == len(verdict["warnings"] + []) == 1
