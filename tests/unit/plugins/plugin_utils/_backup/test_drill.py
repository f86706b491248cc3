# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drill has shown: measured, held against targets, told to programs and people."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.filter.drill_report import answer_problems
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup import drill
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.status import VERDICTS, Proof

ROW = {"kind": "git", "what": "the Git repository", "rto": 60, "rpo": 3600}


def times(took: float = 30, age: float | None = 1800) -> dict[str, Any]:
    return {"began": 10_000.5, "ended": 10_000.5 + took, "recovered": None if age is None else 10_000.5 - age}


@pytest.mark.parametrize(
    ("row", "measured", "problems", "words"),
    [
        (ROW, times(), [], []),
        (ROW, times(60, 3600), [], []),
        (ROW, times(took=62), [], ["the RTO of 60s was missed: 62s"]),
        (ROW, times(age=3602), [], ["the RPO of 60m was missed: 60m"]),
        (ROW, times(age=None), [], ["nothing says of when"]),
        (ROW, times(age=None), ["damaged"], ["damaged"]),
        (ROW, times(took=999), ["damaged"], ["damaged"]),
        ({**ROW, "rto": None, "rpo": None}, times(99999, 99999), [], []),
    ],
)
def test_a_report(row: dict[str, Any], measured: dict[str, Any], problems: list[str], words: list[str]) -> None:
    found = drill.report(row, "dev", measured, problems, "key")
    assert len(found["problems"]) == len(words)
    assert all(word in problem for word, problem in zip(words, found["problems"], strict=True))


def test_a_report_is_a_proof_only_without_problems() -> None:
    good = Proof.from_data(drill.report(ROW, "dev", times(), []))
    assert (good.kind, good.rto, good.rpo, good.problems) == ("git", 30, 1800, ())
    assert Proof.from_data(drill.report(ROW, "dev", times(), ["damaged"])).problems == ("damaged",)


def test_what_was_written_during_the_drill_is_no_negative_loss() -> None:
    assert drill.report(ROW, "dev", times(age=-50), [])["rpo_seconds"] == 0


def test_the_page_names_what_is_wrong() -> None:
    text = drill.page([drill.report(ROW, "dev", times(), []), drill.report(ROW, "dev", times(), ["damaged"])], "dev", 20_000)
    assert text.count("| proven |") == text.count("| failed |") == 1
    assert "- git: damaged" in text


def state(verdict: str, kind: str = "objects") -> dict[str, Any]:
    return {"kind": kind, "verdict": verdict, "reasons": [] if verdict == "ok" else [f"{kind} is {verdict}"]}


#: Each verdict, and whether a drill of everything fails because of it.
JUDGED = {
    "lost": True,
    "unknown": True,
    "none": True,
    "late": True,
    "unproven": True,
    "slow": True,
    "copy late": False,
    "unused": False,
    "ok": False,
}


def test_every_verdict_is_judged() -> None:
    assert set(JUDGED) == set(VERDICTS)


@pytest.mark.parametrize(("verdict", "fails"), JUDGED.items())
@pytest.mark.parametrize("drilled", [[], [drill.report({**ROW, "kind": "objects"}, "dev", times(), [])]], ids=["not drilled now", "drilled now"])
def test_a_drill_of_everything_passes_over_no_row_that_cannot_be_relied_on(verdict: str, fails: bool, drilled: list[dict[str, Any]]) -> None:
    assert drill.shortcomings(drilled, [state("ok", "git"), state(verdict)]) == ([f"objects is {verdict}"] if fails else [])
    assert drill.shortcomings(drilled) == [], "a drill of some rows is about those"


def test_what_failed_now_is_said_once_and_what_else_is_wrong_with_its_row_too() -> None:
    reports = [drill.report(ROW, "dev", times(), ["damaged"])]
    assert drill.shortcomings(reports) == ["damaged"]
    assert drill.shortcomings(reports, [state("unproven", "git"), state("unproven")]) == ["damaged", "objects is unproven"]
    assert drill.shortcomings(reports, [state("late", "git")]) == ["damaged", "git is late"]


CHECK = {"database": "shop", "sql": "SELECT 1", "expect": "1"}


@pytest.mark.parametrize(
    ("check", "result", "words"),
    [
        (CHECK, {"rc": 0, "stdout": "1\n"}, None),
        (CHECK, {"rc": 0, "stdout": "2\n"}, "answered '2', expected '1'"),
        ({"database": "shop", "sql": "SELECT 5", "minimum": 6}, {"rc": 0, "stdout": "5"}, "answered 5, expected at least 6"),
        (CHECK, {"rc": 1, "stdout": "", "stderr": "no such table"}, "no such table"),
        (CHECK, {"msg": "pod not found"}, "pod not found"),
        (CHECK, {}, "there was no answer"),
    ],
)
def test_answers(check: dict[str, Any], result: dict[str, Any], words: str | None) -> None:
    found = answer_problems([check], [result])
    assert len(found) == (words is not None)
    assert words is None or words in found[0]
