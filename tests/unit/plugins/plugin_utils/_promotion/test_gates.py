# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Truth tables of the gates: one open state each, and everything that closes it."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_cluster import g2_proven, g3_soak, g6_drift, g9_data
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_git import g0_clean, g1_chain, g8_authority
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.gates_release import g4_tested, g5_rendered, g7_window
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import (
    Alert,
    Application,
    Authority,
    Clone,
    Database,
    Drift,
    Rendered,
    Result,
)
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.windows import Window

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
CLONE = Clone(clean=True, branch="main", ahead=0, behind=0)
RELEASE = "0123456789abcdef"
ORDER = ("dev", "test", "prod")


def ago(seconds: int) -> datetime.datetime:
    return NOW - datetime.timedelta(seconds=seconds)


APPLICATION = Application("traefik", "Synced", "Healthy", RELEASE, ago(10), ago(7200), ago(7000))
DATABASE = Database("odoo", healthy=True, archiving=True, backed_up_at=ago(3600), verified_at=ago(60))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"clean": False}, "not committed"),
        ({"branch": "fix"}, "on fix, not on main"),
        ({"ahead": 1}, "1 commits ahead"),
        ({"behind": 2}, "2 commits behind"),
        ({"locked_by": "anna"}, "anna promotes at the same time"),
    ],
)
def test_g0_clean(change: dict[str, Any], said: str | None) -> None:
    check(g0_clean(dataclasses.replace(CLONE, **change), "main"), said)


@pytest.mark.parametrize("source", [*ORDER, "stage"])
@pytest.mark.parametrize("target", [*ORDER, "stage"])
def test_g1_only_the_next_environment(source: str, target: str) -> None:
    verdict = g1_chain(ORDER, source, target, {}, [RELEASE], "a very good reason")
    assert (verdict.state == "pass") == ((source, target) in {("dev", "test"), ("test", "prod")})


@pytest.mark.parametrize(("reason", "said"), [("", "it lost data"), ("  ", "it lost data"), ("repaired in 1.2", None)])
def test_g1_a_release_that_was_taken_back_needs_a_reason(reason: str, said: str | None) -> None:
    check(g1_chain(ORDER, "dev", "test", {RELEASE: "it lost data"}, [RELEASE], reason), said)
    check(g1_chain(ORDER, "dev", "test", {"another": "it lost data"}, [RELEASE], reason), None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, None),
        ({"sync": "OutOfSync"}, "is OutOfSync"),
        ({"sync": "Unknown"}, "is Unknown"),
        ({"health": "Progressing"}, "is Progressing"),
        ({"health": "Degraded"}, "is Degraded"),
        ({"health": "Missing"}, "is Missing"),
        ({"running": True}, "an operation is running"),
        ({"errors": ("ComparisonError: no such chart",)}, "no such chart"),
        ({"release": None}, "runs release unknown"),
        ({"release": "fedcba9876543210"}, "runs release fedcba9876543210"),
        ({"reconciled_at": None}, "has never been looked at"),
        ({"reconciled_at": ago(301)}, "301 s ago"),
        ({"reconciled_at": ago(300)}, None),
        ({"reconciled_at": ago(-5)}, None),
        ({"reconciled_at": ago(-6)}, "a clock is ahead"),
        ({"name": "other"}, "traefik is not in the source"),
    ],
)
def test_g2_proven(change: dict[str, Any], said: str | None) -> None:
    check(g2_proven([dataclasses.replace(APPLICATION, **change)], {"traefik": RELEASE}, NOW, 300), said)


@pytest.mark.parametrize(
    ("deployed", "healthy", "state"),
    [
        (3600, 3600, "pass"),
        (7200, 3599, "deferred"),
        (3599, 7200, "deferred"),
        (0, 0, "deferred"),
        (-5, 7200, "deferred"),
        (-6, 7200, "fail"),
        (None, 7200, "fail"),
        (7200, None, "fail"),
    ],
)
def test_g3_soak_counts_from_the_later_of_both(deployed: int | None, healthy: int | None, state: str) -> None:
    times = [None if seconds is None else ago(seconds) for seconds in (deployed, healthy)]
    verdict = g3_soak([APPLICATION, dataclasses.replace(APPLICATION, deployed_at=times[0], healthy_since=times[1])], {}, [], NOW, 3600)
    assert verdict.state == state
    if verdict.state == "deferred":
        assert verdict.until == max(moment for moment in times if moment) + datetime.timedelta(hours=1)


@pytest.mark.parametrize(
    ("arrived", "state", "evidence"),
    [
        ({}, "pass", "7000 s without a critical alert, 3600 s are wanted (by Argo CD's times alone for 2 of 2 components,"),
        ({"traefik": ago(3600)}, "pass", "3600 s without a critical alert, 3600 s are wanted (by Argo CD's times alone for 1 of 2 components,"),
        ({"traefik": ago(3600), "web": ago(8000)}, "pass", "3600 s without a critical alert, 3600 s are wanted"),
        ({"traefik": ago(3599), "web": ago(8000)}, "deferred", "3599 of 3600 s"),
        ({"traefik": ago(9000), "web": ago(8000)}, "pass", "7000 s without a critical alert, 3600 s are wanted"),
        ({"other": ago(10)}, "pass", "7000 s without a critical alert, 3600 s are wanted (by Argo CD's times alone for 2 of 2 components,"),
        ({"traefik": ago(-6)}, "fail", "the release runs since a time in the future: a clock is ahead"),
    ],
)
def test_g3_counts_from_when_a_promotion_had_become_live(arrived: dict[str, datetime.datetime], state: str, evidence: str) -> None:
    verdict = g3_soak([APPLICATION, dataclasses.replace(APPLICATION, name="web")], arrived, [], NOW, 3600)
    assert verdict.state == state
    assert verdict.evidence == evidence if not evidence.endswith(",") else verdict.evidence.startswith(evidence)


@pytest.mark.parametrize(("severity", "seconds", "said"), [("critical", 3599, "Down"), ("critical", 3600, None), ("warning", 1, None), ("critical", 0, "Down")])
def test_g3_alerts(severity: str, seconds: int, said: str | None) -> None:
    check(g3_soak([APPLICATION], {}, [Alert("Down", severity, ago(seconds))], NOW, 3600), said)


def test_g3_of_nothing_is_not_open() -> None:
    assert g3_soak([], {}, [], NOW, 0).state == "fail"


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([Result("smoke", RELEASE, passed=True)], None),
        ([], "smoke has no result"),
        ([Result("smoke", "another", passed=True)], "smoke has no result"),
        ([Result("http", RELEASE, passed=True)], "smoke has no result"),
        ([Result("smoke", RELEASE, passed=False)], "smoke failed"),
        ([Result("smoke", RELEASE, passed=True), Result("smoke", RELEASE, passed=False)], "smoke failed"),
    ],
)
def test_g4_tested(results: list[Result], said: str | None) -> None:
    check(g4_tested(results, {"smoke": RELEASE}), said)


@pytest.mark.parametrize(
    ("faults", "pruned", "allowed", "said"),
    [
        ((), set(), set(), None),
        ((), {"Service/a"}, {"Service/a"}, None),
        ((), {"Service/a"}, set(), "Service/a would be removed, which nobody announced"),
        ((), set(), {"Service/a"}, "Service/a was announced and would not be removed"),
        (("a Secret stands here in plain text",), set(), set(), "plain text"),
    ],
)
def test_g5_rendered(faults: tuple[str, ...], pruned: set[str], allowed: set[str], said: str | None) -> None:
    check(g5_rendered(Rendered(faults, frozenset(pruned)), allowed), said)


@pytest.mark.parametrize(("drifts", "said"), [([], None), ([Drift("Deployment/a", "-1\n+2")], "Deployment/a was changed by hand:\n-1\n+2")])
def test_g6_drift(drifts: list[Drift], said: str | None) -> None:
    check(g6_drift(drifts), said)


@pytest.mark.parametrize(
    ("windows", "freeze", "state", "until"),
    [
        ([], [], "pass", None),
        ([Window("0 8 * * *", 8 * 3600)], [], "pass", None),
        ([Window("0 20 * * *", 3600)], [], "deferred", NOW.replace(hour=20)),
        ([Window("0 8 * * *", 8 * 3600)], [Window("0 11 * * *", 2 * 3600)], "deferred", NOW.replace(hour=13)),
        ([], [Window("0 0 * * *", 86400)], "deferred", None),
    ],
)
def test_g7_window(windows: list[Window], freeze: list[Window], state: str, until: datetime.datetime | None) -> None:
    verdict = g7_window(NOW, windows, freeze, zoneinfo.ZoneInfo("UTC"))
    assert (verdict.state, verdict.until) == (state, until)


@pytest.mark.parametrize(
    ("actor", "signer", "approvers", "approvals", "signed", "state", "said"),
    [
        ("anna", "anna", {"ben"}, 1, True, "pass", "1 of 1 approvals by others: ben"),
        ("anna", "ben", set(), 0, True, "pass", "asked by anna"),
        ("anna", "anna", {"anna"}, 1, True, "deferred", "0 of 1 approvals by others: nobody yet"),
        ("anna", "anna", {"mallory"}, 1, True, "deferred", "0 of 1 approvals"),
        ("anna", "anna", {"ben"}, 2, True, "deferred", "1 of 2 approvals"),
        ("anna", "a signer of dev", {"ben"}, 1, True, "pass", "1 of 1 approvals"),
        ("anna", None, {"ben"}, 1, True, "fail", "traefik was not brought by a commit"),
        ("mallory", "anna", {"ben"}, 1, True, "fail", "whoever asks is not known"),
        (None, "anna", {"ben"}, 1, False, "fail", "whoever asks is not known"),
        (None, None, set(), 0, False, "pass", "asked by None"),
    ],
)
def test_g8_authority(actor: str | None, signer: str | None, approvers: set[str], approvals: int, signed: bool, state: str, said: str) -> None:
    verdict = g8_authority(Authority(actor, {"traefik": signer}, frozenset(approvers)), {"anna", "ben"}, approvals, signed)
    assert verdict.state == state
    assert said in verdict.evidence
    assert (verdict.remedy == "") == (state == "pass")
    assert verdict.until is None


@pytest.mark.parametrize(
    ("change", "stateful", "said"),
    [
        ({}, False, None),
        ({}, True, None),
        ({"healthy": False}, False, "odoo is not healthy"),
        ({"archiving": False}, False, "odoo does not archive"),
        ({"backed_up_at": None}, False, "no base backup of the last 86400 s"),
        ({"backed_up_at": ago(86401)}, False, "no base backup"),
        ({"backed_up_at": ago(86400)}, False, None),
        ({"backed_up_at": ago(-5)}, False, "no base backup"),
        ({"verified_at": None}, False, None),
        ({"verified_at": None}, True, "has not been restored for a test"),
        ({"verified_at": ago(3601)}, True, "has not been restored for a test"),
    ],
)
def test_g9_data(change: dict[str, Any], stateful: bool, said: str | None) -> None:
    check(g9_data([dataclasses.replace(DATABASE, **change)], NOW, 86400, stateful), said)


def test_that_no_database_is_known_is_said() -> None:
    assert "no database of an operator is known" in g9_data([], NOW, 86400, stateful=False).evidence
    assert g9_data([DATABASE], NOW, 86400, stateful=False).evidence == "1 databases are backed up"


def check(verdict: Any, said: str | None) -> None:
    assert verdict.state == ("pass" if said is None else "fail"), verdict
    assert verdict.evidence
    if said is not None:
        assert said in verdict.evidence
        assert verdict.remedy or verdict.gate == "G3"
