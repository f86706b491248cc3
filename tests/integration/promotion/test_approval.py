# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approval without a forge: a second allowed signer's signed tag on the proposed commit."""

from __future__ import annotations

import datetime

import pytest

from tests.integration.promotion.company import Company, closed, git

BRANCH = "promotion/prod"


@pytest.fixture
def proposed(company: Company) -> Company:
    """A change that has reached stage, and is proposed for prod by anna."""
    company.matrix["environments"]["prod"]["promotion"] = {"approvals": 1}
    company.improve()
    assert company.promote("stage").state == "live"
    company.pass_time(86400)
    tip = company.tip()
    outcome = company.promote("prod")
    assert (outcome.state, outcome.failed, outcome.changed) == ("proposed", False, True)
    head = git(company.bare, "rev-parse", BRANCH)
    assert f"git tag -s -m approved approve/{head[:12]}-$USER {head}" in outcome.text
    assert company.tip() == tip
    assert not {ref for ref in company.refs() if "promoting" in ref}
    return company


def approve(company: Company, person: str, name: str = "approve/1", *, signed: bool = True) -> None:
    clone = company.cloned(person)
    git(clone, "fetch", "-q", "origin", BRANCH)
    git(clone, "tag", "-s" if signed else "-a", "-m", "approved", name, "FETCH_HEAD")
    git(clone, "push", "-q", "origin", name)


def test_approved_by_somebody_else(proposed: Company) -> None:
    head = git(proposed.bare, "rev-parse", BRANCH)
    approve(proposed, "ben")
    outcome = proposed.promote("prod")
    assert outcome.state == "live", outcome
    record = proposed.records()[-1]
    assert (record.asked_by, record.approved_by, record.approved_commit) == ("anna", ["ben"], head)
    assert f"refs/heads/{BRANCH}" not in proposed.refs()
    assert proposed.locked("prod") == proposed.locked("stage")


@pytest.mark.parametrize(("person", "signed"), [("anna", True), ("mallory", True), ("ben", False)])
def test_who_cannot_approve(proposed: Company, person: str, signed: bool) -> None:
    head = git(proposed.bare, "rev-parse", BRANCH)
    approve(proposed, person, signed=signed)
    outcome = proposed.promote("prod")
    assert outcome.state == "deferred"
    assert list(closed(outcome)) == ["G8"]
    assert "0 of 1 approvals by others: nobody yet" in closed(outcome)["G8"]
    assert git(proposed.bare, "rev-parse", BRANCH) == head  # the proposal stands


def test_an_approval_of_something_else(proposed: Company) -> None:
    clone = proposed.cloned("ben")
    git(clone, "pull", "-q")
    git(clone, "tag", "-s", "-m", "approved", "approve/main", "origin/main")
    git(clone, "push", "-q", "origin", "approve/main")
    assert proposed.promote("prod").state == "deferred"


def test_an_approval_outlives_what_others_push(proposed: Company) -> None:
    approve(proposed, "ben")
    (proposed.clone / "README.md").write_text("news\n")
    proposed.push("news")
    assert proposed.promote("prod").state == "live"


def test_an_approval_is_for_this_change_only(proposed: Company) -> None:
    approve(proposed, "ben")
    old = git(proposed.bare, "rev-parse", BRANCH)
    proposed.improve(2)
    assert proposed.promote("stage").state == "live"
    proposed.pass_time(86400)
    outcome = proposed.promote("prod")
    assert outcome.state == "proposed"
    assert git(proposed.bare, "rev-parse", BRANCH) != old
    assert proposed.promote("prod").state == "deferred"
    approve(proposed, "ben", "approve/2")
    assert proposed.promote("prod").state == "live"


def test_an_approval_is_for_these_waivers_only(proposed: Company) -> None:
    approve(proposed, "ben")
    begun = proposed.now - datetime.timedelta(hours=1)
    freeze = [{"schedule": f"{begun.minute} {begun.hour} * * *", "lasts": "3h", "why": "year's end"}]
    proposed.matrix["environments"]["prod"]["promotion"]["freeze"] = freeze
    outcome = proposed.promote("prod", waivers={"G7": "nobody looks"})
    assert outcome.state == "proposed"
    assert "Waived: G7 nobody looks" in git(proposed.bare, "log", "-1", "--format=%B", BRANCH)


def test_an_approval_may_come_before_the_window_opens(proposed: Company) -> None:
    approve(proposed, "ben")
    begun = proposed.now - datetime.timedelta(hours=1)
    proposed.matrix["environments"]["prod"]["promotion"]["freeze"] = [{"schedule": f"{begun.minute} {begun.hour} * * *", "lasts": "3h", "why": "fair"}]
    outcome = proposed.promote("prod")
    assert (outcome.state, list(closed(outcome))) == ("deferred", ["G7"])
    proposed.pass_time(3 * 3600)
    assert proposed.promote("prod").state == "live"


def test_nobody_approves_what_he_asks_for_himself(proposed: Company) -> None:
    approve(proposed, "ben")
    git(proposed.cloned("ben"), "pull", "-q")
    outcome = proposed.promote("prod", person="ben")
    assert outcome.state == "deferred"
    assert "asked by ben, 0 of 1 approvals" in closed(outcome)["G8"]


class Forge:
    """A forge on the same server: its merges are real, everything else is said by the test. The clients of real forges have tests of their own."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.approved: dict[str, set[str]] = {}
        self.opened: list[str] = []

    def approvers(self, branch: str, commit: str) -> frozenset[str]:
        assert branch == BRANCH
        return frozenset(self.approved.get(commit, set()))

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        assert (branch, base) == (BRANCH, "main")
        assert "Promotion-Id: prod-1" in body
        self.opened.append(title)
        return "https://forge.example.org/pulls/7"

    def merge(self, branch: str, commit: str, text: str) -> None:
        clone = self.company.cloned("ben")
        git(clone, "pull", "-q", "--ff-only", "origin", "main")
        git(clone, "fetch", "-q", "origin", branch)
        assert git(clone, "rev-parse", "FETCH_HEAD") == commit
        git(clone, "merge", "-q", "--no-ff", "-m", f"Merge pull request 7\n\n{text}", commit)
        git(clone, "push", "-q", "origin", "HEAD:main")


def test_a_pull_request(company: Company) -> None:
    forge = company.forge = Forge(company)
    company.matrix["environments"]["prod"]["promotion"] = {"approvals": 1}
    company.improve()
    assert company.promote("stage").state == "live"
    assert forge.opened == []
    company.pass_time(86400)
    outcome = company.promote("prod")
    assert outcome.state == "proposed"
    assert "https://forge.example.org/pulls/7" in outcome.text
    head = git(company.bare, "rev-parse", BRANCH)
    assert company.promote("prod").state == "deferred"
    forge.approved[head] = {"ben", "mallory"}
    (company.clone / "README.md").write_text("news\n")
    company.push("meanwhile")
    outcome = company.promote("prod")
    assert outcome.state == "live", outcome
    record = company.records()[-1]
    assert (record.commit, record.approved_commit, record.approved_by) == (head, head, ["ben"])
    assert git(company.bare, "rev-list", "--count", "--merges", "main") == "1"
    assert any(line.startswith("G8 pass: asked by anna, 1 of 1 approvals") for line in record.gates)


def test_a_pull_request_that_goes_back(company: Company) -> None:
    forge = company.forge = Forge(company)
    company.matrix["environments"]["prod"]["promotion"] = {"approvals": 1}
    before = company.locked("prod")
    company.improve()
    company.promote("stage")
    company.pass_time(86400)
    company.promote("prod")
    forge.approved[git(company.bare, "rev-parse", BRANCH)] = {"ben"}
    release = company.release("stage")
    company.argos["prod"].health = lambda _component, running, _seconds: "Degraded" if running == release else "Healthy"
    assert company.promote("prod").state == "reverted"
    assert company.locked("prod") == before
