# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is returned is what the wait has seen, not the answer to the change."""

from __future__ import annotations

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.arguments import summary
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import bring, document
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Object

from tests.unit.plugins.module_utils._cnpg.api_double import IMAGE, Api, session_of


def brought(api: Api, instances: int) -> Object:
    session, _clock, _told = session_of(api, stable=0.0)
    spec = {"instances": instances, "imageName": IMAGE, "storage": {"size": "1Gi"}}
    return summary(bring(session, document(session, spec), Effect.DOWNTIME).after)


def test_a_new_cluster_is_returned_as_it_is_after_the_wait() -> None:
    """Later tasks go on with its primary."""
    found = brought(Api(), 1)
    assert (found["primary"], found["ready_instances"], found["phase"]) == ("shop-1", 1, "Cluster in healthy state")


def test_a_changed_cluster_is_returned_as_it_is_after_the_wait() -> None:
    api = Api()
    brought(api, 1)
    assert brought(api, 3)["ready_instances"] == 3
