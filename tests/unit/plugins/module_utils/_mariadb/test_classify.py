# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change does, field by field."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.classify import Setting, classify, setting_of
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.effects import FIELDS, row_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils._mariadb.clusters import SPEC, mariadb

CLUSTER, ALONE = Setting(3), Setting(1)
OFF = {"updateStrategy": {"type": "OnDelete"}}


@pytest.mark.parametrize(
    ("own", "setting", "effect", "why"),
    [
        ({"image": "mariadb:11.8.4"}, CLUSTER, Effect.SWITCHOVER, "another member becomes primary"),
        ({"image": "mariadb:11.8.4"}, ALONE, Effect.DOWNTIME, "nobody answers"),
        ({"image": "mariadb:12.3.1"}, CLUSTER, Effect.SWITCHOVER, "one after the other"),
        ({"image": "mariadb:11.8.2"}, CLUSTER, Effect.FORBIDDEN, "does not become"),
        ({"image": "mariadb:11.4.9"}, CLUSTER, Effect.FORBIDDEN, "one way only"),
        ({"myCnf": "[mariadb]\nmax_connections=200"}, CLUSTER, Effect.SWITCHOVER, "hash of my.cnf"),
        ({"storage": {"size": "20Gi"}}, CLUSTER, Effect.ONLINE, "grow"),
        ({"storage": {"size": "5Gi"}}, CLUSTER, Effect.FORBIDDEN, "do not shrink"),
        ({"storage": {"size": "20Gi"}}, Setting(3, frozenset({"slow"})), Effect.FORBIDDEN, "cannot enlarge"),
        ({"storage": {"size": "20Gi"}}, Setting(3, frozenset({"fast"})), Effect.ONLINE, "grow"),
        ({"storage": {"storageClassName": "slow"}}, CLUSTER, Effect.FORBIDDEN, "keep the class"),
        ({"storage": {"volumeClaimTemplate": {"accessModes": ["x"]}}}, CLUSTER, Effect.FORBIDDEN, "template"),
        ({"replicas": 5}, CLUSTER, Effect.SWITCHOVER, "addresses of all"),
        ({"replicas": 1}, CLUSTER, Effect.FORBIDDEN, "2 members would leave the cluster, their volumes stay"),
        ({"galera": {"primary": {"podIndex": 2}}}, CLUSTER, Effect.FORBIDDEN, "switched_over"),
        ({"galera": {"primary": {"autoFailover": False}}}, CLUSTER, Effect.ONLINE, "operator alone"),
        ({"galera": {"recovery": {"minClusterSize": 2}}}, CLUSTER, Effect.ONLINE, "operator alone"),
        ({"galera": {"enabled": False}}, CLUSTER, Effect.FORBIDDEN, "restore into a new one"),
        ({"galera": {"replicaThreads": 4}}, CLUSTER, Effect.SWITCHOVER, "Galera's configuration"),
        ({"rootPasswordSecretKeyRef": {"key": "other"}}, CLUSTER, Effect.FORBIDDEN, "get in"),
        ({"bootstrapFrom": {"backupRef": {"name": "b"}}}, CLUSTER, Effect.IGNORED, "only a new cluster"),
        ({"podDisruptionBudget": {"maxUnavailable": 1}}, CLUSTER, Effect.IGNORED, "never changed"),
        ({"affinity": {"antiAffinityEnabled": False}}, CLUSTER, Effect.FORBIDDEN, "as it was first said"),
        ({"aFieldOfTomorrow": 1}, CLUSTER, Effect.SWITCHOVER, "does not know the field"),
    ],
)
def test_what_a_change_does(own: dict[str, Any], setting: Setting, effect: Effect, why: str) -> None:
    found = classify(SPEC, overlaid(SPEC, own), setting)
    assert found[0].effect == effect, found
    assert why in found[0].why
    assert found[0].source


def test_a_change_that_nobody_carries_out_is_told_apart_from_one_that_does_nothing() -> None:
    before = overlaid(SPEC, OFF)
    assert classify(before, overlaid(before, {"myCnf": "x=1"}), CLUSTER)[0].effect == Effect.IGNORED
    assert classify(SPEC, overlaid(SPEC, {"storage": {"size": "20Gi", "resizeInUseVolumes": False}}), CLUSTER)[0].effect == Effect.IGNORED
    assert classify(SPEC, SPEC, CLUSTER) == ()


def test_volumes_that_would_go_with_their_members_are_named() -> None:
    spec = overlaid(SPEC, {"replicas": 5, "storage": {"pvcRetentionPolicy": {"whenScaled": "Delete"}}})
    assert "their volumes are deleted" in classify(spec, overlaid(spec, {"replicas": 3}), CLUSTER)[0].why


def test_the_worst_comes_first_and_the_setting_is_that_of_the_running_cluster() -> None:
    found = classify(SPEC, overlaid(SPEC, {"myCnf": "x=1", "storage": {"size": "1Gi"}, "suspend": True}), CLUSTER)
    assert [change.path for change in found] == ["storage.size", "myCnf", "suspend"]
    assert setting_of(mariadb()).members == 3
    assert setting_of(mariadb({"galera": {"enabled": False}})).members == 1


@given(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=3), st.text(alphabet="abc", max_size=3))
def test_a_field_below_a_known_one_has_its_row_or_a_stricter_one(fields: list[str], more: str) -> None:
    for field in fields:
        assert row_of(f"{field}.{more or 'x'}") is FIELDS.get(f"{field}.{more or 'x'}", FIELDS[field])
