# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another image: the hand-over of a supervised update, and everything that a major version needs in one change."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, MANAGER, PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import bring, document
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.protect import PROVEN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Refused
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

from tests.unit.plugins.module_utils._cnpg.api_double import HEALTHY, IMAGE, Api, Postgres, session_of, status_of

CLUSTER = Reference(GROUP, "Cluster", "shop", "n")
DAY = datetime.timedelta(days=1)
WAITING = "Waiting for user action"
PLUGINS = [{"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}]


@pytest.fixture
def api() -> Api:
    """Three instances with an archive, as this collection applied them."""
    api = Api()
    session, _clock, _told = session_of(api, stable=0.0)
    spec = {"instances": 3, "imageName": IMAGE, "storage": {"size": "1Gi"}, "plugins": PLUGINS}
    bring(session, document(session, spec), Effect.DOWNTIME)
    fields: Object = {f"f:{name}": {} for name in spec}
    api.things[CLUSTER]["metadata"]["managedFields"] = [{"manager": MANAGER, "operation": "Apply", "fieldsV1": {"f:spec": fields}}]
    return api


def upgraded(api: Api, image: str, postgres: Postgres, server: str = "", most: Effect = Effect.SWITCHOVER) -> tuple[Outcome, Session]:
    """The state."""
    session, _clock, _told = session_of(api, stable=0.0)
    return upgrade.upgraded(session, image, server, postgres, most, DAY, 16), session


def test_a_supervised_update_is_handed_over(api: Api) -> None:
    """The operator waits until somebody changes the primary."""

    def supervised(cluster: Object, _number: int) -> None:
        if cluster["spec"]["imageName"] != IMAGE:
            status = cluster["status"]
            status["phase"] = WAITING if status["targetPrimary"] == "shop-1" else HEALTHY
            status["currentPrimary"] = status["targetPrimary"]

    api.at_look = supervised
    lagging = Postgres({"pg_stat_replication": "shop-2|streaming|99999999\nshop-3|streaming|99999999"})
    with pytest.raises(Refused, match="behind"):
        upgraded(api, "r/postgresql:17.7", lagging)
    done, _session = upgraded(api, "r/postgresql:17.7", Postgres({"pg_stat_replication": "shop-2|streaming|0\nshop-3|streaming|0"}))
    assert done.changed
    assert done.verdict.state == "ready"
    assert status_of(api)["currentPrimary"] == "shop-2"
    assert api.things[CLUSTER]["spec"]["storage"] == {"size": "1Gi"}


def test_a_minor_version_analyses_nothing_and_is_done_once(api: Api) -> None:
    """No SQL at all."""
    postgres = Postgres({})
    assert upgraded(api, "r/postgresql:17.7", postgres)[0].changed
    assert not upgraded(api, "r/postgresql:17.7", postgres)[0].changed
    assert postgres.asked == []


def test_a_major_version_changes_image_and_archive_together(api: Api) -> None:
    """Statistics are made anew, and a base backup is asked for."""
    now = datetime.datetime.now(datetime.UTC)
    api.things[CLUSTER]["metadata"]["annotations"] = {PROVEN: now.isoformat()}
    postgres = Postgres({})
    done, session = upgraded(api, "r/postgresql:18.1", postgres, "shop-pg18", Effect.DOWNTIME)
    assert done.changed
    assert api.things[CLUSTER]["spec"]["plugins"][0]["parameters"] == {"barmanObjectName": "store", "serverName": "shop-pg18"}
    assert [said for _namespace, said in postgres.asked] == ["vacuumdb --all --analyze-in-stages --quiet"]
    assert any("take a base backup now" in warning for warning in session.warnings)


def test_an_older_major_version_is_no_upgrade_whatever_was_proven(api: Api) -> None:
    """No proof and no server name would make it one."""
    with pytest.raises(Refused) as caught:
        upgraded(api, "r/postgresql:16.10", Postgres({}), "", Effect.DOWNTIME)
    (problem,) = caught.value.problems
    assert "restore into a new cluster" in problem.remedy
    assert api.things[CLUSTER]["spec"]["imageName"] == IMAGE


@pytest.mark.parametrize(
    ("proven", "server", "most", "words"), [(False, "x", 4, "restored for a test"), (True, "", 4, "one archive"), (True, "x", 3, "downtime")]
)
def test_a_major_version_is_refused_before_anything_is_touched(api: Api, proven: bool, server: str, most: int, words: str) -> None:
    """Without proof, without an archive of its own, without leave to stop."""
    if proven:
        api.things[CLUSTER]["metadata"]["annotations"] = {PROVEN: datetime.datetime.now(datetime.UTC).isoformat()}
    with pytest.raises(Refused, match=words):
        upgraded(api, "r/postgresql:18.1", Postgres({}), server, Effect(most))
    assert api.things[CLUSTER]["spec"]["imageName"] == IMAGE
