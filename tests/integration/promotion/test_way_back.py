# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release that does not become healthy goes back by itself, with a record; what nobody could see is not judged."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion import finish
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Held, Refused

from tests.integration.promotion.company import Company, closed, git


def sick(company: Company, after: float = 0.0, state: str = "Degraded") -> str:
    """The new release of metallb is not well in stage, from some seconds on; which one it is."""
    release = company.release("dev")
    company.argos["stage"].health = lambda component, held, seconds: state if held == release and component and seconds >= after else "Healthy"
    return release


def test_never_healthy(company: Company) -> None:
    before = company.locked("stage")
    company.improve()
    release = sick(company)
    outcome = company.promote("stage")
    assert (outcome.state, outcome.failed, outcome.changed) == ("reverted", True, True)
    assert company.locked("stage") == before
    record = company.records()[0]
    assert record.outcome == "reverted"
    assert "metallb is Degraded (Deployment/metallb is Degraded)" in record.reason
    assert "what was there before is live again" in record.reason
    assert record.revert is not None
    assert git(company.bare, "log", "-1", "--format=%s", record.revert).startswith('Revert "Promote metallb')
    # Exactly that commit: the two together change nothing.
    assert git(company.bare, "diff", f"{record.commit}~1", record.revert) == ""
    assert "promoted/stage/1" not in " ".join(company.refs())
    # Not again, unless somebody says why.
    company.pass_time(0)
    assert f"{release} was taken back in stage: metallb is Degraded" in closed(company.promote("stage"))["G1"]
    company.argos["stage"].health = lambda _component, _release, _seconds: "Healthy"
    assert company.promote("stage", force_reason="the node was full").state == "live"
    company.matrix["components"]["metallb"] = {}
    company.render("back")
    assert company.records()[1].outcome == "live"


def test_one_that_stays_progressing_is_given_its_time(company: Company) -> None:
    company.improve()
    sick(company, state="Progressing")
    before = company.now
    outcome = company.promote("stage")
    assert outcome.state == "reverted"
    assert "metallb is Progressing" in outcome.text
    assert (company.now - before).total_seconds() >= 300


def test_healthy_for_a_moment_only(company: Company) -> None:
    company.improve()
    sick(company, after=20)
    outcome = company.promote("stage")
    assert outcome.state == "reverted"
    assert "it was healthy for 1" in outcome.text
    assert "then: metallb is Degraded" in outcome.text


def test_a_short_trouble_is_no_reason_to_go_back(company: Company) -> None:
    company.improve()
    release = company.release("dev")
    company.argos["stage"].health = lambda _component, held, seconds: "Degraded" if held == release and seconds < 40 else "Healthy"
    assert company.promote("stage").state == "live"


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ({"state": {"waiting": {"reason": "ImagePullBackOff"}}}, "the image registry.example.org/speaker:1 (ImagePullBackOff) cannot be had"),
        ({"restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}, "the container speaker/speaker ends again and again (4 restarts)"),
    ],
)
def test_pods_that_cannot_run_are_not_waited_for(company: Company, container: dict[str, Any], said: str) -> None:
    company.improve()
    sick(company, state="Progressing")
    waiting = {"name": "speaker", "image": "registry.example.org/speaker:1", **container}
    company.apis["stage"].put("pods", {"metadata": {"name": "speaker", "namespace": "metallb-system"}, "status": {"containerStatuses": [waiting]}})
    before = company.now
    outcome = company.promote("stage")
    assert outcome.state == "reverted"
    assert said in outcome.text
    # Known long before the time is over, and the pod of it is still there while the release before is waited for.
    assert (company.now - before).total_seconds() < 200


def test_head_moves_on_while_it_waits(company: Company) -> None:
    company.improve()
    company.argos["stage"].lag = 3
    other = company.cloned("ben")

    def push() -> None:
        company.interrupt = None
        git(other, "pull", "-q")
        (other / "README.md").write_text("news\n")
        company.push("news", clone=other)

    company.interrupt = push
    outcome = company.promote("stage")
    assert outcome.state == "live"
    record = company.records()[0]
    application = company.apis["stage"].objects["applications", "argocd", "platform"]
    assert application["status"]["sync"]["revision"] != record.commit  # it never saw the commit itself, only later ones
    assert git(company.clone, "rev-parse", "HEAD") == company.tip()


def test_somebody_moves_the_target_on_while_it_waits(company: Company) -> None:
    before = company.locked("stage")
    company.improve()
    company.argos["stage"].lag = 3

    def back() -> None:
        company.interrupt = None
        other = company.cloned("ben")
        git(other, "pull", "-q")
        git(other, "revert", "--no-edit", "HEAD")
        git(other, "push", "-q")

    company.interrupt = back
    outcome = company.promote("stage")
    assert outcome.state == "superseded"
    assert "somebody moved metallb on in Git" in outcome.text
    assert company.locked("stage") == before
    assert company.records()[0].outcome == "superseded"


def test_argo_cd_is_away_and_comes_back(company: Company) -> None:
    company.improve()
    company.argos["stage"].dead = True
    outcome = company.promote("stage")
    assert (outcome.state, outcome.failed) == ("unseen", True)
    assert "nobody knows what became of stage-1" in outcome.text
    assert company.locked("stage")["metallb"] == company.release("dev")  # not judged, so not taken back
    assert "refs/groundwork/promoting/stage" in company.refs()
    company.argos["stage"].dead = False
    outcome = company.promote("stage")
    assert outcome.state == "live"
    assert [record.id for record in company.records()] == ["stage-1"]
    assert "refs/groundwork/promoting/stage" not in company.refs()


def test_the_cluster_is_away_in_the_middle(company: Company) -> None:
    company.improve()
    company.argos["stage"].lag = 2

    def away() -> None:
        company.apis["stage"].away = True

    company.interrupt = away
    outcome = company.promote("stage")
    assert outcome.state == "unseen"
    assert "the cluster of stage cannot be asked" in outcome.text
    company.interrupt = None
    company.apis["stage"].away = False
    assert company.promote("stage").state == "live"


def test_git_is_away_while_it_waits(company: Company) -> None:
    company.improve()
    elsewhere = company.folder / "elsewhere"
    looks: list[datetime.datetime] = []

    def flicker() -> None:
        looks.append(company.now)
        if len(looks) == 1:
            company.bare.rename(elsewhere)
        elif len(looks) == 3:
            elsewhere.rename(company.bare)
        for argo in company.argos.values():
            argo.dead = not company.bare.exists()

    company.interrupt = flicker
    assert company.promote("stage").state == "live"
    assert len(looks) > 3


def test_what_may_have_changed_data_is_left_to_people(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish, "migrating", list)  # which moves these are: unit tests of migration
    company.improve()
    release = sick(company)
    status = {"phase": "Cluster in healthy state", "conditions": [{"type": "ContinuousArchiving", "status": "True"}]}
    company.apis["stage"].put("clusters", {"metadata": {"name": "db", "namespace": "metallb-system"}, "status": status})
    outcome = company.promote("stage", waivers={"G9": "there is no time"})
    assert (outcome.state, outcome.failed) == ("stopped", True)
    record = company.records()[-1]
    assert (record.outcome, record.revert) == ("stopped", None)
    assert '"context": "example-stage", "namespace": "metallb-system", "name": "db-before", "source_server": "db"' in outcome.text
    assert f"git revert -S {record.commit} && git push" in outcome.text
    assert record.reason in outcome.text
    assert "git revert -S" in record.reason
    assert company.release("stage") == release
    assert "was taken back in stage" not in outcome.text


def test_one_that_arrived_is_taken_back_later(company: Company) -> None:
    before = company.locked("stage")
    company.improve()
    assert company.promote("stage").state == "live"
    tip = company.tip()
    planned = company.promote("stage", take_back="stage-1", reason="searches are slow", dry_run=True)
    assert (planned.state, company.tip()) == ("planned", tip)
    outcome = company.promote("stage", take_back="stage-1", reason="searches are slow")
    assert outcome.state == "reverted"
    assert company.locked("stage") == before
    records = company.records()
    assert [(record.id, record.outcome) for record in records] == [("stage-1", "reverted")]
    assert records[0].reason == "searches are slow; what was there before is live again"
    planned = company.promote("stage", take_back="stage-1", reason="searches are slow", dry_run=True)
    assert planned.text == f"stage-1 was taken back by {records[0].revert}; the wait and its record would be done again"
    company.pass_time(0)
    assert "was taken back in stage: searches are slow" in closed(company.promote("stage"))["G1"]
    with pytest.raises(Refused, match="there was no promotion stage-9"):
        company.promote("stage", take_back="stage-9", reason="x")


def test_one_whose_data_may_have_changed_is_not_taken_back_later_either(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.improve()
    assert company.promote("stage").state == "live"
    monkeypatch.setattr(finish, "migrating", list)
    tip = company.tip()
    planned = company.promote("stage", take_back="stage-1", reason="searches are slow", dry_run=True)
    outcome = company.promote("stage", take_back="stage-1", reason="searches are slow")
    assert (planned, company.tip()) == (outcome, tip)
    assert outcome.state == "stopped"
    assert "git revert -S" in outcome.text
    assert company.release("stage") == company.release("dev")
    assert company.records()[0].outcome == "live"


def test_the_dry_run_of_a_way_back_says_what_comes_first(company: Company) -> None:
    company.improve()
    assert company.promote("stage").state == "live"
    git(company.clone, "pull", "-q", "--ff-only")
    company.improve(2)
    company.argos["stage"].dead = True
    assert company.promote("stage").state == "unseen"
    tip = company.tip()
    planned = company.promote("stage", take_back="stage-1", reason="searches are slow", dry_run=True)
    assert planned.state == "planned"
    assert planned.text == "stage-2, which was written and has no record yet, would be gone on with first; stage-1 after it, by another run"
    company.ended = False
    with pytest.raises(Held, match="promotes to stage at the same time"):
        company.promote("stage", person="ben", take_back="stage-1", reason="searches are slow", dry_run=True)
    assert company.tip() == tip


def test_somebody_took_it_back_while_nobody_could_see(company: Company) -> None:
    before = company.locked("stage")
    company.improve()
    company.argos["stage"].dead = True
    assert company.promote("stage").state == "unseen"
    clone = company.cloned("ben")
    git(clone, "pull", "-q")
    git(clone, "revert", "--no-edit", "HEAD")
    git(clone, "push", "-q")
    company.argos["stage"].dead = False
    outcome = company.promote("stage")
    assert outcome.state == "reverted"
    assert "somebody took it back by hand; what was there before is live again" in outcome.text
    assert company.locked("stage") == before


def test_what_was_asked_for_is_not_forgotten_over_an_older_promotion(company: Company) -> None:
    company.improve()
    company.argos["stage"].dead = True
    assert company.promote("stage").state == "unseen"
    company.argos["stage"].dead = False
    git(company.clone, "pull", "-q", "--ff-only")
    company.improve(2)
    first = company.promote("stage")
    assert (first.state, first.record and first.record.id) == ("live", "stage-1")
    assert "what you asked for has not been begun: run it again" in first.text
    company.argos["stage"].look(company.now)
    second = company.promote("stage")
    assert (second.state, second.record and second.record.id) == ("live", "stage-2")
    assert "has not been begun" not in second.text


def test_a_conflict_stops_the_way_back(company: Company) -> None:
    company.improve()
    sick(company, after=0)
    other = company.cloned("ben")

    def edited() -> None:
        company.interrupt = None
        git(other, "pull", "-q")
        path = other / "kubernetes/environments/stage/applications/metallb.yaml"
        path.write_text(path.read_text().replace("/releases/metallb/", "/releases/metallb/./"))
        company.push("by hand, where the promotion wrote", clone=other)

    company.interrupt = edited
    outcome = company.promote("stage")
    assert outcome.state == "stopped"
    assert "cannot be taken back by itself, because what it wrote was changed since" in outcome.text
    assert company.records()[0].revert is None


def test_the_release_before_is_not_healthy_either(company: Company) -> None:
    company.improve()
    company.argos["stage"].health = lambda component, _release, seconds: "Degraded" if component == "metallb" and seconds < 86400 else "Healthy"
    outcome = company.promote("stage")
    assert outcome.state == "reverted"
    assert "what was there before is unhealthy, too: metallb is Degraded" in outcome.text


def test_a_removal_that_waits_for_a_confirmation_does_not_hold_up_the_way_back(company: Company) -> None:
    company.improve()
    del company.matrix["components"]["snapshot-controller"]
    company.render("without snapshots")
    company.pass_time(0)
    company.pass_time(86400)
    before = company.locked("stage")
    sick(company)
    planned = company.promote("stage", dry_run=True)
    assert planned.change is not None
    outcome = company.promote("stage", allow_prune=tuple(planned.change.delta.pruned))
    assert outcome.state == "reverted"
    assert "what was there before is live again" in outcome.text
    assert company.locked("stage") == before
    status = company.apis["stage"].objects["applications", "argocd", "platform"]["status"]
    # A late click would have let the old sync go on.
    assert (status["operationState"]["phase"], status["operationState"]["syncResult"]["revision"]) == ("Succeeded", company.records()[0].revert)


@pytest.mark.parametrize(
    ("error", "state"), [("`kustomize build x` failed exit status 1: no such file", "reverted"), ("failed to list refs: connection refused", "unseen")]
)
@pytest.mark.parametrize("name", ["platform", "metallb"])
def test_a_tree_that_does_not_build_and_a_git_server_that_argo_cd_does_not_reach(company: Company, name: str, error: str, state: str) -> None:
    company.improve()
    release = company.release("dev")
    argo = company.argos["stage"]

    def meanwhile() -> None:
        argo.broken = {name: error} if company.release("stage") == release else {}

    company.interrupt = meanwhile
    argo.lag = 2
    outcome = company.promote("stage")
    assert outcome.state == state
    assert error in outcome.text
    assert (company.release("stage") == release) is (state == "unseen")


def test_the_cluster_goes_away_after_the_root_arrived(company: Company) -> None:
    company.improve()
    release = sick(company, state="Progressing")
    looks: list[int] = []

    def away() -> None:
        looks.append(1)
        company.apis["stage"].away = len(looks) > 3

    company.interrupt = away
    assert company.promote("stage").state == "unseen"
    assert company.release("stage") == release
    company.interrupt = None
    company.apis["stage"].away = False
    company.argos["stage"].health = lambda _component, _release, _seconds: "Healthy"
    assert company.promote("stage").state == "live"
