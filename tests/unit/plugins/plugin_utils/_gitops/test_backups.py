# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of the matrix in the tree: each component gets the row that is for it, in every environment."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.storage import labels, storage_classes
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused

from tests.unit.plugins.plugin_utils._databases.test_postgresql import site as with_postgresql
from tests.unit.plugins.plugin_utils._gitops.sites import load, rendered

CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HERE = {"/etc/ca.pem": CA}  # backup.s3.ca_file of the site


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
    text = rendered({}, data, HERE).files[f"kubernetes/environments/dev/{component}/objects.yaml"]
    return {thing["kind"]: thing for thing in yaml.safe_load_all(text)}


def test_velero_gets_its_bucket_and_its_schedule() -> None:
    data = site()
    where = location(data, HERE)
    assert (where["bucket"], where["prefix"]) == ("velero", "dev")
    assert objects(data, "velero")["Schedule"]["spec"]["schedule"] == "0 4 * * *"


def location(data: dict[str, Any], authorities: dict[str, str]) -> dict[str, Any]:
    """Velero's place in the values for dev, which Helm takes as a whole."""
    values = yaml.safe_load(rendered({}, data, authorities).files["kubernetes/environments/dev/velero/values.yaml"])
    (found,) = values["configuration"]["backupStorageLocation"]
    assert isinstance(found, dict)
    return found


def test_velero_gets_the_authority_of_its_s3_server() -> None:
    """Beside everything else of the location; without an authority of one's own there is no such key."""
    data = site()
    where = location(data, HERE)
    assert base64.b64decode(where["caCert"]).decode() == CA
    assert where["config"]["s3Url"] == "https://s3.example.org:9000"
    del data["backup"]["s3"]["ca_file"]
    assert where == {**location(data, {}), "caCert": where["caCert"]}


def test_each_environment_has_the_authority_of_its_own_server() -> None:
    data = site()
    data["environments"]["stage"]["backup"] = {"s3": {**data["backup"]["s3"], "ca_file": "/etc/other.pem"}}
    other = CA.replace("MIIB", "MIIC")
    files = rendered({}, data, {**HERE, "/etc/other.pem": other}).files
    found = {key: yaml.safe_load(files[f"kubernetes/environments/{key}/velero/values.yaml"]) for key in ("dev", "stage")}
    texts = {key: base64.b64decode(values["configuration"]["backupStorageLocation"][0]["caCert"]).decode() for key, values in found.items()}
    assert texts == {"dev": CA, "stage": other}


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ({}, "/etc/ca.pem cannot be read"),
        ({"/etc/ca.pem": "no PEM"}, "holds no certificates"),
        ({"/etc/ca.pem": CA + "-----BEGIN EC PRIVATE KEY-----\n"}, "a key beside them"),
    ],
)
def test_an_authority_that_cannot_be_written_stops_the_tree(there: dict[str, str], reason: str) -> None:
    """Only where a component wants it: Velero without a version does not."""
    data = site()
    with pytest.raises(TreeRefused, match=reason):
        rendered({}, data, there)
    data["components"]["velero"] = {"version": None}
    assert rendered({}, data, there).files


def test_longhorn_keeps_as_many_as_fit() -> None:
    found = objects(site(), "longhorn")
    assert found["RecurringJob"]["spec"]["retain"] == 7
    assert found["BackupTarget"]["spec"]["backupTargetURL"] == "s3://longhorn@eu-1/dev/"


def test_volumes_of_databases_have_one_copy_and_are_left_out_of_longhorns_backups() -> None:
    """By the class and by labels of their claims: what has a group is not in group default, which is what the job saves."""
    found = objects(site(), "longhorn")
    parameters = found["StorageClass"]["parameters"]
    assert (parameters["numberOfReplicas"], parameters["dataLocality"]) == ("1", "strict-local")
    (group,) = json.loads(parameters["recurringJobSelector"])
    assert group["isGroup"]
    assert group["name"] not in found["RecurringJob"]["spec"]["groups"]
    labels = objects(site(), "plugin-barman-cloud")["Cluster"]["spec"]["inheritedMetadata"]["labels"]
    assert labels == {"recurring-job.longhorn.io/source": "enabled", f"recurring-job-group.longhorn.io/{group['name']}": "enabled"}


def test_the_class_is_made_where_a_database_names_it() -> None:
    """Also by MariaDB, also by WAL alone, and only in environments that have the database."""
    data = with_postgresql(storage={"size": "20Gi"}, wal_storage={"size": "5Gi", "storage_class": "longhorn-pg"})
    data["environments"]["dev"]["databases"] = {"postgresql": {"main": {"present": False}}}
    matrix = load(data).matrix
    assert [len(storage_classes(matrix, key)) for key in matrix.environments] == [0, 1, 1]
    data = with_postgresql(storage={"size": "20Gi"})
    data["databases"]["mariadb"] = {"vaultwarden": {"members": 1}}
    data["components"] |= {"mariadb-operator-crds": {}, "mariadb-operator": {}}
    data["environments"]["stage"]["databases"] = {"mariadb": {"vaultwarden": {"storage_class": "longhorn-pg"}}}
    matrix = load(data).matrix
    assert [len(storage_classes(matrix, key)) for key in matrix.environments] == [0, 1, 0]


def test_without_longhorn_nothing_has_its_labels() -> None:
    data = with_postgresql()
    del data["components"]["longhorn"]
    assert labels(load(data).matrix) == {}
    assert "inheritedMetadata" not in objects(data, "plugin-barman-cloud")["Cluster"]["spec"]


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
    assert list(objects(data, "longhorn")) == ["StorageClass"]
    data["databases"]["postgresql"]["main"]["storage"] = {"size": "20Gi"}
    assert "kubernetes/environments/dev/longhorn/objects.yaml" not in rendered({}, data, HERE).files
    assert "CronJob" not in objects(data, "plugin-barman-cloud")
