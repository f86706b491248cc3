# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters in the states that flows begin from."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import present
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import overlaid
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Effect, Refused

from tests.unit.plugins.module_utils._mariadb.clusters import SPEC, mariadb
from tests.unit.plugins.module_utils._mariadb.fake import Cluster, session

S3 = {"bucket": "b", "endpoint": "s3.example.org", "prefix": "prod/shop", "tls": {"enabled": True}}
HOUR = datetime.timedelta(hours=1)


def brought(cluster: Cluster, own: dict[str, Any] | None = None, most: Effect = Effect.SWITCHOVER, check_mode: bool = False) -> Any:
    within = session(cluster, check_mode=check_mode)
    return present.present(within, present.document(within, overlaid(SPEC, own or {})), most)


def running(own: dict[str, Any] | None = None, **metadata: Any) -> Cluster:
    """A cluster that an earlier run has brought."""
    cluster = Cluster()
    brought(cluster, own)
    thing = cluster.objects_["MariaDB", "shop"]
    thing["metadata"] = {**thing["metadata"], "resourceVersion": "7", **metadata}
    cluster.wrote.clear()
    return cluster


def nightly(cluster: Cluster, when: str = "2026-11-22T02:30:00Z") -> Cluster:
    spec = {"mariaDbRef": {"name": "shop"}, "schedule": {"cron": "30 2 * * *"}, "compression": "gzip", "storage": {"s3": S3}}
    cluster.put({"kind": "Backup", "metadata": {"name": "nightly", "namespace": "shop"}, "spec": spec})
    cluster.put({"kind": "CronJob", "metadata": {"name": "nightly", "namespace": "shop"}, "status": {"lastSuccessfulTime": when}})
    return cluster


def refused(doing: Any) -> str:
    with pytest.raises(Refused) as caught:
        doing()
    return str(caught.value)


ARGO = {"annotations": {"argocd.argoproj.io/tracking-id": "nextcloud:k8s.mariadb.com/MariaDB:shop/shop"}}


def crashed() -> Cluster:
    cluster = running()
    down = mariadb(states={"GaleraReady": "False", "Ready": "False"}, galeraRecovery={"recovered": {"shop-0": {"uuid": "u", "seqno": 9}}})
    cluster.objects_["MariaDB", "shop"]["status"] = down["status"]
    return cluster
