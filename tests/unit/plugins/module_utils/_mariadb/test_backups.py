# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How backups and restores really ended, and what they must not say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups, checks

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
S3 = {"bucket": "b", "endpoint": "s3.example.org", "prefix": "prod/shop", "tls": {"enabled": True}}


def thing(status: str, reason: str, message: str = "", spec: dict[str, Any] | None = None, name: str = "b", when: str = "2026-11-22T02:31:12Z") -> Any:
    found = {"type": "Complete", "status": status, "reason": reason, "message": message, "lastTransitionTime": when}
    own = {"mariaDbRef": {"name": "shop"}, **(spec or {})}
    return {"kind": "Backup", "metadata": {"name": name}, "spec": own, "status": {"conditions": [found]}}


CRON = {"schedule": {"cron": "30 2 * * *"}}


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (thing("True", "JobComplete", "Success"), backups.DONE),
        # the operator says Complete=True of a job that failed
        (thing("True", "JobFailed", "Failed"), backups.FAILED),
        (thing("False", "JobRunning", "Running"), backups.RUNNING),
        (thing("False", "JobSuspended", "Suspended"), backups.RUNNING),
        (thing("False", "Failed", "MariaDB not ready"), backups.RUNNING),
        (thing("True", "CronJobSuccess", "Success", CRON), backups.DONE),
        (thing("False", "CronJobScheduled", "Scheduled", CRON), backups.SCHEDULED),
        # of a schedule whose last run failed the reason is the same as of one that waits
        (thing("False", "CronJobScheduled", "Failed", CRON), backups.FAILED),
        (thing("False", "CronJobRunning", "Running", CRON), backups.RUNNING),
        (thing("False", "SnapshotFailed", "Failed"), backups.FAILED),
        ({"metadata": {"name": "b"}}, backups.RUNNING),
    ],
)
def test_the_reason_tells_how_it_ended(found: Any, state: str) -> None:
    assert backups.result_of(found).state == state
    assert (backups.finished_at(found) is not None) is (state == backups.DONE)


def test_the_newest_backup_is_the_last_one_that_succeeded() -> None:
    found = [
        thing("True", "JobComplete", name="old", when="2026-11-20T00:00:00Z"),
        thing("True", "JobFailed", "Failed", name="failed", when="2026-11-22T11:00:00Z"),
        thing("False", "CronJobScheduled", "Scheduled", CRON, name="nightly"),
        {**thing("True", "JobComplete", name="another"), "spec": {"mariaDbRef": {"name": "other"}}},
    ]
    jobs = [{"metadata": {"name": "nightly"}, "status": {"lastSuccessfulTime": "2026-11-21T02:31:00Z"}}]
    assert backups.newest(found, "shop", jobs)[0] == "nightly"
    assert backups.newest(found, "shop")[0] == "old"
    assert backups.newest(found[1:2], "shop") == ("", None)


@pytest.mark.parametrize(
    ("log", "remedy"),
    [
        ("The specified bucket does not exist", "create it"),
        ("Access Denied.", "the account"),
        ("tls: failed to verify certificate: x509: signed by unknown authority", "caSecretKeyRef"),
        ("dial tcp 10.0.0.1:443: connect: connection refused", "does not answer"),
        ("write /backup: no space left on device", "stagingStorage"),
        ("error getting target recovery time: no valid backup files were found", "before that time"),
        ("gzip: invalid header", "damaged"),
        ("ERROR 1142 (42000) at line 9: DROP command denied to user 'root' for table `mysql`.`wsrep_streaming_log`", "one server without galera"),
        ("ERROR 1064 (42000) at line 7: You have an error in your SQL syntax", "damaged"),
        ("", "read the log"),
    ],
)
def test_a_failure_comes_with_its_log_and_a_next_step(log: str, remedy: str) -> None:
    problem = backups.failure(thing("True", "JobFailed", "Failed"), log)
    assert remedy in problem.remedy
    assert problem.reason == (log or "Failed")


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({"storage": {"s3": S3}, **CRON}, None),
        ({"storage": {"s3": S3}}, None),
        ({"storage": {"s3": S3}, "schedule": {"cron": "0 30 2 * * *"}}, "schedule"),
        ({"storage": {"persistentVolumeClaim": {}}}, "storage.s3"),
        ({"storage": {"s3": {**S3, "endpoint": "https://s3.example.org"}}}, "storage.s3.endpoint"),
        ({"storage": {"s3": {**S3, "tls": {}}}}, "storage.s3.tls.enabled"),
        ({"storage": {"s3": {**S3, "prefix": ""}}}, "storage.s3.prefix"),
    ],
)
def test_what_a_backup_must_not_say(spec: dict[str, Any], place: str | None) -> None:
    assert [problem.place for problem in backups.faults(spec)] == ([place] if place else [])


@pytest.mark.parametrize(
    ("other", "cluster", "told"),
    [
        ({}, "other", True),
        ({"prefix": "/prod/shop/"}, "other", True),
        ({}, "shop", False),
        ({"prefix": "prod/other"}, "other", False),
        ({"bucket": "c"}, "other", False),
        ({"endpoint": "s3.example.net"}, "other", False),
    ],
)
def test_two_clusters_do_not_dump_into_one_place(other: dict[str, Any], cluster: str, told: bool) -> None:
    there = {"metadata": {"namespace": "n"}, "spec": {"mariaDbRef": {"name": cluster}, "storage": {"s3": {**S3, **other}}}}
    found = list(backups.shared_place({"storage": {"s3": S3}}, "n", "shop", [there]))
    assert bool(found) is told
    assert all(f"n/{cluster} dumps into the same place" in problem.reason for problem in found)
    assert not list(backups.shared_place({"storage": {}}, "n", "shop", [there]))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("", ""),
        ("2026-11-22T02:30:00Z", ""),
        ("2026-11-22T02:30:00+01:00", ""),
        ("2026-11-22T02:30:00", "has no zone"),
        ("yesterday", "is no time"),
        ("2027-01-01T00:00:00Z", "still to come"),
    ],
)
def test_times_to_go_back_to(target: str, reason: str) -> None:
    found = "".join(map(str, backups.target_problems(target, NOW)))
    assert reason in found
    assert bool(found) == bool(reason)


@pytest.mark.parametrize(
    ("spec", "args"),
    [
        ({}, [backups.WITHOUT_SYSTEM]),
        ({"args": ["--quick"]}, ["--quick", backups.WITHOUT_SYSTEM]),
        ({"args": [backups.WITHOUT_SYSTEM]}, [backups.WITHOUT_SYSTEM]),
        ({"args": ["--databases app"]}, ["--databases app"]),
        ({"args": [" --ignore-database=logs"]}, [" --ignore-database=logs"]),
        ({"databases": ["app"]}, None),
    ],
)
def test_what_a_galera_cluster_would_not_take_back_is_not_dumped(spec: dict[str, Any], args: list[str] | None) -> None:
    """Once, and not where its owner has chosen databases."""
    found = backups.for_galera(spec)
    assert found.get("args") == args
    assert backups.for_galera(found) == found


def test_objects_never_ask_for_zero_retries_which_would_mean_five() -> None:
    for made in (backups.backup_object("b", "n", "shop", {}), backups.restore_object("r", "n", "shop", {"backupRef": {"name": "b"}})):
        assert made["spec"]["backoffLimit"] == 1
        assert made["spec"]["restartPolicy"] == "Never"


def test_a_question_is_sql_that_fails_by_itself() -> None:
    text = checks.script(checks.Check("d", "SELECT name FROM t LIMIT 1;", expect="O'Neil \\"))
    assert "SET found = (SELECT name FROM t LIMIT 1);" in text
    assert "IF found IS NULL OR found <> 'O''Neil \\\\' THEN" in text
    assert "found + 0 < 5" in checks.script(checks.Check("d", "SELECT COUNT(*) FROM t", minimum=5))


@pytest.mark.parametrize(
    ("check", "wrong"),
    [(checks.Check("d", "SELECT 1"), True), (checks.Check("d", "SELECT 1; DROP TABLE t", "1"), True), (checks.Check("d", "SELECT 1;", "1"), False)],
)
def test_questions_that_are_none(check: checks.Check, wrong: bool) -> None:
    assert bool(list(checks.faults([check]))) is wrong
