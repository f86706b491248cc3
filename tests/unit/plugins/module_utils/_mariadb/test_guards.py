# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions that are refused, each with the one thing that is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.guards import faults, parsed, settings_faults
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.versions import is_exact, series_note, step_problem, version_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid

from tests.unit.plugins.module_utils._mariadb.clusters import SPEC, without


def test_a_sound_definition_has_no_faults() -> None:
    assert list(faults("shop", SPEC)) == []
    assert list(faults("shop", {**without(without(SPEC, "galera"), "affinity"), "replicas": 1})) == [], "one server needs nobody beside it"


@pytest.mark.parametrize(
    ("own", "place", "reason"),
    [
        ({"replicas": 2}, "spec.replicas", "loss of one leaves no majority"),
        ({"replicas": 4}, "spec.replicas", "loss of half"),
        ({"replicas": 1}, "spec.replicas", "no majority"),
        ({"replicas": "3"}, "spec.replicas", "no number"),
        ({"replicas": True}, "spec.replicas", "no number"),
        ({"galera": {"enabled": False}}, "spec.replicas", "data of their own"),
        ({"affinity": {"antiAffinityEnabled": False}}, "spec.affinity.antiAffinityEnabled", "take the majority"),
        ({"image": "mariadb"}, "spec.image", "no exact version"),
        ({"image": "mariadb:11.8"}, "spec.image", "no exact version"),
        ({"image": ""}, "spec.image", "the operator would choose"),
        ({"storage": {"size": ""}}, "spec.storage.size", "how large"),
        ({"storage": {"ephemeral": True}}, "spec.storage.ephemeral", "forget"),
        ({"storage": {"pvcRetentionPolicy": {"whenDeleted": "Delete"}}}, "spec.storage.pvcRetentionPolicy.whenDeleted", "without a question"),
        ({"galera": {"primary": {"podIndex": 0}}}, "spec.galera.primary.podIndex", "every failover"),
        ({"galera": {"recovery": {"forceClusterBootstrapInPod": "shop-0"}}}, "spec.galera.recovery.forceClusterBootstrapInPod", "later crash"),
        ({"galera": {"recovery": {"minClusterSize": "50%"}}}, "spec.galera.recovery.minClusterSize", "restarts members that are well"),
        ({"galera": {"sst": "mysqldump"}}, "spec.galera.sst", "blocks"),
        ({"rootPasswordSecretKeyRef": {"generate": True}}, "spec.rootPasswordSecretKeyRef.generate", "another one"),
        ({"rootEmptyPassword": True}, "spec.rootEmptyPassword", "anybody"),
        ({"myCnf": "[mariadb]\nwsrep_on=0\n"}, "spec.myCnf wsrep_on", "operator sets it"),
        ({"myCnf": "[mariadb]\ninnodb-flush-log-at-trx-commit = 2 # faster\n"}, "spec.myCnf innodb-flush-log-at-trx-commit", "rows are lost"),
    ],
)
def test_one_fault_is_told_with_its_place_and_a_remedy(own: dict[str, Any], place: str, reason: str) -> None:
    found = list(faults("shop", overlaid(SPEC, own)))
    assert [problem.place for problem in found] == [place]
    assert reason in found[0].reason
    assert found[0].remedy


def test_every_fault_is_told_at_once() -> None:
    assert len(list(faults("Shop!", {"replicas": 2, "galera": {"enabled": True}}))) == 5


def test_settings_are_found_as_mariadb_reads_them() -> None:
    text = "[mariadb]\n# a comment\nmax_connections=200\nloose-innodb_doublewrite = OFF  # why\nskip-name-resolve\n!includedir /etc\n"
    assert parsed(text) == {"max_connections": "200", "innodb_doublewrite": "OFF", "skip-name-resolve": "on"}
    assert [name for name, _reason, _remedy in settings_faults(parsed(text))] == ["innodb_doublewrite"]
    assert list(settings_faults({"innodb_flush_log_at_trx_commit": 1, "innodb_doublewrite": "ON"})) == []


@pytest.mark.parametrize(
    ("image", "version", "exact"),
    [
        ("mariadb:11.8.3", (11, 8, 3), True),
        ("registry.example.org:5000/library/mariadb:11.8.3-noble", (11, 8, 3), True),
        ("mariadb:11.8", (11, 8), False),
        ("mariadb:lts", None, False),
        ("registry.example.org:5000/mariadb", None, False),
        (f"mariadb@sha256:{'a' * 64}", None, True),
        (f"mariadb:11.8@sha256:{'a' * 64}", (11, 8), True),
        (None, None, False),
    ],
)
def test_the_version_stands_in_the_tag(image: str | None, version: tuple[int, ...] | None, exact: bool) -> None:
    assert version_of(image) == version
    assert is_exact(image) is exact


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("mariadb:11.8.3", "mariadb:11.8.4", ""),
        ("mariadb:11.8.3", "mariadb:12.3.1", ""),
        ("mariadb:11.4.3", "mariadb:12.3.1", "go to 11.8 first"),
        ("mariadb:10.6.1", "mariadb:11.8.1", "go to 10.11 first"),
        ("mariadb:12.3.1", "mariadb:11.8.9", "does not become"),
        ("mariadb:11.8.3", "mariadb:edge", ""),
    ],
)
def test_upgrades_go_from_one_series_to_the_next(old: str, new: str, told: str) -> None:
    assert told in step_problem(old, new)
    assert bool(step_problem(old, new)) == bool(told)


def test_what_is_left_to_do_after_a_change_of_the_series() -> None:
    assert "mariadb-upgrade" in series_note("mariadb:11.8.3", "mariadb:12.3.1")
    assert series_note("mariadb:11.8.3", "mariadb:11.8.4") == series_note(None, "mariadb:12.3.1") == ""
