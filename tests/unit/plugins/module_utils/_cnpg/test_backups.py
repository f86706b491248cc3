# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups and restores: what counts as one, which point in time can be had, and what the new cluster is made of."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups, logs, recovery
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import Window
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, moment

from tests.unit.plugins.module_utils._cnpg.api_double import Api

NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
TRUE = {"status": "True"}


def backup(phase: str, **status: str) -> Object:
    """A Backup."""
    return {"metadata": {"name": "b"}, "spec": {"cluster": {"name": "a"}}, "status": {"phase": phase, **status}}


@pytest.mark.parametrize(
    ("phase", "ended"),
    [
        ("", None),
        ("pending", None),
        ("started", None),
        ("running", None),
        ("finalizing", None),
        ("walArchivingFailing", None),
        ("some new one", None),
        ("completed", True),
        ("failed", False),
        ("invalid backup definition", False),
    ],
)
def test_phases_of_a_backup(phase: str, ended: bool | None) -> None:
    """What is not known runs."""
    assert backups.ended(backup(phase)) is ended


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("ERROR: WAL archive check failed for server a: Expected empty archive", "serverName"),
        ("botocore.exceptions.ClientError: NoSuchBucket", "bucket does not exist"),
        ("An error occurred (InvalidAccessKeyId)", "account"),
        ("An error occurred (403) when calling HeadBucket: Forbidden", "account"),
        ("An error occurred (404) when calling the HeadBucket operation: Not Found", "bucket does not exist"),
        ("ssl: certificate verify failed", "endpointCA"),
        ("EndpointConnectionError: Could not connect to the endpoint URL", "does not answer"),
        ("XAmzContentSHA256Mismatch", "checksum"),
        ("exit status 4", "plugin-barman-cloud"),
    ],
)
def test_faults_of_the_archive_are_told_apart(words: str, remedy: str) -> None:
    """The operator's words, and what helps."""
    found = backups.failure(backup("failed", error=words))
    assert words in found.reason
    assert remedy.lower() in found.remedy.lower()


LOG = """{"level":"info","msg":"archiving"}
{"level":"error","logger":"barman-cloud-wal-archive","msg":"ERROR: An error occurred (InvalidAccessKeyId) when calling the PutObject operation"}
{"level":"error","msg":"exit status 2"}
"""


def test_the_plugins_log_tells_more_than_the_operator() -> None:
    """The last line that we know; nothing where there is none."""
    assert "InvalidAccessKeyId" in backups.telling(LOG)
    assert len(backups.telling("x" * 5000 + "NoSuchBucket" + "y" * 5000)) < 300
    assert backups.telling("all is well\n") == ""
    assert backups.telling('{"level":"info","process_id":"403","size":403}') == ""
    assert "403" in backups.telling("upstream said HTTP/1.1 403")
    assert "403" in backups.telling('{"status code":403}')
    found = backups.failure(backup("failed", error="exit status 2"), backups.telling(LOG))
    assert "account" in found.remedy
    assert found.reason.startswith("exit status 2")


def test_the_log_is_asked_for_and_may_be_missing() -> None:
    """Of the instance's sidecar."""
    api = Api()
    assert logs.of_archive(api, "n", "a-1") == ""
    api.logs["a-1"] = LOG
    assert "InvalidAccessKeyId" in logs.of_archive(api, "n", "a-1")


def test_the_error_of_a_job_is_the_last_one_in_its_log() -> None:
    """The instance manager writes JSON; whatever else stands in the log is passed over."""
    api = Api()
    api.logs["a-1-full-recovery-x"] = """
{"level":"error","msg":"first","error":"no"}
{"level":"error","msg":"Error while restoring a backup","error":"rpc error: tarfile.ReadError"}
{"level":"info","msg":"ended","error":"not one"}
["a", "list"]
Traceback
"""
    assert logs.of_job(api, "n", "a-1-full-recovery-x", "full-recovery") == "Error while restoring a backup: rpc error: tarfile.ReadError"
    assert logs.of_job(api, "n", "", "full-recovery") == ""
    assert logs.last_error('{"level":"error","msg":"no reason"}') == ""
    assert len(logs.last_error('{"level":"error","msg":"m","error":"' + "x" * 5000 + '"}')) == logs.LENGTH


@pytest.mark.parametrize(
    ("before", "after", "archiving", "words"),
    [
        (Window(), Window(NOW, NOW), TRUE, []),
        (Window(NOW - HOUR, NOW - HOUR), Window(NOW - HOUR, NOW), TRUE, []),
        (Window(NOW - HOUR, NOW), Window(NOW - HOUR, NOW), TRUE, ["still that"]),
        (Window(), Window(), TRUE, ["no time to go back to"]),
        (Window(), Window(NOW, NOW), {"status": "False", "message": "NoSuchBucket"}, ["WAL is not archived"]),
        (Window(), Window(NOW, NOW), {}, ["WAL is not archived"]),
        (Window(), Window(), {}, ["no time to go back to", "WAL is not archived"]),
    ],
)
def test_complete_is_not_enough(before: Window, after: Window, archiving: Object, words: list[str]) -> None:
    """The window has to move, and WAL has to follow."""
    found = list(backups.completed_problems(backup("completed"), before, after, archiving))
    assert [word in problem.reason for word, problem in zip(words, found, strict=True)] == [True] * len(words)


def test_the_window_is_the_plugins_not_the_clusters() -> None:
    """ObjectStore.status, by server name; nothing known is an empty window."""
    times = {"firstRecoverabilityPoint": "2026-11-22T10:00:00Z", "lastSuccessfulBackupTime": "2026-11-22T11:00:00+01:00"}
    store = {"status": {"serverRecoveryWindow": {"a": times}}}
    assert backups.window_of(store, "a") == Window(NOW, NOW, None)
    assert backups.window_of(store, "b") == Window()
    assert backups.window_of(None, "a") == Window()
    assert moment("soon") is None


def test_where_a_cluster_archives() -> None:
    """The server name is the cluster's own unless it says another one."""
    plugin: Object = {"name": PLUGIN, "parameters": {"barmanObjectName": "s"}}
    cluster: Object = {"metadata": {"name": "a"}, "spec": {"plugins": [plugin]}}
    assert backups.store_of(cluster) == ("s", "a")
    plugin["parameters"]["serverName"] = "a-2"
    assert backups.store_of(cluster) == ("s", "a-2")
    plugin["enabled"] = False
    assert backups.store_of(cluster) == ("", "")


def test_backups_that_run() -> None:
    """Of this cluster, and begun."""
    other = {**backup("running"), "spec": {"cluster": {"name": "z"}}}
    assert backups.running_backups([backup("running"), backup("completed"), backup(""), other], "a") == ["b"]


WINDOW = Window(first=NOW - HOUR, backed_up=NOW - HOUR)


@pytest.mark.parametrize(
    ("targets", "window", "words"),
    [
        ({}, WINDOW, []),
        ({"target_time": "2026-11-22T09:30:00Z"}, WINDOW, []),
        ({"target_time": "2026-11-22 10:30:00+01:00"}, WINDOW, []),
        ({"target_xid": "777"}, WINDOW, []),
        ({"target_time": "2026-11-22T09:30:00"}, WINDOW, ["no time zone"]),
        ({"target_time": "yesterday"}, WINDOW, ["is no time"]),
        ({"target_time": "2026-11-22T10:30:00Z"}, WINDOW, ["in the future"]),
        ({"target_time": "2026-11-22T08:59:59Z"}, WINDOW, ["before the first point"]),
        ({"target_time": "2026-11-22T09:30:00Z", "target_xid": "7"}, WINDOW, ["are given"]),
        ({}, Window(), ["no complete base backup"]),
    ],
)
def test_where_a_restore_can_go(targets: dict[str, str], window: Window, words: list[str]) -> None:
    """Inside of the window, with a zone, and only one target."""
    found = list(recovery.target_problems(targets, window, NOW))
    assert [word in problem.reason for word, problem in zip(words, found, strict=True)] == [True] * len(words)


@pytest.mark.parametrize(("server", "taken", "count"), [("b", ["a"], 0), ("a", ["a"], 1), ("b", ["a", "b"], 1), ("", ["a"], 0)])
def test_two_clusters_never_write_to_one_server_name(server: str, taken: list[str], count: int) -> None:
    """Neither the source's nor one that the archive holds already."""
    assert len(list(recovery.server_problems("b", server, "a", taken))) == count


SPEC: Object = {
    "instances": 3,
    "bootstrap": {"initdb": {"database": "shop", "owner": "shop", "encoding": "UTF8"}},
    "plugins": [{"name": PLUGIN, "parameters": {"barmanObjectName": "s"}}, {"name": "other"}],
    "postgresql": {"synchronous": {"number": 1}, "parameters": {"work_mem": "4MB"}},
    "managed": {"roles": []},
}


def test_the_definition_of_a_restored_cluster() -> None:
    """Where it comes from, and its own archive; its database and owner stay."""
    targets = {"target_time": "2026-11-22T09:30:00Z", "target_xid": ""}
    found = recovery.archiving_to(recovery.recovery_spec(SPEC, "s", "a", targets, exclusive=True), "s", "b")
    assert found["bootstrap"] == {
        "recovery": {
            "source": recovery.SOURCE,
            "recoveryTarget": {"targetTime": "2026-11-22T09:30:00Z", "exclusive": True},
            "database": "shop",
            "owner": "shop",
        }
    }
    assert found["externalClusters"] == [{"name": recovery.SOURCE, "plugin": {"name": PLUGIN, "parameters": {"barmanObjectName": "s", "serverName": "a"}}}]
    assert {plugin["name"]: plugin.get("parameters", {}).get("serverName") for plugin in found["plugins"]} == {"other": None, PLUGIN: "b"}
    assert SPEC["bootstrap"] == {"initdb": {"database": "shop", "owner": "shop", "encoding": "UTF8"}}
    assert recovery.recovered_warning(found)
    assert not recovery.recovered_warning(SPEC)


def test_a_scratch_cluster_writes_nowhere() -> None:
    """No plugin, one instance, nobody to wait for or to hand over to."""
    found = recovery.without_archive({**SPEC, "primaryUpdateStrategy": "supervised"})
    assert found["instances"] == 1
    assert not {"plugins", "managed", "backup", "primaryUpdateStrategy"} & set(found)
    assert found["postgresql"] == {"parameters": {"work_mem": "4MB"}}


def test_an_annotation_says_what_was_restored() -> None:
    """Equal for equal targets, so that a second run knows it."""
    targets: t.Final = {"target_xid": "7", "target_time": ""}
    assert recovery.origin_text("s", "a", targets) == "s/a target_xid=7"
    assert recovery.origin_text("s", "a", {}) == "s/a newest"
