# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of the matrix in the tree: each component gets the row that is for it, in every environment."""

from __future__ import annotations

from typing import Any

import yaml

from tests.unit.plugins.plugin_utils._databases.test_postgresql import site as with_postgresql
from tests.unit.plugins.plugin_utils._gitops.sites import rendered


def site() -> dict[str, Any]:
    """Velero, Longhorn, Prometheus and a database, each with its row."""
    data = with_postgresql()
    data["components"] |= {"velero": {"version": "12.1.0"}, "kube-prometheus-stack": {}}
    data["backup"]["dump_image"] = "registry.example.org/python:3.13.1"
    data["backup"]["schedule"] |= {
        "objects": {"bucket": "velero", "at": "0 4 * * *"},
        "volumes": {"bucket": "longhorn", "keep": "7d"},
        "postgres-dump": {"bucket": "backups"},
    }
    return data


def objects(data: dict[str, Any], component: str) -> dict[str, dict[str, Any]]:
    text = rendered({}, data).files[f"kubernetes/environments/dev/{component}/objects.yaml"]
    return {thing["kind"]: thing for thing in yaml.safe_load_all(text)}


def test_velero_gets_its_bucket_and_its_schedule() -> None:
    data = site()
    values = yaml.safe_load(rendered({}, data).files["kubernetes/environments/dev/velero/values.yaml"])
    location = values["configuration"]["backupStorageLocation"][0]
    assert (location["bucket"], location["prefix"]) == ("velero", "dev")
    assert objects(data, "velero")["Schedule"]["spec"]["schedule"] == "0 4 * * *"


def test_longhorn_keeps_as_many_as_fit() -> None:
    found = objects(site(), "longhorn")
    assert found["RecurringJob"]["spec"]["retain"] == 7
    assert found["BackupTarget"]["spec"]["backupTargetURL"] == "s3://longhorn@eu-1/dev/"


def test_each_database_is_dumped_by_a_job_of_its_own() -> None:
    found = objects(site(), "plugin-barman-cloud")
    assert found["CronJob"]["metadata"]["name"] == "main-shop-dump"
    assert found["ConfigMap"]["metadata"]["namespace"] == "databases"


def test_prometheus_alerts_about_every_row() -> None:
    rules = objects(site(), "kube-prometheus-stack")["PrometheusRule"]["spec"]["groups"][0]["rules"]
    assert {rule["labels"]["kind"] for rule in rules} == {"etcd", "postgres", "postgres-dump", "objects", "volumes"}


def test_without_rows_nothing_is_rendered() -> None:
    data = site()
    data["backup"]["schedule"] = {"etcd": {"bucket": "snapshots"}, "objects": {"bucket": "velero"}}
    assert "kubernetes/environments/dev/longhorn/objects.yaml" not in rendered({}, data).files
    assert "CronJob" not in objects(data, "plugin-barman-cloud")
