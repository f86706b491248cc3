# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a cluster to sleep: what is warned of before, and what is refused."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import steer
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP, PLUGIN, STORE_GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import bring, document
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object, Refused
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import TRACKING

from tests.unit.plugins.module_utils._cnpg.api_double import IMAGE, Api, session_of

CLUSTER = Reference(GROUP, "Cluster", "shop", "n")
PLUGINS = [{"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}]


def sleeping(metadata: Object, window: Object, *, check: bool) -> list[str]:
    """Warnings of state hibernated, tried or begun."""
    api = Api()
    session, _clock, _told = session_of(api, wait=False)
    spec = {"instances": 1, "imageName": IMAGE, "storage": {"size": "1Gi"}, "plugins": PLUGINS}
    bring(session, document(session, spec), Effect.DOWNTIME)
    api.things[CLUSTER]["metadata"] |= metadata
    store = {"apiVersion": STORE_GROUP, "kind": "ObjectStore", "metadata": {"name": "store", "namespace": "n"}, "spec": {}}
    api.apply({**store, "status": {"serverRecoveryWindow": {"shop": window}}}, "test")
    session.warnings.clear()
    session.check_mode = check
    assert steer.hibernated(session, wanted=True).changed
    on = api.things[CLUSTER]["metadata"].get("annotations", {}).get("cnpg.io/hibernation")
    assert on == (None if check else "on")
    return session.warnings


BACKED_UP = {"lastSuccessfulBackupTime": "2026-11-22T08:00:00Z"}


@pytest.mark.parametrize("check", [True, False])
def test_what_is_said_before_a_cluster_sleeps(check: bool) -> None:
    """Without a backup its volumes are all there is; Argo CD could wake it."""
    assert sleeping({}, BACKED_UP, check=check) == []
    assert ["no base backup" in warning for warning in sleeping({}, {}, check=check)] == [True]
    (warning,) = sleeping({"annotations": {TRACKING: "databases:x"}}, BACKED_UP, check=check)
    assert "Application databases" in warning


def test_a_cluster_that_never_had_a_primary_is_not_put_to_sleep() -> None:
    """Its volumes may not be complete."""
    api = Api()
    api.things[CLUSTER] = {"metadata": {"name": "shop", "namespace": "n"}, "spec": {"instances": 1}, "status": {}}
    session, _clock, _told = session_of(api)
    with pytest.raises(Refused, match="never had a primary"):
        steer.hibernated(session, wanted=True)
