# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps, proofs and restores against a real API server with the real CRDs."""

from __future__ import annotations

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import restore
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.listing import clusters
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.steer import PROVEN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Refused, at

from tests.integration.mariadb.conftest import SPEC, Cluster, live, place
from tests.support.apiserver import Api
from tests.support.mariadb_double import Operator


def test_a_backup_is_taken_proven_and_restored_into_another_cluster(cluster: Cluster, api: Api) -> None:
    cluster.do(spec=SPEC)
    taken = cluster.backup(backup="now", spec={"storage": place(cluster)})
    assert (taken.changed, taken.more["backup"]) == (True, "now")
    assert not cluster.backup(backup="now", spec={"storage": place(cluster)}).changed
    proven = cluster.do("verified", checks=[{"database": "d", "sql": "SELECT 1", "expect": "1", "minimum": None}])
    assert (proven.more["backup"], proven.more["checks"]) == ("now", 1)
    assert at(live(cluster), "metadata", "annotations", PROVEN)
    assert api.kube().get(Reference(GROUP, "MariaDB", "shop-trial", cluster.session.namespace)) is None
    other = Cluster(api, cluster.session.namespace, "shop2")
    assert other.do("restored", spec=SPEC, backup="now").changed
    assert at(live(other), "metadata", "annotations", restore.RESTORED)
    assert not other.do("restored", spec=SPEC, backup="now").changed
    found = clusters(api.kube(), cluster.session.namespace, "shop")
    assert [entry["problems"] for entry in found] == [[]]


def test_a_failed_job_is_told_although_its_condition_says_complete(cluster: Cluster, operator: Operator) -> None:
    cluster.do(spec=SPEC)
    cluster.backup(backup="good", spec={"storage": place(cluster)})
    check = {"database": "", "sql": "SELECT 1", "expect": "1", "minimum": None}
    operator.ends = {"Backup": "JobFailed"}
    with pytest.raises(Refused, match="Backup bad: Failed"):
        cluster.backup(backup="bad", spec={"storage": place(cluster)})
    for kind in ("Restore", "SqlJob"):
        operator.ends = {kind: "JobFailed"}
        with pytest.raises(Refused, match=f"{kind} shop-trial.*: Failed"):
            cluster.do("verified", backup="good", checks=[check])


def test_two_clusters_do_not_dump_into_one_place(cluster: Cluster, api: Api) -> None:
    cluster.do(spec=SPEC)
    cluster.backup(backup="mine", spec={"storage": place(cluster)})
    other = Cluster(api, cluster.session.namespace, "shop2")
    other.do(spec=SPEC)
    with pytest.raises(Refused, match="shop dumps into the same place"):
        other.backup(backup="theirs", spec={"storage": place(cluster)})


def test_a_schedule_is_kept_and_removed(cluster: Cluster) -> None:
    cluster.do(spec=SPEC)
    spec = {"schedule": {"cron": "30 2 * * *"}, "timeZone": "Etc/UTC", "maxRetention": "720h", "storage": place(cluster)}
    assert cluster.backup("scheduled", spec=spec).changed
    assert not cluster.backup("scheduled", spec=spec).changed
    assert cluster.backup("absent").changed
    assert not cluster.backup("absent").changed
