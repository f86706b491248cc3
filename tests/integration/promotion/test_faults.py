# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong, each told apart from everything else, and what is left behind: nothing."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import GitAway, Held, MovedOn, NotAllowed, NotSigned, Refused

from tests.integration.promotion.company import DAY, Company, closed, git


def assert_refused_by(company: Company, gate: str, said: str, **request: Any) -> None:
    """Exactly this gate is closed, for this reason, and nothing was written."""
    tip, refs = company.tip(), company.refs()
    outcome = company.promote("stage", **request)
    assert (outcome.state, outcome.failed, outcome.changed) == ("stop", True, False)
    assert list(closed(outcome)) == [gate], closed(outcome)
    assert said in closed(outcome)[gate]
    assert (company.tip(), company.refs()) == (tip, refs)


def test_a_dirty_tree(company: Company) -> None:
    company.improve()
    (company.clone / "README.md").write_text("notes\n")
    assert_refused_by(company, "G0", "changes that are not committed")


def test_a_clone_that_is_behind(company: Company) -> None:
    company.improve()
    git(company.clone, "reset", "-q", "--hard", "HEAD~1")
    assert_refused_by(company, "G0", "1 commits behind")


def test_a_diverged_branch(company: Company) -> None:
    company.improve()
    git(company.clone, "reset", "-q", "--hard", "HEAD~1")
    git(company.clone, "commit", "-q", "--allow-empty", "-m", "mine")
    assert_refused_by(company, "G0", "1 commits ahead of the server; the clone is 1 commits behind")


def test_another_branch(company: Company) -> None:
    company.improve()
    git(company.clone, "switch", "-q", "-c", "fix")
    assert_refused_by(company, "G0", "on fix, not on main")


def test_an_environment_cannot_be_skipped(company: Company) -> None:
    company.improve()
    outcome = company.promote("prod", source="dev", waivers={f"G{n}": "we must" for n in (2, 3, 4, 5, 6, 7, 9)})
    assert outcome.state == "stop"
    assert closed(outcome) == {"G1": "after dev comes stage, not prod"}


def test_a_source_that_is_not_healthy(company: Company) -> None:
    company.argos["dev"].health = lambda component, _release, _seconds: "Degraded" if component == "metallb" else "Healthy"
    company.improve()
    assert_refused_by(company, "G2", "metallb: is Degraded; metallb: Deployment/metallb is Degraded")


def test_argo_cd_of_the_source_is_away(company: Company) -> None:
    company.improve()
    company.argos["dev"].dead = True
    company.now += datetime.timedelta(seconds=600)
    assert_refused_by(company, "G2", "was last looked at 600 s ago")


def test_a_clock_ahead(company: Company) -> None:
    company.improve()
    company.now -= datetime.timedelta(seconds=60)
    assert_refused_by(company, "G2", "in the future: a clock is ahead")


def test_the_cluster_of_the_target_is_away(company: Company) -> None:
    company.improve()
    company.apis["stage"].away = True
    outcome = company.promote("stage")
    assert outcome.state == "stop"
    assert set(closed(outcome)) == {"G6", "G9"}
    assert "the cluster of stage cannot be asked" in closed(outcome)["G6"]


def test_a_critical_alert_in_the_soak_time(company: Company) -> None:
    company.matrix["components"] |= {"longhorn": {}, "kube-prometheus-stack": {}}
    company.render("monitoring")
    for environment in ("stage", "prod"):
        company.apis[environment].proxied["/proxy/"] = {"data": {"result": []}}
    company.apis["dev"].proxied["/proxy/"] = {"data": {"result": [{"metric": {"alertname": "TargetDown"}, "value": [0, str(company.now.timestamp() + 86000)]}]}}
    company.pass_time(0)
    company.pass_time(86400)
    assert_refused_by(company, "G3", "critical alerts in the soak time: TargetDown")
    company.apis["dev"].proxied["/proxy/"] = 503
    assert_refused_by(company, "G3", "Prometheus does not answer (HTTP 503)")


def test_a_test_without_a_result_for_this_release(company: Company) -> None:
    company.matrix["promotion"]["tests"] = ["smoke"]
    company.improve()
    assert_refused_by(company, "G4", "smoke of metallb has no result for")
    path = f"audit/tests/metallb/{company.release('dev')}/smoke.json"
    for passed, said in ((False, "smoke of metallb failed for"), (True, "")):
        (company.clone / path).parent.mkdir(parents=True, exist_ok=True)
        (company.clone / path).write_text(f'{{"passed": {str(passed).lower()}}}\n')
        company.push("a result")
        if said:
            assert_refused_by(company, "G4", said)
    assert company.promote("stage").state == "live"


def test_a_result_that_nobody_vouches_for(company: Company) -> None:
    company.matrix["promotion"]["tests"] = ["smoke"]
    company.improve()
    path = company.clone / f"audit/tests/metallb/{company.release('dev')}/smoke.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"passed": true}\n')
    company.push("a result", signed=False)
    assert_refused_by(company, "G8", "smoke.json was not brought by a commit that is signed by somebody who may")


def test_a_plain_secret(company: Company) -> None:
    company.improve()
    (company.clone / "notes.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {password: planted}\n")
    company.push("oops")
    assert_refused_by(company, "G5", "notes.yaml: a Secret stands here in plain text")


def test_a_tree_that_was_not_rendered(company: Company) -> None:
    company.improve()
    company.matrix["environments"]["stage"]["pools"]["default"]["addresses"] = "10.1.1.151-10.1.1.155"
    assert_refused_by(company, "G5", "of stage are not what the matrix says now")


def test_a_kind_that_the_target_s_kubernetes_does_not_have(company: Company) -> None:
    company.matrix["components"] |= {"longhorn": {}}
    company.render("longhorn")
    company.pass_time(0)
    company.pass_time(86400)
    del company.apis["stage"].kinds["networking.k8s.io/v1"]
    assert_refused_by(company, "G5", "the cluster of stage does not serve NetworkPolicy of networking.k8s.io/v1")


def test_a_hand_edit_in_the_target_s_files(company: Company) -> None:
    company.improve()
    path = company.clone / "kubernetes/environments/stage/metallb/objects.yaml"
    path.write_text(path.read_text().replace("10.1.1.151", "10.1.1.152"))
    company.push("by hand")
    assert_refused_by(company, "G6", "+  - 10.1.1.152-10.1.1.160")


def test_a_hand_edit_in_the_target_s_cluster(company: Company) -> None:
    company.improve()
    metadata = {
        "name": "speaker",
        "namespace": "metallb-system",
        "managedFields": [
            {"manager": "argocd-controller", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        ],
    }
    company.apis["stage"].put("deployments", {"kind": "Deployment", "metadata": metadata, "spec": {"replicas": 9}})
    resource = {"group": "apps", "version": "v1", "kind": "Deployment", "name": "speaker", "namespace": "metallb-system", "status": "OutOfSync"}
    company.apis["stage"].objects["applications", "argocd", "metallb"]["status"]["resources"] = [resource]
    assert_refused_by(company, "G6", "spec.replicas: 9    (kubectl-edit, 2026-01-02T00:00:00Z)")


def test_a_freeze(company: Company) -> None:
    company.improve()
    today = company.now - datetime.timedelta(hours=1)
    freeze = [{"schedule": f"{today.minute} {today.hour} * * *", "lasts": "3h", "why": "year's end"}]
    company.matrix["environments"]["stage"]["promotion"] = {"freeze": freeze}
    outcome = company.promote("stage")
    assert outcome.state == "deferred"
    assert list(closed(outcome)) == ["G7"]
    assert outcome.until is not None
    assert company.promote("stage", waivers={"G7": "the board wants it"}).state == "live"
    assert any("waived: the board wants it" in line for line in company.records()[0].gates)


def test_an_unsigned_commit(company: Company) -> None:
    company.improve(signed=False)
    assert_refused_by(company, "G8", "was not brought by a commit that is signed by somebody who may")


def test_a_stranger_s_signature(company: Company) -> None:
    clone = company.cloned("mallory")
    company.clone, anna = clone, company.clone
    company.improve()
    company.clone = anna
    git(anna, "pull", "-q", "--ff-only")
    assert_refused_by(company, "G8", "was not brought by a commit that is signed by somebody who may")


@pytest.mark.parametrize("signed", [True, False])
def test_a_stranger_s_promotion_is_not_gone_on_with(company: Company, signed: bool) -> None:
    clone = company.cloned("mallory")
    git(clone, "pull", "-q")
    (clone / "README.md").write_text("news\n")
    company.push("Promote\n\nPromotion-Id: stage-1\nPromoted-To: stage\nPromoted-From: dev\nGate: G4 pass: all tests", signed=signed, clone=clone)
    company.pass_time(0)
    git(company.clone, "pull", "-q", "--ff-only")
    assert company.promote("stage").state == "nothing"
    assert company.records() == []


def forged(company: Company, *, signed: bool, path: str = "audit/promotions/stage-1.json", **change: Any) -> None:
    """A record of a stranger, on the server."""
    clone = company.cloned("mallory")
    git(clone, "pull", "-q")
    way = {"component": "metallb", "before": None, "after": company.release("dev"), "version_before": None, "version_after": "1"}
    said: dict[str, Any] = {"id": "stage-1", "source": "dev", "target": "stage", "asked_by": "anna", "approved_by": [], "approved_commit": None, "ticket": None}
    when = {"written_at": "2030-01-01T00:00:00+00:00", "ended_at": "2030-01-01T00:00:00+00:00", "seconds": 1}
    record = {**said, **when, "releases": [way], "gates": [], "commit": "a" * 40, "outcome": "live", "reason": "", "revert": None, **change}
    (clone / "audit/promotions").mkdir(parents=True, exist_ok=True)
    (clone / path).write_text(json.dumps(record))
    company.push("Record stage-1: live", signed=signed, clone=clone)
    company.pass_time(0)
    git(company.clone, "pull", "-q", "--ff-only")


@pytest.mark.parametrize("signed", [True, False])
def test_a_stranger_s_record_neither_lets_a_release_return_nor_forbids_one(company: Company, signed: bool) -> None:
    company.improve()
    company.argos["stage"].health = lambda component, _release, _seconds: "Degraded" if component == "metallb" else "Healthy"
    assert company.promote("stage").state == "reverted"
    company.argos["stage"].health = lambda *_about: "Healthy"
    company.pass_time(DAY)
    assert "G1" in closed(company.promote("stage"))
    forged(company, signed=signed, path="audit/promotions/stage-2.json", id="stage-2")
    assert "was taken back in stage" in closed(company.promote("stage"))["G1"]
    company.improve(2)
    forged(company, signed=signed, path="audit/promotions/stage-3.json", id="stage-3", outcome="reverted", reason="because I say so")
    assert company.promote("stage").state == "live"


@pytest.mark.parametrize("path", ["audit/promotions/stage-1.json", "audit/promotions/x.json"])
def test_a_stranger_s_record_does_not_hide_a_promotion_that_is_under_way(company: Company, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    company.improve()
    promoter = company.promoter("stage")

    def killed(*_arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(promoter.world.writer, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        promoter.run()
    forged(company, signed=False, path=path, gates=["G4 pass: all tests"])
    assert company.promote("stage").state == "live"
    assert "G4 pass: all tests" not in next(record for record in company.records() if record.id == "stage-1").gates


def test_a_stranger_s_commit_is_not_what_is_taken_back(company: Company) -> None:
    company.improve()
    assert company.promote("stage").state == "live"
    clone = company.cloned("mallory")
    git(clone, "pull", "-q")
    (clone / "README.md").write_text("news\n")
    company.push("Promote\n\nPromotion-Id: stage-1\nPromoted-To: stage\nPromoted-From: dev", clone=clone)
    git(company.clone, "pull", "-q", "--ff-only")
    commit = company.records()[0].commit
    planned = company.promote("stage", take_back="stage-1", reason="slow", dry_run=True)
    assert planned.text == f"stage-1 would be taken back: a revert of {commit}"


def test_a_stranger_asks(company: Company) -> None:
    company.improve()
    outcome = company.promote("stage", person="mallory")
    assert closed(outcome) == {"G8": "whoever asks is not known: the key that signs here is not among anna, ben"}


def test_a_key_that_is_gone(company: Company) -> None:
    company.improve()
    (company.folder / "anna").unlink()
    tip = company.tip()
    with pytest.raises(NotSigned, match="load the key into ssh-agent"):
        company.promote("stage")
    assert company.tip() == tip
    assert not {ref for ref in company.refs() if "promoting" in ref}


def test_a_database_without_a_backup(company: Company) -> None:
    company.improve()
    status = {"phase": "Cluster in healthy state", "conditions": [{"type": "ContinuousArchiving", "status": "True"}]}
    company.apis["stage"].put("clusters", {"metadata": {"name": "db", "namespace": "metallb-system"}, "status": status})
    assert_refused_by(company, "G9", "metallb-system/db has no base backup")
    at = company.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    backup = {"metadata": {"name": "b", "namespace": "metallb-system"}, "spec": {"cluster": {"name": "db"}}, "status": {"phase": "completed", "stoppedAt": at}}
    company.apis["stage"].put("backups", backup)
    assert company.promote("stage").state == "live"


def test_git_is_away(company: Company) -> None:
    company.improve()
    company.bare.rename(company.folder / "elsewhere")
    with pytest.raises(GitAway, match="run again when it is back"):
        company.promote("stage")


def test_somebody_pushes_between_the_plan_and_the_write(company: Company) -> None:
    company.improve()
    promoter = company.promoter("stage")
    writer: Any = promoter.world.writer
    written = writer.commit
    other = company.cloned("ben")
    git(other, "pull", "-q")

    def raced(*arguments: Any) -> Any:
        git(other, "commit", "-q", "--allow-empty", "-S", "-m", "meanwhile")
        git(other, "push", "-q")
        return written(*arguments)

    writer.commit = raced
    before = company.locked("stage")
    with pytest.raises(MovedOn, match="between the plan and the write: nothing was written"):
        promoter.run()
    assert company.locked("stage") == before
    assert not {ref for ref in company.refs() if "promoting" in ref}
    git(company.clone, "pull", "-q", "--ff-only")
    assert company.promote("stage").state == "live"


def test_two_promotions_at_once(company: Company) -> None:
    company.improve()
    company.ended = False
    seen: list[str] = []

    def second() -> None:
        company.interrupt = None
        with pytest.raises(Held, match=r"anna@desk since .* promotes to stage at the same time"):
            company.promote("stage", person="ben")
        dry = company.promote("stage", person="ben", dry_run=True)
        seen.append(closed(dry)["G0"] if dry.verdicts else dry.state)

    company.interrupt = second
    assert company.promote("stage").state == "live"
    assert seen == ["nothing"]  # Git has it already; the lock kept ben from waiting for it, too


def test_a_protected_branch(company: Company) -> None:
    company.improve()
    hook = company.bare / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nwhile read -r _old _new ref; do [ $ref != refs/heads/main ] || { echo main is protected; exit 1; }; done\n")
    hook.chmod(0o755)
    tip = company.tip()
    with pytest.raises(NotAllowed, match=r"the Git server does not take it: .*pre-receive hook declined(.|\n)*main is protected"):
        company.promote("stage")
    assert company.tip() == tip
    assert not {ref for ref in company.refs() if "promoting" in ref}


def test_a_lock_that_a_dead_run_of_somebody_else_left(company: Company) -> None:
    company.improve()
    company.ended = False
    promoter = company.promoter("stage", person="ben")
    promoter.world.repository.git.fetch()
    promoter._journal.take(promoter._me, over=False)
    with pytest.raises(Held, match="ben@desk since"):
        company.promote("stage")
    assert "ben@desk since" in closed(company.promote("stage", dry_run=True))["G0"]
    assert company.promote("stage", take_over=True).state == "live"
    assert "refs/groundwork/promoting/stage" not in company.refs()


def test_everything_wrong_with_the_request_is_said_at_once(company: Company) -> None:
    with pytest.raises(Refused) as refused:
        company.promote("stage", source="qa", waivers={"G1": "because", "G12": "x", "G3": " "})
    assert len(refused.value.reasons) == 4
    with pytest.raises(Refused, match="dev is the first environment"):
        company.promote("dev")
    with pytest.raises(Refused, match="nextcloud runs neither in dev nor in stage"):
        company.promote("stage", components=("nextcloud",))
