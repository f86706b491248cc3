# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What restores of a MariaDB and of a namespace may do: truth tables of refusals, and what holds for every request."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import TRIAL
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup import restore_mariadb, restore_namespace
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.restore_namespace import ELSEWHERE, PASSIVE, plan
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=datetime.UTC)
CLUSTERS: dict[str, dict[str, Any]] = {"cloud": {"backup": {"storage": {}}}, "desk": {"backup": None}}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, None),
        ({"target_time": "2026-11-22T09:00:00+01:00"}, None),
        ({"from_environment": "dev"}, None),
        ({"mariadb": "clod"}, "did you mean 'cloud'"),
        ({"mariadb": "desk"}, "desk has no dumps"),
        ({"to": ""}, "cannot be the name"),
        ({"to": "desk"}, "goes into a new one only"),
        ({"to": "cloud"}, "goes into a new one only"),
        ({"to": "cloud-trial"}, "the name of a scratch server"),
        ({"to": "other-trial"}, "the name of a scratch server"),
        ({"overwrite": True}, "never overwritten"),
        ({"from_environment": "prod"}, "nothing masks a MariaDB"),
        ({"target_time": "2026-11-22T09:00:00"}, "has no zone"),
        ({"target_time": "2026-11-23T09:00:00Z"}, "still to come"),
    ],
)
def test_a_mariadb(asked: dict[str, Any], words: str | None) -> None:
    found = list(restore_mariadb.problems(restore_mariadb.Request(**{"environment": "dev", "mariadb": "cloud", "to": "cloud-2", **asked}), CLUSTERS, NOW))
    assert (found == []) == (words is None), found
    assert words is None or words in "; ".join(found)


def test_no_cluster_of_the_matrix_can_be_called_as_a_scratch_server_is() -> None:
    """Its name is one of the catalogue's (GW850, GW901)."""
    assert not [name for name in Catalogue().names if name.endswith(TRIAL)]


def test_everything_against_a_mariadb_is_said_at_once() -> None:
    request = restore_mariadb.Request("dev", "no", "NO", "yesterday", "prod", overwrite=True)
    assert len(list(restore_mariadb.problems(request, CLUSTERS, NOW))) == 5


def backup(name: str, day: int = 1, phase: str = "Completed", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": spec, "status": {"phase": phase, "startTimestamp": f"2026-11-{day:02d}T04:00:00Z"}}


BACKUPS = [backup("new", 3), backup("old", 1), backup("part", 9, "PartiallyFailed"), backup("other", 8, excludedNamespaces=["wiki"])]
TYPED = {"overwrite": True, "to": "", "confirm": "prod/wiki"}


def request(**changes: Any) -> restore_namespace.Request:
    return restore_namespace.Request(**{"environment": "prod", "namespace": "wiki", "to": "wiki-look", **changes})


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, None),
        ({"backup": "old"}, None),
        (TYPED, None),
        ({"namespace": "", "backup": "old"}, "is no namespace"),
        ({"namespace": "velero"}, "is in no backup"),
        ({"to": ""}, "give -e to=NAME, or -e overwrite=true"),
        ({"to": "Wiki_2"}, "cannot be the name"),
        ({"to": "wiki"}, "goes into a new one"),
        ({"to": "shop"}, "goes into a new one"),
        ({**TYPED, "confirm": ""}, "-e confirm=prod/wiki"),
        ({**TYPED, "confirm": "yes"}, "-e confirm=prod/wiki"),
        ({**TYPED, "confirm": "dev/wiki"}, "-e confirm=prod/wiki"),
        ({**TYPED, "to": "wiki-look"}, "either -e to"),
        ({"backup": "ol"}, "did you mean 'old'"),
        ({"backup": "part"}, "is PartiallyFailed"),
        ({"backup": "other"}, "does not hold wiki"),
    ],
)
def test_a_namespace(asked: dict[str, Any], words: str | None) -> None:
    found = plan(request(**asked), BACKUPS, ["wiki", "shop"])
    assert (found.problems == ()) == (words is None), found.problems
    assert words is None or words in "; ".join(found.problems)


def test_the_newest_backup_that_is_whole_and_holds_it_is_taken() -> None:
    found = plan(request(), BACKUPS, [])
    assert (found.backup, found.at) == ("new", "2026-11-03T04:00:00Z")
    assert plan(request(), [BACKUPS[2]], []).problems == ("Velero has no complete backup that holds wiki",)


def test_a_copy_does_not_run_and_what_is_put_over_the_source_is_no_database() -> None:
    beside, over = plan(request(), BACKUPS, []).spec, plan(request(**TYPED), BACKUPS, ["wiki"]).spec
    assert beside["namespaceMapping"] == {"wiki": "wiki-look"}
    assert beside["includedResources"] == list(PASSIVE)
    assert not {"pods", "services", "deployments.apps"} & set(PASSIVE)
    assert over["excludedResources"] == list(ELSEWHERE)
    assert "namespaceMapping" not in over
    acting = {"k8s.mariadb.com": "sqljobs backups physicalbackups restores databases users grants"}
    acting["postgresql.cnpg.io"] = "backups scheduledbackups databases databaseroles publications subscriptions"
    assert {f"{kind}.{group}" for group, kinds in acting.items() for kind in kinds.split()} < set(over["excludedResources"])


WORDS = st.sampled_from(["", "wiki", "shop", "wiki-look", "prod/wiki", "new", "old", "part", "velero"])


@given(asked=st.fixed_dictionaries(dict.fromkeys(("namespace", "to", "backup", "confirm"), WORDS) | {"overwrite": st.booleans()}))
def test_nothing_that_is_there_is_touched_without_its_name(asked: dict[str, Any]) -> None:
    there = ["wiki", "shop"]
    found = plan(restore_namespace.Request(environment="prod", **asked), BACKUPS, there)
    if found.problems:
        assert found.spec == {}
        return
    target = found.spec.get("namespaceMapping", {}).get(asked["namespace"], asked["namespace"])
    assert target not in there or asked["confirm"] == f"prod/{target}"
