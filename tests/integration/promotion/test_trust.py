# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose commits and records a promotion believes: each environment's own people, and nobody else whatever he does to history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import record_path
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.trusted import records_of

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


def pulled(company: Company, person: str) -> Any:
    clone = company.cloned(person)
    git(clone, "pull", "-q", "--ff-only")
    return clone


def test_an_unsigned_merge_that_changes_a_record_is_not_believed(company: Company) -> None:
    company.improve()
    company.argos["stage"].health = lambda component, _release, _seconds: "Degraded" if component == "metallb" else "Healthy"
    assert company.promote("stage").state == "reverted"
    company.argos["stage"].health = lambda *_about: "Healthy"
    company.pass_time(DAY)
    assert "was taken back in stage" in closed(company.promote("stage"))["G1"]
    company.improve(2)
    assert company.promote("stage").state == "live"
    record = company.records()[-1]
    assert record.id == "stage-2"
    clone = pulled(company, "mallory")
    git(clone, "switch", "-q", "-c", "side")
    git(clone, "commit", "-q", "--allow-empty", "-m", "beside")
    git(clone, "switch", "-q", "main")
    git(clone, "merge", "-q", "--no-ff", "--no-commit", "side")
    path = clone / record_path(record.id)
    path.write_text(path.read_text().replace('"outcome": "live"', '"outcome": "stopped"'))
    company.push("Merge branch side", signed=False, clone=clone)
    git(company.clone, "pull", "-q", "--ff-only")
    promoter = company.promoter("stage")
    repository, after = promoter.world.repository, company.release("stage")
    repository.git.fetch()
    tree = repository.tree(repository.tip)
    assert '"outcome": "stopped"' in tree[record_path(record.id)]
    assert [found.id for found in records_of(promoter.loaded, repository, tree, repository.tip, [after])] == []


def test_promotions_of_somebody_who_left_do_not_come_back(company: Company) -> None:
    company.improve()
    pulled(company, "ben")
    assert company.promote("stage", person="ben").state == "live"
    pulled(company, "anna")
    company.improve(2)
    assert company.promote("stage").state == "live"
    for stays in ("anna", "ben"):
        pulled(company, stays)
        company.matrix["promotion"]["signers"] = {stays: company.keys[stays]}
        tip = company.tip()
        assert company.promote("stage", person=stays).state == "nothing"
        assert company.tip() == tip


def test_an_older_promotion_that_was_recorded_by_somebody_who_left_is_over(company: Company) -> None:
    for number, (person, recorded_by) in enumerate([("ben", "anna"), ("ben", "ben")], 1):
        written(company, number, number, person, recorded_by)
    company.matrix["promotion"]["signers"] = {"ben": company.keys["ben"]}
    pulled(company, "ben")
    assert company.promote("stage", person="ben").state == "nothing"


def test_the_newest_promotion_is_under_way_until_somebody_who_may_has_recorded_it(company: Company) -> None:
    for number, (person, recorded_by) in enumerate([("anna", "anna"), ("anna", "mallory")], 1):
        written(company, number, number, person, recorded_by)
    pulled(company, "anna")
    promoter = company.promoter("stage")
    promoter.world.repository.git.fetch()
    commit = promoter._unfinished(promoter.world.repository.tree(company.tip()))
    assert commit is not None
    assert commit.one("Promotion-Id") == "stage-2"


def written(company: Company, first: int, last: int, person: str, recorded_by: str) -> None:
    """Promotions of nothing to stage, and their records, on the server."""
    clone = pulled(company, person)
    for number in range(first, last + 1):
        git(clone, "commit", "-q", "--allow-empty", "-S", "-m", f"Promote\n\nPromotion-Id: stage-{number}\nPromoted-To: stage\nPromoted-From: dev")
    git(clone, "push", "-q", "origin", "HEAD:main")
    clone = pulled(company, recorded_by)
    for number in range(first, last + 1):
        path = clone / record_path(f"stage-{number}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"id": "stage-{number}"}}\n')
    company.push("Records", clone=clone)
    company.pass_time(0)


def test_a_long_history_costs_a_promotion_of_nothing_two_signatures(company: Company) -> None:
    written(company, 1, 30, "anna", "anna")
    pulled(company, "anna")
    promoter = company.promoter("stage")
    program: Any = promoter.world.repository.git
    attempt = program.attempt
    verified: list[str] = []

    def counting(arguments: Sequence[str], *more: Any, **named: Any) -> Any:
        verified.extend(arguments[-1:] if "verify-commit" in arguments else ())
        return attempt(arguments, *more, **named)

    program.attempt = counting
    assert promoter.run().state == "nothing"
    assert len(verified) == 2  # the newest promotion, and what brought its record
