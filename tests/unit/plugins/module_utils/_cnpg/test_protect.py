# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that is complete counts once WAL from after its end is in the archive."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups, protect
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, PLUGIN, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._kube.execution import Ran
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Refused
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

from tests.unit.plugins.module_utils._cnpg.api_double import IMAGE, Api, Clock, session_of

SEGMENT, BEFORE = "000000010000000000000009", "000000010000000000000008"
STORE = Reference(STORE_GROUP, "ObjectStore", "store", "n")
NO_AGE = datetime.timedelta()


class Operator(Api):
    """Ends each backup at once, and writes it down in the window. A failure it words as the operator does with the plugin: without its reason."""

    phase = "completed"

    def create(self, document: Object, manager: str, dry_run: bool = False) -> Object:
        window = {"firstRecoverabilityPoint": "2026-11-22T08:00:00Z", "lastSuccessfulBackupTime": "2026-11-22T08:00:00Z"}
        self.things[STORE]["status"] = {"serverRecoveryWindow": {"shop": window}}
        error = {"error": "rpc error: code = Unknown desc = exit status 2"} if self.phase == "failed" else {}
        super().create({**document, "status": {"phase": self.phase, **error}}, manager, dry_run)
        return document


class Primary:
    """A database that closes a segment when it is told to, and archives it after some seconds."""

    def __init__(self, clock: Clock, seconds: float, segment: str = SEGMENT) -> None:
        self.clock, self.seconds, self.segment = clock, seconds, segment
        self.closed: float | None = None
        self.said: list[str] = []

    def __call__(self, _namespace: str, pod: str, _container: str, argv: Sequence[str]) -> Ran:
        assert pod == "shop-1"
        self.said.append(argv[-1])
        if "pg_create_restore_point" in argv[-1]:
            return Ran(0, SEGMENT, "")
        if "pg_switch_wal" in argv[-1]:
            self.closed = self.clock.now
            return Ran(0, "0/9000060", "")
        assert "pg_stat_archiver" in argv[-1]
        done = self.closed is not None and self.clock.now - self.closed >= self.seconds
        return Ran(0, self.segment if done else BEFORE, "")


def backed_up(seconds: float, segment: str = SEGMENT, log: str = "", phase: str = "completed") -> tuple[Outcome, Primary, Clock]:
    """The state, with a primary that needs some seconds."""
    api = Operator()
    api.phase = phase
    api.apply({"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": {"name": "store", "namespace": "n"}, "spec": {}}, "test")
    plugin = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}, "plugins": [plugin]}
    api.apply({"apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": "shop", "namespace": "n"}, "spec": spec}, "test")
    api.things[Reference(GROUP, "Cluster", "shop", "n")]["status"]["conditions"] = [{"type": "ContinuousArchiving", "status": "True"}]
    if log:
        api.logs["shop-1"] = log
    session, clock, _told = session_of(api)
    primary = Primary(clock, seconds, segment)
    return protect.backed_up(session, primary, "nightly", "primary", NO_AGE), primary, clock


def test_wal_of_the_backups_end_is_closed_and_waited_for() -> None:
    """With a record in it, since an empty segment is not closed."""
    done, primary, clock = backed_up(40.0)
    assert done.changed
    assert done.more["archived_wal"] == SEGMENT
    assert clock.now >= 40
    assert ["pg_create_restore_point('nightly')" in primary.said[0], "pg_switch_wal" in primary.said[1]] == [True, True]


def test_without_waiting_a_backup_is_only_asked_for() -> None:
    """Its phase and the archive are not looked at; a second run finds it there."""
    api = Operator()
    api.phase = "running"
    api.apply({"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": {"name": "store", "namespace": "n"}, "spec": {}}, "test")
    plugin = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}, "plugins": [plugin]}
    api.apply({"apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": "shop", "namespace": "n"}, "spec": spec}, "test")
    session, clock, _told = session_of(api, wait=False)
    primary = Primary(clock, 0)
    done, again = (protect.backed_up(session, primary, "nightly", "primary", NO_AGE) for _time in range(2))
    assert (done.changed, again.changed, done.more["backup"]) == (True, False, "nightly")
    assert "archived_wal" not in done.more
    assert (clock.now, primary.said) == (0.0, [])


def test_without_waiting_the_end_of_a_cluster_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's finalizer keeps it: with waiting that is said, without it nobody claims more than the deletion."""
    api = Operator()
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}}
    api.apply({"apiVersion": GROUP, "kind": "Cluster", "metadata": {"name": "shop", "namespace": "n"}, "spec": spec}, "test")
    monkeypatch.setattr(api, "delete", lambda *_given: True)
    session, _clock, _told = session_of(api, wait=False)
    assert protect.absent(session, "n/shop", NO_AGE).changed
    session, _clock, _told = session_of(api, timeout=10.0)
    with pytest.raises(Refused, match="to be gone"):
        protect.absent(session, "n/shop", NO_AGE)


def test_another_timeline_after_a_promotion_is_as_good() -> None:
    """The segment's number counts."""
    assert backed_up(0.0, "00000002000000000000000A")[0].changed


def test_wal_that_does_not_arrive_is_no_backup() -> None:
    """Although backup and window are there; with the archive's reason where its log has one."""
    with pytest.raises(Refused, match=f"WAL {SEGMENT}, closed 300 s ago, is not archived .the last is {BEFORE}"):
        backed_up(float("inf"))
    with pytest.raises(Refused, match="bucket does not exist"):
        backed_up(float("inf"), log="ERROR: NoSuchBucket")


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("ERROR: An error occurred (InvalidAccessKeyId) when calling the PutObject operation", "the account is wrong"),
        ("ERROR: NoSuchBucket", "the bucket does not exist"),
        ("ERROR: WAL archive check failed: Expected empty archive", "serverName of its own"),
        ("", "read the log of the container plugin-barman-cloud"),
    ],
)
def test_why_a_backup_failed_stands_in_the_plugins_log(log: str, words: str) -> None:
    """The operator itself says that a program failed."""
    with pytest.raises(Refused, match=words) as caught:
        backed_up(0.0, log=log, phase="failed")
    assert "exit status 2" in str(caught.value)


@pytest.mark.parametrize(
    ("archived", "reached"),
    [
        ("", False),
        (BEFORE, False),
        (SEGMENT, True),
        ("00000001000000000000000A", True),
        ("000000020000000000000009", True),
        ("000000020000000000000008", False),
        (f"{SEGMENT}.00000028.backup", True),
        ("00000002.history", False),
    ],
)
def test_which_segments_are_in_the_archive(archived: str, reached: bool) -> None:
    """By the last one that PostgreSQL says it has archived."""
    assert backups.reached(archived, SEGMENT) is reached
