# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another image: the hand-over of a supervised update, and everything that a major version needs in one change."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import sql, upgrade
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, MANAGER, PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import bring, document
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import PROVEN, text
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
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


def upgraded(
    api: Api, image: str, postgres: Postgres, server: str = "", most: Effect = Effect.SWITCHOVER, extensions: tuple[str, ...] = ()
) -> tuple[Outcome, Session]:
    """The state."""
    session, _clock, _told = session_of(api, stable=0.0)
    return upgrade.upgraded(session, image, server, postgres, upgrade.Leave(most, DAY, 16, extensions)), session


def proven(api: Api) -> None:
    """A backup was restored for a test just now."""
    api.things[CLUSTER]["metadata"]["annotations"] = {PROVEN: text(api.things[CLUSTER], datetime.datetime.now(datetime.UTC))}


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
    proven(api)
    postgres = Postgres({"FROM pg_database": "app", "pg_available_extensions": "ALTER EXTENSION postgis UPDATE (3.5.2 to 3.6.0)"})
    done, session = upgraded(api, "r/postgresql:18.1", postgres, "shop-pg18", Effect.DOWNTIME)
    assert done.changed
    assert not api.things[CLUSTER]["metadata"]["annotations"].get(upgrade.UNANALYZED)
    assert not upgraded(api, "r/postgresql:18.1", Postgres({}), "shop-pg18", Effect.DOWNTIME)[0].changed
    assert api.things[CLUSTER]["spec"]["plugins"][0]["parameters"] == {"barmanObjectName": "store", "serverName": "shop-pg18"}
    assert [said for _namespace, said in postgres.asked if "psql" not in said] == ["vacuumdb --all --analyze-in-stages --quiet"]
    assert any("in database app: ALTER EXTENSION postgis UPDATE (3.5.2 to 3.6.0)" in warning for warning in session.warnings)
    assert any("take a base backup now" in warning for warning in session.warnings)


def analyzed(postgres: Postgres) -> int:
    """How often statistics were made."""
    return len([said for _namespace, said in postgres.asked if "vacuumdb" in said])


def test_statistics_are_made_by_the_run_that_goes_on_waiting(api: Api) -> None:
    """After a run that waited too long, and after one whose statistics failed; then never again. Nothing is asked of a server that is stopped."""
    proven(api)
    postgres = Postgres({})
    api.at_look = lambda cluster, _number: cluster["status"].update(phase="Upgrading Postgres major version")
    with pytest.raises(Refused, match="run again, which goes on waiting"):
        upgraded(api, "r/postgresql:18.1", postgres, "shop-pg18", Effect.DOWNTIME)
    assert analyzed(postgres) == 0
    session, _clock, _told = session_of(api, stable=0.0, wait=False)
    done = upgrade.upgraded(session, "r/postgresql:18.1", "shop-pg18", postgres, upgrade.Leave(Effect.DOWNTIME, DAY, 16))
    assert (done.verdict.state, analyzed(postgres)) == ("wait", 0)
    assert any("no statistics yet" in warning for warning in session.warnings)
    api.at_look = lambda cluster, _number: cluster["status"].update(phase=HEALTHY)
    with pytest.raises(Refused, match="disk full"):
        upgraded(api, "r/postgresql:18.1", Postgres({"vacuumdb": "!disk full"}), "shop-pg18", Effect.DOWNTIME)
    done, session = upgraded(api, "r/postgresql:18.1", postgres, "shop-pg18", Effect.DOWNTIME)
    assert (done.changed, analyzed(postgres)) == (True, 1)
    assert any("take a base backup now" in warning for warning in session.warnings)
    assert not upgraded(api, "r/postgresql:18.1", postgres, "shop-pg18", Effect.DOWNTIME)[0].changed
    assert analyzed(postgres) == 1


def test_what_is_refused_leaves_no_mark(api: Api) -> None:
    """The proof is there, the leave to stop is not."""
    proven(api)
    with pytest.raises(Refused, match="downtime"):
        upgraded(api, "r/postgresql:18.1", Postgres({}), "shop-pg18", Effect.SWITCHOVER)
    assert upgrade.UNANALYZED not in api.things[CLUSTER]["metadata"]["annotations"]


@pytest.mark.parametrize("image", ["r/postgresql:17", "r/postgresql:18", "r/postgresql", "r/postgresql:latest"])
def test_an_image_without_its_exact_version_is_refused(api: Api, image: str) -> None:
    """As present refuses it."""
    proven(api)
    with pytest.raises(Refused, match="names no exact version"):
        upgraded(api, image, Postgres({}), "shop-pg18", Effect.DOWNTIME)
    assert api.things[CLUSTER]["spec"]["imageName"] == IMAGE


def test_an_older_major_version_is_no_upgrade_whatever_was_proven(api: Api) -> None:
    """No proof and no server name would make it one."""
    with pytest.raises(Refused) as caught:
        upgraded(api, "r/postgresql:16.10", Postgres({}), "", Effect.DOWNTIME)
    (problem,) = caught.value.problems
    assert "restore into a new cluster" in problem.remedy
    assert api.things[CLUSTER]["spec"]["imageName"] == IMAGE


@pytest.mark.parametrize(
    ("is_proven", "server", "most", "words"), [(False, "x", 4, "restored for a test"), (True, "", 4, "one archive"), (True, "x", 3, "downtime")]
)
def test_a_major_version_is_refused_before_anything_is_touched(api: Api, is_proven: bool, server: str, most: int, words: str) -> None:
    """Without proof, without an archive of its own, without leave to stop."""
    if is_proven:
        proven(api)
    with pytest.raises(Refused, match=words):
        upgraded(api, "r/postgresql:18.1", Postgres({}), server, Effect(most))
    assert api.things[CLUSTER]["spec"]["imageName"] == IMAGE


def test_extensions_are_refused_with_everything_else_until_somebody_has_looked(api: Api) -> None:
    """Nothing is touched before, and the confirmation holds for the extensions that it names only."""
    postgres = Postgres({"FROM pg_database": "app\nshop", "-d shop -c SELECT extname": "plpgsql\npostgis\nvector", "SELECT extname": "plpgsql"})
    with pytest.raises(Refused) as caught:
        upgraded(api, "r/postgresql:18.1", postgres, "", Effect.DOWNTIME, ("vector",))
    assert [problem.place for problem in caught.value.problems] == ["imageName", "server_name", "extension postgis"]
    assert api.things[CLUSTER]["spec"]["imageName"] == IMAGE
    proven(api)
    with pytest.raises(Refused, match="postgis"):
        upgraded(api, "r/postgresql:18.1", postgres, "shop-pg18", Effect.DOWNTIME, ("vector",))
    assert upgraded(api, "r/postgresql:18.1", postgres, "shop-pg18", Effect.DOWNTIME, ("vector", "postgis"))[0].changed


def refuse(*_: object) -> t.NoReturn:
    """The API server runs no command in a pod that is not there."""
    raise KubeError("Pod n/shop-1", "no command can be run in postgres: Not Found")


@pytest.mark.parametrize("run", [Postgres({"FROM pg_database": "!the database system is starting up"}), refuse])
def test_databases_that_cannot_be_asked_are_not_taken_for_empty(api: Api, run: sql.Run) -> None:
    """Said beside what else is wrong."""
    session, _clock, _told = session_of(api, stable=0.0)
    with pytest.raises(Refused, match=r"restored for a test(?s:.*)(starting up|no command can be run)"):
        upgrade.upgraded(session, "r/postgresql:18.1", "shop-pg18", run, upgrade.Leave(Effect.DOWNTIME, DAY, 16))
    assert api.things[CLUSTER]["spec"]["imageName"] == IMAGE
