# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate ends first, when to warn, and when to fail."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import expiry
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.certificates import Certificate

NOW = 1_000_000_000.0


def ends_in(days: float, path: str = "/x") -> Certificate:
    return Certificate(path, "CN=x", "1", 0, NOW + days * 86400)


def test_the_first_to_end_of_each_place() -> None:
    found = expiry.report({"b": [ends_in(300, "/late"), ends_in(200, "/soon")], "a": [ends_in(121)]}, NOW)
    assert found == expiry.Report({"a": "/x ends in 121 days", "b": "/soon ends in 200 days"}, (), ())


def test_below_120_days_is_a_warning_and_ended_a_problem() -> None:
    assert expiry.report({"a": [ends_in(120)]}, NOW).warnings == ()
    warned = expiry.report({"a": [ends_in(119.5)]}, NOW)
    assert "ends in 119 days; K3s renews it" in warned.warnings[0]
    assert warned.problems == ()
    ended = expiry.report({"a": [ends_in(-3, "/gone"), ends_in(5)]}, NOW)
    assert ended.problems == ("a: /gone (CN=x) ended 3 days ago",)
    assert ended.warnings == ()


def test_nothing_readable_is_told() -> None:
    found = expiry.report({"a": None, "b": []}, NOW)
    assert [line.partition(":")[0] for line in found.warnings] == ["a", "b"]
    assert "openssl" in found.warnings[0]
