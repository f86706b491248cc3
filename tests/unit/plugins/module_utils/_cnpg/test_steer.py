# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a cluster to sleep, and handing its primary over: what is said before, and what is refused."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import operations, steer
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, PLUGIN, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import bring, document
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Refused, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import TRACKING

from tests.unit.plugins.module_utils._cnpg.api_double import HEALTHY, IMAGE, Api, Postgres, session_of

CLUSTER = Reference(GROUP, "Cluster", "shop", "n")
PLUGINS = [{"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}]


def cluster_of(instances: int) -> tuple[Api, Session]:
    """A cluster that archives, and a session that does not wait."""
    api = Api()
    session, _clock, _told = session_of(api, wait=False)
    spec = {"instances": instances, "imageName": IMAGE, "storage": {"size": "1Gi"}, "plugins": PLUGINS}
    bring(session, document(session, spec), Effect.DOWNTIME)
    return api, session


def sleeping(metadata: Object, window: Object, *, check: bool, confirm: str = "") -> list[str]:
    """Warnings of state hibernated, tried or begun."""
    api, session = cluster_of(1)
    api.things[CLUSTER]["metadata"] |= metadata
    api.things[CLUSTER]["status"]["conditions"] = [{"type": "ContinuousArchiving", "status": "True"}]
    store = {"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": {"name": "store", "namespace": "n"}, "spec": {}}
    api.apply({**store, "status": {"serverRecoveryWindow": {"shop": window}}}, "test")
    session.warnings.clear()
    session.check_mode = check
    assert steer.hibernated(session, wanted=True, confirm=confirm).changed
    on = api.things[CLUSTER]["metadata"].get("annotations", {}).get("cnpg.io/hibernation")
    assert on == (None if check else "on")
    return session.warnings


BACKED_UP = {"firstRecoverabilityPoint": "2026-11-22T08:00:00Z", "lastSuccessfulBackupTime": "2026-11-22T08:00:00Z"}


@pytest.mark.parametrize("check", [True, False])
def test_what_is_said_before_a_cluster_sleeps(check: bool) -> None:
    """Without a backup its volumes are all there is, and it takes the cluster's name; Argo CD could wake it."""
    assert sleeping({}, BACKED_UP, check=check) == []
    with pytest.raises(Refused, match=r"no base backup.*run state backed_up first, or write confirm: n/shop"):
        sleeping({}, {}, check=check)
    assert ["no base backup" in warning for warning in sleeping({}, {}, check=check, confirm="n/shop")] == [True]
    (warning,) = sleeping({"annotations": {TRACKING: "databases:x"}}, BACKED_UP, check=check)
    assert "Application databases" in warning


def test_a_cluster_that_never_had_a_primary_is_not_put_to_sleep() -> None:
    """Its volumes may not be complete."""
    api = Api()
    api.things[CLUSTER] = {"metadata": {"name": "shop", "namespace": "n"}, "spec": {"instances": 1}, "status": {}}
    session, _clock, _told = session_of(api)
    with pytest.raises(Refused, match="never had a primary"):
        steer.hibernated(session, wanted=True)


@pytest.mark.parametrize(
    ("answer", "target", "chosen", "words"),
    [
        ("shop-2|streaming|0\nshop-3|streaming|0", "", "shop-2", ""),
        ("shop-2|streaming|4096\nshop-3|streaming|0", "", "shop-3", ""),
        ("shop-2|streaming|4096\nshop-3|streaming|0", "shop-2", "shop-2", ""),
        ("shop-2|streaming|99999999\nshop-3|streaming|0", "shop-2", "", "95 MiB of WAL behind"),
        ("shop-2|streaming|99999999\nshop-3|streaming|0", "", "shop-3", ""),
        ("shop-3|streaming|0", "shop-2", "", "does not stream"),
        ("", "", "", "does not stream"),
        ("!the database system is shutting down", "", "", "shutting down"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_a_switchover_looks_at_the_lag_first(answer: str, target: str, chosen: str, words: str, check: bool) -> None:
    """Also in check mode; what is refused changes nothing."""
    api, session = cluster_of(3)
    session.check_mode = check
    postgres = Postgres({"pg_stat_replication": answer})
    if words:
        with pytest.raises(Refused, match=words):
            steer.switched_over(session, target, postgres, 16)
    else:
        assert steer.switched_over(session, target, postgres, 16).more["target"] == chosen
    assert at(api.things[CLUSTER], "status", "targetPrimary") == ("shop-1" if check or words else chosen)


def test_the_lag_is_not_asked_for_where_the_switchover_cannot_be_anyway() -> None:
    """The reason people need is the first one."""
    _api, session = cluster_of(1)
    postgres = Postgres({})
    with pytest.raises(Refused, match="no replica is ready"):
        steer.switched_over(session, "", postgres, 16)
    assert postgres.asked == []


def test_a_fence_around_all_needs_the_name_and_one_around_the_primary_a_word() -> None:
    """Nothing is written before."""
    api, session = cluster_of(3)
    for members, allowed, confirm, words in ((["*"], True, "shop", "write confirm: n/shop"), (["shop-1"], False, "n/shop", "allow_primary")):
        with pytest.raises(Refused, match=words):
            steer.fenced(session, members, allowed, confirm, wanted=True)
    assert "annotations" not in api.things[CLUSTER]["metadata"]
    assert steer.fenced(session, ["*"], False, "n/shop", wanted=True).changed


def test_a_replica_that_has_just_started_is_waited_for() -> None:
    """It is ready before it streams; who never does is refused after a minute, with nothing written."""
    api, _session = cluster_of(3)
    session, clock, told = session_of(api, stable=0.0)
    postgres = Postgres({"pg_stat_replication": "shop-2|catchup|4096"})
    with pytest.raises(Refused, match="does not stream"):
        steer.switched_over(session, "shop-2", postgres, 16)
    assert 60 <= clock.now < 65
    assert at(api.things[CLUSTER], "status", "targetPrimary") == "shop-1"

    def streams_later(cluster: Object, _number: int) -> None:
        cluster["status"]["currentPrimary"] = cluster["status"]["targetPrimary"]
        cluster["status"]["phase"] = HEALTHY
        if clock.now > 90:
            postgres.answers["pg_stat_replication"] = "shop-2|streaming|0"

    api.at_look = streams_later
    assert steer.switched_over(session, "shop-2", postgres, 16).changed
    assert at(api.things[CLUSTER], "status", "currentPrimary") == "shop-2"
    assert any("shop-2: it does not stream" in line for line in told)


SINCE = "2026-11-22T10:00:00Z"


@pytest.mark.parametrize(
    ("annotation", "again"),
    [
        (("cnpg.io/hibernation", "off"), lambda session: steer.hibernated(session, wanted=False)),
        ((operations.RELOADED, SINCE), lambda session: steer.restarted(session, SINCE, operations.RELOADED)),
        ((operations.RESTARTED, SINCE), lambda session: steer.restarted(session, SINCE, operations.RESTARTED)),
    ],
)
def test_a_run_that_is_repeated_goes_on_waiting(annotation: tuple[str, str], again: t.Callable[[Session], Outcome]) -> None:
    """What was asked for before is not done because it was asked for; in check mode nobody waits."""
    api, _session = cluster_of(1)
    api.things[CLUSTER]["metadata"]["annotations"] = dict([annotation])
    pod = api.things[Reference("v1", "Pod", "shop-1", "n")]["metadata"]
    pod["annotations"] = dict([annotation])
    session, clock, _told = session_of(api, stable=0.0, timeout=100.0)
    api.at_look = lambda cluster, _number: cluster["status"].update(phase=HEALTHY if clock.now >= 40 else "Applying configuration")
    session.check_mode = True
    assert (again(session).changed, clock.now) == (False, 0)
    session.check_mode = False
    assert (again(session).changed, clock.now) == (False, 40)
    api.at_look = lambda cluster, _number: cluster["status"].update(phase="Applying configuration")
    with pytest.raises(Refused, match="run again, which goes on waiting"):
        again(session)


@pytest.mark.parametrize("target", ["", "shop-2"])
def test_a_switchover_that_has_begun_is_waited_for(target: str) -> None:
    """By its name or without one; another one is refused meanwhile."""
    api, _session = cluster_of(3)
    session, clock, _told = session_of(api, stable=0.0, timeout=100.0)
    api.things[CLUSTER]["status"] |= {"targetPrimary": "shop-2", "phase": "Switchover in progress"}

    def ends(cluster: Object, _number: int) -> None:
        if clock.now >= 20:
            cluster["status"] |= {"currentPrimary": "shop-2", "phase": HEALTHY}

    api.at_look = ends
    postgres = Postgres({"pg_stat_replication": "shop-2|streaming|0\nshop-3|streaming|0"})
    with pytest.raises(Refused, match="Switchover in progress"):
        steer.switched_over(session, "shop-3", postgres, 16)
    done = steer.switched_over(session, target, postgres, 16)
    assert (done.changed, done.more["target"], clock.now) == (False, "shop-2", 20)
