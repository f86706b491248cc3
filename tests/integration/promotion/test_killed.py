# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that ends before or after any command that changes something, and its repetition: the same end as without."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration.promotion.company import Company, git

CHANGING = ("commit", "commit-tree", "merge", "push", "revert", "tag", "update-ref", "worktree")


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


class Switch:
    """Kills a promotion before (even numbers) or after (odd ones) a command that changes something."""

    def __init__(self, point: int) -> None:
        self.point = point
        self.command = ""
        self._seen = 0

    def over(self, attempt: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., subprocess.CompletedProcess[str]]:
        def wrapped(arguments: Sequence[str], text: str | None = None, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
            mine = arguments[0] in CHANGING and self._seen // 2 == self.point // 2
            self._seen += 2 if arguments[0] in CHANGING else 0
            if mine:
                self.command = f"{'after' if self.point % 2 else 'before'} git {arguments[0]}"
            if mine and self.point % 2 == 0:
                raise Killed
            done = attempt(arguments, text, folder)
            if mine:
                raise Killed
            return done

        return wrapped


def run(company: Company, point: int) -> str | None:
    """Promote to stage, killed at a point; what it was about to do or had done, None if it came to its end."""
    promoter = company.promoter("stage", force_reason="a test")
    switch = Switch(point)
    program: Any = promoter.world.repository.git
    program.attempt = switch.over(program.attempt)
    try:
        promoter.run()
    except Killed:
        return switch.command
    return None


@pytest.mark.long
def test_killed_anywhere_it_arrives_once(company: Company) -> None:
    points: list[str] = []
    for point in itertools.count():
        company.improve(point + 1)
        killed = run(company, point)
        if killed is None:
            break
        points.append(killed)
        outcome = company.promote("stage")
        assert outcome.state in ("live", "nothing"), (killed, outcome)
        left_as_without(company, point + 1)
    assert len(points) >= 10
    assert {"before git push", "after git push", "after git commit"} <= set(points)


@pytest.mark.long
def test_killed_anywhere_on_the_way_back(company: Company) -> None:
    good = company.locked("stage")
    company.argos["stage"].health = lambda component, release, _seconds: "Healthy" if not component or release == good[component] else "Degraded"
    points: list[str] = []
    for point in itertools.count(9):  # before that there is no difference to a good one
        company.improve(point + 1)
        killed = run(company, point)
        if killed is None:
            break
        points.append(killed)
        outcome = company.promote("stage", force_reason="a test")
        assert outcome.state in ("reverted", "stop", "deferred"), (killed, outcome)
        assert company.locked("stage") == good
        assert [record.outcome for record in company.records()] == ["reverted"] * len(company.records())
        assert not {ref for ref in company.refs() if "promoting" in ref}
    assert len(points) >= 10
    assert "after git revert" in points


def left_as_without(company: Company, count: int) -> None:
    """One record and one tag for each promotion, nothing half done, and nothing of ours in the way."""
    assert company.locked("stage") == company.locked("dev")
    records = company.records()
    assert [record.outcome for record in records] == ["live"] * len(records)
    assert len(records) == len({record.commit for record in records}) == count
    assert len([ref for ref in company.refs() if ref.startswith("refs/tags/promoted/stage/")]) == count
    assert not {ref for ref in company.refs() if "promoting" in ref}
    assert git(company.clone, "status", "--porcelain") == ""
    git(company.clone, "pull", "-q", "--ff-only")
