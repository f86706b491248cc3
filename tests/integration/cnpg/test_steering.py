# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steering a cluster against a real API server: number, primary, fences, sleep, restarts."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Refused, at

from tests.integration.cnpg.conftest import SPEC, Cluster, live, with_spec


def test_scaling_needs_a_word_and_keeps_the_rest_of_the_definition(cluster: Cluster) -> None:
    """3, 2, 3; what was applied before stays applied by us."""
    cluster.do(spec=with_spec(description="kept"))
    with pytest.raises(Refused, match="confirm_pvc_delete"):
        cluster.do("scaled", instances=2)
    assert cluster.do("scaled", instances=2, confirm_pvc_delete=True).changed
    assert live(cluster)["spec"]["description"] == "kept"
    assert cluster.do("scaled", instances=3).changed
    assert not cluster.do("scaled", instances=3).changed
    assert not cluster.do(spec=with_spec(description="kept")).changed


def test_a_switchover_goes_through_the_status_and_only_once(cluster: Cluster) -> None:
    """By name it is idempotent."""
    cluster.do(spec=SPEC)
    assert cluster.do("switched_over", primary="shop-2", check=True).changed
    assert at(live(cluster), "status", "currentPrimary") == "shop-1"
    assert cluster.do("switched_over", primary="shop-2").changed
    assert at(live(cluster), "status", "currentPrimary") == "shop-2"
    assert not cluster.do("switched_over", primary="shop-2").changed
    with pytest.raises(Refused, match="no such instance"):
        cluster.do("switched_over", primary="shop-9")


def test_fences_hibernation_and_restarts(cluster: Cluster) -> None:
    """Each is carried out, then does nothing, and does not disturb the next apply."""
    cluster.do(spec=SPEC)
    with pytest.raises(Refused, match="allow_primary"):
        cluster.do("fenced", members=["shop-1"])
    assert cluster.do("fenced", members=["shop-2"]).changed
    assert not cluster.do("fenced", members=["shop-2"]).changed
    assert cluster.do("unfenced").changed
    assert not cluster.do("unfenced").changed
    with pytest.raises(Refused, match="no base backup"):
        cluster.do("hibernated")
    assert cluster.do("hibernated", confirm=cluster.session.place).changed
    assert not cluster.do("hibernated").changed
    assert cluster.session.look().pods == ()
    assert cluster.do("running").changed
    assert not cluster.do("running").changed
    assert cluster.do("restarted", since="2026-11-22T10:00:00Z").changed
    assert not cluster.do("restarted", since="2026-11-22T10:00:00Z").changed
    assert not cluster.do(spec=SPEC).changed
