# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose commits and records a promotion believes: each environment's own people, and nobody else whatever he does to history."""

from __future__ import annotations

import pytest
from tests.integration.promotion.company import DAY, Company, closed, git, new_key


@pytest.fixture
def own(company: Company) -> Company:
    """A company where dora alone may sign for dev; anna and ben for the rest."""
    company.keys["dora"] = new_key(company.folder, "dora")
    company.matrix["environments"]["dev"]["promotion"] = {"signers": {"dora": company.keys["dora"]}}
    return company


def improved_by(company: Company, person: str) -> None:
    """A new release in dev, brought by somebody; anna's clone has it."""
    anna, company.clone = company.clone, company.cloned(person)
    git(company.clone, "pull", "-q", "--ff-only")
    company.improve()
    company.clone = anna
    git(anna, "pull", "-q", "--ff-only")


def test_an_environment_s_own_people_bring_its_releases_as_far_as_they_go(own: Company) -> None:
    improved_by(own, "dora")
    assert own.promote("stage").state == "live"
    own.pass_time(DAY)
    outcome = own.promote("prod")
    assert outcome.state == "live", closed(outcome)
    assert "which no recorded promotion brought" not in " ".join(own.records()[-1].gates)  # stage's record is believed in prod's run


def test_an_environment_s_own_people_neither_ask_for_the_next_one_nor_move_its_lock(own: Company) -> None:
    improved_by(own, "dora")
    outcome = own.promote("stage", person="dora")
    assert "whoever asks is not known: the key that signs here is not among anna, ben" in closed(outcome)["G8"]
    assert own.promote("stage").state == "live"
    clone = own.cloned("dora")
    git(clone, "pull", "-q", "--ff-only")
    lock = clone / "kubernetes/environments/stage/promotion.lock.yaml"
    lock.write_text(lock.read_text() + "# dora was here\n")
    own.push("stage's lock", clone=clone)
    git(own.clone, "pull", "-q", "--ff-only")
    own.pass_time(DAY)
    assert "the lock of stage was not brought by a commit" in closed(own.promote("prod"))["G8"]


def test_the_source_s_record_counts_though_its_signers_are_others(own: Company) -> None:
    own.matrix["environments"]["prod"]["promotion"] = {"signers": {"dora": own.keys["dora"]}}
    improved_by(own, "anna")
    assert own.promote("stage").state == "live"
    own.pass_time(60)
    evidence = closed(own.promote("prod", person="dora"))["G3"]
    assert "which no recorded promotion brought" not in evidence
    assert "of 3600 s" in evidence
