# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switching, scaling, upgrading, deleting: what is refused."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import operations
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.observe import Observed

from tests.unit.plugins.module_utils._mariadb.clusters import mariadb, pod, seen

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
PODS = [pod(0), pod(1)]
ALONE = seen(mariadb({"galera": {"enabled": False}, "replicas": 1}), pods=[pod(0)])


def told(problems: Any) -> str:
    return "\n".join(map(str, problems))


@pytest.mark.parametrize(
    ("look", "target", "reason"),
    [
        (seen(), 1, ""),
        (seen(), 3, "there is no such member"),
        (seen(), None, "no other member is ready"),
        (seen(pods=[*PODS, pod(2, ready=False)]), 2, "not ready"),
        (seen(pods=[*PODS, pod(2, deletionTimestamp="t")]), 2, "not ready"),
        (seen(mariadb(states={"GaleraReady": "False"})), 1, "Galera is not ready"),
        (seen(mariadb(states={"Updated": "False"})), 1, "would not look at it"),
        (seen(mariadb(states={"StorageResized": "False"})), 1, "would not look at it"),
        (ALONE, 1, "no cluster"),
    ],
)
def test_switchover(look: Observed, target: int | None, reason: str) -> None:
    assert reason in told(operations.switchover_problems(look, target))
    assert bool(told(operations.switchover_problems(look, target))) == bool(reason)


def test_the_successor_is_ready_and_another_one() -> None:
    assert operations.successor(seen()) == 1
    assert operations.successor(seen(mariadb(currentPrimary="shop-1"))) == 0
    assert operations.successor(seen(pods=[pod(0), pod(1, ready=False), pod(2)])) == 2
    assert operations.successor(seen(pods=[pod(0)])) is None
    assert operations.switchover_patch(2, "7") == {"metadata": {"resourceVersion": "7"}, "spec": {"galera": {"primary": {"podIndex": 2}}}}


FIVE = seen(mariadb({"replicas": 5}, currentPrimary="shop-4"), pods=[pod(number) for number in range(5)])
FIVE_WELL = seen(mariadb({"replicas": 5}), pods=[pod(number) for number in range(5)])


@pytest.mark.parametrize(
    ("look", "members", "reason"),
    [
        (seen(), 5, ""),
        (seen(), 3, ""),
        (FIVE_WELL, 3, ""),
        (seen(mariadb({"replicas": 5}), pods=[*(pod(number) for number in range(3)), pod(3, ready=False)]), 3, ""),
        (seen(mariadb({"replicas": 5}), pods=[pod(0), pod(1), pod(2, ready=False), pod(3), pod(4)]), 3, "shop-2"),
        (FIVE, 3, "member 4 is the primary"),
        (seen(), 4, "no majority"),
        (seen(), 1, "no majority"),
        (seen(pods=PODS), 5, "not everything is ready: 1 of 3"),
        (seen(pods=[*PODS, pod(2, ready=False)]), 5, "shop-2"),
        (seen(pods=PODS), 3, ""),
        (ALONE, 3, "does not become a cluster"),
        (
            seen(mariadb({"replicas": 5, "storage": {"pvcRetentionPolicy": {"whenScaled": "Delete"}}}), pods=[pod(number) for number in range(5)]),
            3,
            "the volumes would go",
        ),
    ],
)
def test_scaling(look: Observed, members: int, reason: str) -> None:
    assert reason in told(operations.scale_problems(look, members))
    assert bool(told(operations.scale_problems(look, members))) == bool(reason)


@pytest.mark.parametrize(
    ("image", "backed_up", "oldest", "reason"),
    [
        ("mariadb:11.8.4", NOW, DAY, ""),
        ("mariadb:11.8.4", None, 0 * DAY, ""),
        ("mariadb:11.8.3", None, DAY, ""),
        ("mariadb:11.8.4", None, DAY, "there is none"),
        ("mariadb:11.8.4", NOW - 2 * DAY, DAY, "the last one ended at 2026-11-20"),
        ("mariadb:11.8", NOW, DAY, "no exact version"),
        ("mariadb:11.4.9", NOW, DAY, "one way only"),
    ],
)
def test_upgrading(image: str, backed_up: datetime.datetime | None, oldest: datetime.timedelta, reason: str) -> None:
    found = told(operations.upgrade_problems(seen(), image, backed_up, NOW, oldest))
    assert reason in found
    assert bool(found) == bool(reason)


def test_an_upgrade_begins_with_all_members() -> None:
    assert "not everything is ready" in told(operations.upgrade_problems(seen(pods=PODS), "mariadb:11.8.4", NOW, NOW, DAY))


@pytest.mark.parametrize(
    ("confirm", "proven", "spec", "reason"),
    [
        ("shop/shop", NOW, {}, ""),
        ("shop", NOW, {}, "write confirm: shop/shop"),
        ("shop/shop", None, {}, "none was ever proven"),
        ("shop/shop", NOW - 2 * DAY, {}, "proven at 2026-11-20"),
        ("shop/shop", NOW, {"storage": {"pvcRetentionPolicy": {"whenDeleted": "Delete"}}}, "volumes would go"),
    ],
)
def test_deleting(confirm: str, proven: datetime.datetime | None, spec: dict[str, Any], reason: str) -> None:
    found = told(operations.absence_problems(mariadb(spec), confirm, proven, NOW, DAY))
    assert reason in found
    assert bool(found) == bool(reason)
    assert not told(operations.absence_problems(mariadb(), "shop/shop", None, NOW, 0 * DAY))
