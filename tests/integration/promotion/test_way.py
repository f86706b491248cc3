# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change's way through three environments, over a real Git repository with real signatures."""

from __future__ import annotations

from tests.integration.promotion.company import Company, evidence, gates, git


def test_a_change_travels_to_the_last_environment(company: Company) -> None:
    before = company.locked("prod")
    company.improve()
    wanted = company.release("dev")
    assert company.locked("stage") == company.locked("prod") == before
    for target in ("stage", "prod"):
        outcome = company.promote(target)
        assert outcome.state == "live", outcome
        assert company.locked(target) == before | {"metallb": wanted}
        assert set(gates(outcome).values()) <= {"pass"}
        company.pass_time(86400)
    assert company.locked("dev") == company.locked("stage") == company.locked("prod")
    first, second = company.records()
    assert (first.id, first.source, first.target, first.outcome, first.asked_by) == ("stage-1", "dev", "stage", "live", "anna")
    assert (second.id, second.source, second.target) == ("prod-1", "stage", "prod")
    assert [(way.component, way.before, way.after) for way in first.releases] == [("metallb", before["metallb"], wanted)]
    assert [line.split()[0] for line in first.gates] == [f"G{number}" for number in range(10)]
    assert git(company.bare, "rev-parse", "promoted/stage/1^{commit}") == first.commit
    assert not {ref for ref in company.refs() if "promoting" in ref}
    assert git(company.clone, "rev-parse", "HEAD") == company.tip()
    assert git(company.clone, "status", "--porcelain") == ""


def test_the_commit_touches_the_target_alone_and_is_signed(company: Company) -> None:
    company.improve()
    company.promote("stage")
    commit = company.records()[0].commit
    paths = git(company.bare, "show", "--format=", "--name-only", commit).split()
    assert paths
    assert all(path.startswith("kubernetes/environments/stage/") for path in paths)
    assert git(company.bare, "cat-file", "commit", commit).count("-----BEGIN SSH SIGNATURE-----") == 1
    body = git(company.bare, "log", "-1", "--format=%B", commit)
    assert "Promotion-Id: stage-1" in body
    assert "Promoted-By: anna" in body
    assert "Soaked-For: 86" in body
    assert git(company.bare, "cat-file", "tag", "promoted/stage/1").count("-----BEGIN SSH SIGNATURE-----") == 1


def test_nothing_to_promote_changes_nothing(company: Company) -> None:
    tip, refs = company.tip(), company.refs()
    outcome = company.promote("stage")
    assert (outcome.state, outcome.changed, outcome.failed) == ("nothing", False, False)
    assert (company.tip(), company.refs()) == (tip, refs)


def test_a_dry_run_looks_at_everything_and_writes_nothing(company: Company) -> None:
    company.improve()
    tip, refs, objects = company.tip(), company.refs(), git(company.clone, "count-objects")
    patched = [api.patched.copy() for api in company.apis.values()]
    outcome = company.promote("stage", dry_run=True)
    assert (outcome.state, outcome.changed, outcome.failed) == ("planned", True, False)
    assert set(gates(outcome).values()) == {"pass"}
    assert outcome.change is not None
    assert [str(move) for move in outcome.change.moves] == ["metallb 0.16.1"]
    assert (company.tip(), company.refs(), git(company.clone, "count-objects")) == (tip, refs, objects)
    assert [api.patched for api in company.apis.values()] == patched


def test_it_waits_for_the_soak_and_says_until_when(company: Company) -> None:
    company.matrix["components"]["metallb"] = {"values": {"controller": {"replicas": 1}}}
    company.render("metallb")
    company.pass_time(0)
    company.pass_time(1800)
    outcome = company.promote("stage")
    assert (outcome.state, outcome.failed, outcome.changed) == ("deferred", False, False)
    assert gates(outcome)["G3"] == "deferred"
    assert outcome.until is not None
    assert 1700 < (outcome.until - company.now).total_seconds() <= 1800
    company.pass_time(1800)
    assert company.promote("stage").state == "live"


def test_a_hotfix_shortens_the_soak_and_is_recorded(company: Company) -> None:
    company.matrix["components"]["metallb"] = {"values": {"controller": {"replicas": 1}}}
    company.render("metallb")
    company.pass_time(0)
    company.pass_time(60)
    outcome = company.promote("stage", hotfix="a hole in the speaker")
    assert outcome.state == "live"
    assert gates(outcome) == {}  # a record says it, not the answer
    assert any(line.startswith("G3 waived") and "a hole in the speaker" in line for line in company.records()[0].gates)


def test_only_what_was_asked_for_moves(company: Company) -> None:
    company.matrix["components"]["snapshot-controller"] = {}
    company.improve()
    folder = company.clone / "kubernetes/base/snapshot-controller/patches"
    folder.mkdir()
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: snapshot-controller, namespace: kube-system}\nspec: {replicas: 1}\n"
    (folder / "replicas.yaml").write_text(patch)
    company.render("patch")
    company.pass_time(0)
    company.pass_time(86400)
    before = company.locked("stage")
    outcome = company.promote("stage", components=("snapshot-controller",))
    assert outcome.state == "live"
    after = company.locked("stage")
    assert after["metallb"] == before["metallb"] != company.release("dev")
    assert after["snapshot-controller"] == company.release("dev", "snapshot-controller")


def test_a_component_that_leaves_has_to_be_announced_object_by_object(company: Company) -> None:
    del company.matrix["components"]["snapshot-controller"]
    company.render("without snapshots")
    company.pass_time(0)
    company.pass_time(86400)
    outcome = company.promote("stage")
    assert outcome.state == "stop"
    assert "Application/argocd/snapshot-controller would be removed, which nobody announced" in evidence(outcome, "G5")
    assert outcome.change is not None
    outcome = company.promote("stage", allow_prune=tuple(outcome.change.delta.pruned))
    assert outcome.state == "live"
    assert "platform is waiting for pruning confirmation of argoproj.io/Application/snapshot-controller: confirm it" in outcome.text
    assert "snapshot-controller" not in company.locked("stage")
