# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL clusters of a matrix: what modules get, what the tree holds, and that neither is refused by the modules' own rules."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from ansible_collections.groundwork.platform.plugins.filter.drill_report import database_restore_plan
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import companion, guards
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.sources import sources
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.postgresql import clusters, server_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems

from tests.unit.plugins.plugin_utils._gitops.sites import LOADED, load, matrix, rendered

IMAGE = "registry.example.org/postgresql:17.6@sha256:" + "a" * 64
CLUSTER: dict[str, Any] = {
    "image": IMAGE,
    "instances": 1,
    "storage": {"size": "20Gi", "storage_class": "longhorn-pg"},
    "wal_storage": {"size": "5Gi"},
    "memory": "2Gi",
    "cpus": 2,
    "parameters": {"max_connections": "200"},
    "synchronous": None,
    "roles": {"shop": {"in_roles": ["pg_monitor"]}, "shop_reader": {}},
    "databases": {"shop": {"owner": "shop", "extensions": ["pg_trgm"]}},
    "poolers": {"rw": {"mode": "transaction"}},
}


def site(**changes: Any) -> dict[str, Any]:
    """Three environments with one node each, and a cluster."""
    data = matrix()
    data["components"] |= {"cloudnative-pg": {}, "plugin-barman-cloud": {}}
    data["databases"] = {"postgresql": {"main": {**copy.deepcopy(CLUSTER), **changes}}}
    data["backup"] = {
        "s3": {"endpoint": "s3.example.org:9000", "ca_file": "/etc/ca.pem", "region": "eu-1"},
        "schedule": {"etcd": {"bucket": "snapshots"}, "postgres": {"bucket": "backups", "keep": "60h"}},
    }
    return data


def objects(data: dict[str, Any], environment: str) -> dict[str, dict[str, Any]]:
    """What the tree holds, by kind."""
    tree = rendered({}, data)
    text = tree.files[f"kubernetes/environments/{environment}/plugin-barman-cloud/objects.yaml"]
    return {thing["kind"]: thing for thing in yaml.safe_load_all(text)}


def test_every_object_is_in_the_tree_and_asks_before_it_is_deleted() -> None:
    """In the namespace of the cluster."""
    found = objects(site(), "dev")
    assert set(found) == {"ObjectStore", "Cluster", "DatabaseRole", "Database", "Pooler", "ScheduledBackup"}
    for thing in found.values():
        assert thing["metadata"]["namespace"] == "databases"
        assert thing["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm"}


def test_each_environment_has_a_folder_of_its_own_in_s3() -> None:
    """On the server of the matrix, with its account and authority by name."""
    data = site()
    for environment in ("dev", "stage", "prod"):
        (main,) = clusters(load(data).matrix, environment)
        store = next(spec for kind, _name, spec in main.beside if kind == "ObjectStore")
        assert store["configuration"]["destinationPath"] == f"s3://backups/{environment}"
        assert store["configuration"]["endpointURL"] == "https://s3.example.org:9000"
        assert store["configuration"]["endpointCA"] == {"name": "s3-credentials", "key": "ca.crt"}
        assert main.spec["plugins"][0]["parameters"]["serverName"] == "main"
        assert {"name": "AWS_DEFAULT_REGION", "value": "eu-1"} in store["instanceSidecarConfiguration"]["env"]


def test_the_modules_own_rules_accept_what_is_rendered() -> None:
    """Definition, archive, roles, schedule: none of them would be refused."""
    data = site()
    for loaded in (load(data), load(site(instances=1, supervised=True))):
        for environment in loaded.matrix.environments:
            for cluster in clusters(loaded.matrix, environment):
                assert list(guards.faults(cluster.name, cluster.spec, {})) == []
                for kind, _name, spec in cluster.beside:
                    assert list(companion.faults(kind, spec)) == []


def test_six_fields_for_the_operator_from_the_five_of_the_matrix() -> None:
    """The matrix has cron's."""
    assert objects(site(), "dev")["ScheduledBackup"]["spec"]["schedule"] == "0 0 2 * * *"
    data = site()
    data["backup"]["schedule"]["postgres"]["at"] = "0 0 2 * * *"
    with pytest.raises(MatrixProblems, match="five fields"):
        load(data)


def test_an_environment_may_differ_or_do_without() -> None:
    """Parameters are merged, everything else replaces."""
    data = site()
    data["environments"]["dev"]["databases"] = {"postgresql": {"main": {"memory": "1Gi", "parameters": {"work_mem": "8MB"}}}}
    data["environments"]["stage"]["databases"] = {"postgresql": {"main": {"present": False}}}
    loaded = load(data).matrix
    (dev,) = clusters(loaded, "dev")
    assert dev.spec["resources"]["limits"] == {"memory": "1Gi", "cpu": "2"}
    assert dev.spec["postgresql"]["parameters"] == {"max_connections": "200", "work_mem": "8MB"}
    assert clusters(loaded, "stage") == []
    assert clusters(loaded, "prod")[0].spec["resources"]["limits"]["memory"] == "2Gi"


@pytest.mark.parametrize(
    ("instances", "synchronous", "short"),
    [
        (3, {"durability": "required"}, True),
        (3, {"durability": "preferred"}, False),
        (3, None, False),
        (2, {"durability": "preferred"}, False),
        (1, None, False),
    ],
)
def test_the_lease_is_short_where_no_replica_lacks_what_was_acknowledged(instances: int, synchronous: dict[str, Any] | None, short: bool) -> None:
    """And with replicas a lost primary's successor is found within a second, unless the owner says otherwise."""
    chosen = {"wal_retrieve_retry_interval": "3s"}
    data = site(instances=instances, synchronous=synchronous, parameters={})
    data["environments"]["prod"]["databases"] = {"postgresql": {"main": {"parameters": chosen}}}
    for environment in data["environments"].values():
        environment["nodes"] = [{"numbers": 21}, {"numbers": "22-23", "role": "agent"}]
    ((dev,), (prod,)) = (clusters(load(data).matrix, environment) for environment in ("dev", "prod"))
    assert ("primaryLease" in dev.spec) == short
    if short:
        lease = dev.spec["primaryLease"]
        assert lease["leaseDurationSeconds"] > lease["renewDeadlineSeconds"] > 1.2 * lease["retryPeriodSeconds"], "the operator's webhook"
    assert dev.spec.get("postgresql", {}).get("parameters", {}) == ({"wal_retrieve_retry_interval": "1s"} if instances > 1 else {})
    assert prod.spec["postgresql"]["parameters"] == chosen


def test_what_the_owner_has_not_said_is_not_rendered() -> None:
    """No image, no cluster; and it is asked for."""
    data = site(image=None)
    loaded = load(data)
    assert clusters(loaded.matrix, "dev") == []
    assert {item.path: item.phase for item in loaded.missing}["databases.postgresql.main.image"] == "5"


def test_the_namespace_is_closed_but_for_what_postgresql_needs() -> None:
    """A namespace of its own with network policies, in the project of the databases."""
    tree = rendered({}, site())
    things = list(yaml.safe_load_all(tree.files["kubernetes/environments/dev/namespaces/databases.yaml"]))
    assert things[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    policies = {thing["metadata"]["name"]: thing for thing in things[1:]}
    assert set(policies) == {"default-deny", "allow-dns", "postgresql"}
    ports = {port["port"] for rule in policies["postgresql"]["spec"]["ingress"] for port in rule["ports"]}
    assert ports == {5432, 8000}
    outwards = {port["port"] for rule in policies["postgresql"]["spec"]["egress"] for peer in rule["to"] if "ipBlock" in peer for port in rule["ports"]}
    assert outwards == {6443, 9000}
    projects = {thing["metadata"]["name"]: thing for thing in yaml.safe_load_all(tree.files["kubernetes/environments/dev/projects.yaml"])}
    assert "databases" in {destination["namespace"] for destination in projects["databases"]["spec"]["destinations"]}
    assert "databases" not in {destination["namespace"] for destination in projects["network"]["spec"]["destinations"]}


def test_a_site_without_databases_has_no_trace_of_them() -> None:
    """Neither objects nor a namespace."""
    assert clusters(LOADED.matrix, "dev") == []
    assert not [path for path in rendered({}).files if "databases" in path]


def test_names_of_postgresql_as_kubernetes_can_have_them() -> None:
    """Underscores become hyphens; the Secret is named after the role."""
    (main,) = clusters(load(site()).matrix, "dev")
    roles = {name: spec for kind, name, spec in main.beside if kind == "DatabaseRole"}
    assert set(roles) == {"main-shop", "main-shop-reader"}
    assert roles["main-shop-reader"]["name"] == "shop_reader"
    assert roles["main-shop-reader"]["passwordSecret"] == {"name": "shop-reader-credentials"}


def test_variables_are_plain_data() -> None:
    """For playbooks without GitOps."""
    (main,) = clusters(load(site()).matrix, "dev")
    told = main.variables()
    assert yaml.safe_load(yaml.safe_dump(told)) == told
    assert {item["kind"] for item in told["beside"]} == {"ObjectStore", "DatabaseRole", "Database", "Pooler", "ScheduledBackup"}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_a_component_reaches_the_shared_cluster_that_has_its_database(environment: str) -> None:
    databases = {"shop": {"owner": "shop"}, "vaultwarden": {"owner": "vaultwarden"}}
    files = rendered({}, site(roles={"shop": {}, "vaultwarden": {}}, databases=databases)).files
    folder = f"kubernetes/environments/{environment}/namespaces/"
    policies = {thing["metadata"]["name"]: thing.get("spec") for thing in yaml.safe_load_all(files[f"{folder}vaultwarden.yaml"])}
    there = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "databases"}}}
    egress = [{"to": [there], "ports": [{"protocol": "TCP", "port": 5432}]}]
    assert policies["vaultwarden-postgresql"] == {"podSelector": {}, "policyTypes": ["Egress"], "egress": egress}
    assert "-postgresql" not in files[f"{folder}metallb-system.yaml"]
    assert "vaultwarden-postgresql" not in rendered({}, site()).files[f"{folder}vaultwarden.yaml"]


def test_an_environment_that_was_recovered_writes_under_a_name_of_its_own() -> None:
    """The others go on where they were, and all know where each of them is: a masked restore reads the archive of another one."""
    data = site()
    data["environments"]["prod"]["databases"] = {"postgresql": {"main": {"server_name": "main-r202611220930"}}}
    loaded = load(data).matrix
    names = {"dev": "main", "stage": "main", "prod": "main-r202611220930"}
    for key, name in names.items():
        (main,) = clusters(loaded, key)
        assert (server_of(main.spec), main.variables()["servers"]) == (name, names)
        (source,) = sources(loaded, key)["postgres"]
        assert source.name == name
    data["databases"]["postgresql"]["main"]["server_name"] = "main-2"
    data["environments"]["stage"]["databases"] = {"postgresql": {"main": {"server_name": None}}}
    assert [server_of(clusters(load(data).matrix, key)[0].spec) for key in names] == ["main-2", "main", "main-r202611220930"]


def test_two_archives_in_one_place_of_one_environment() -> None:
    data = site()
    data["databases"]["postgresql"]["second"] = copy.deepcopy(CLUSTER)
    data["environments"]["prod"]["databases"] = {"postgresql": {"second": {"server_name": "main"}}}
    with pytest.raises(MatrixProblems) as caught:
        load(data)
    (problem,) = (found for found in caught.value.problems if found.code == "GW815")
    assert "second and main of prod both write to server main" in problem.message
    data["environments"]["prod"]["databases"]["postgresql"]["second"]["server_name"] = "second-r202611220930"
    load(data)


@pytest.mark.parametrize(("source", "server"), [("prod", "main-r202611220930"), ("", "main"), ("dev", "main")])
def test_a_restore_reads_the_archive_of_its_source_under_that_ones_name(source: str, server: str) -> None:
    data = site()
    data["environments"]["prod"]["databases"] = {"postgresql": {"main": {"server_name": "main-r202611220930"}}}
    known = [cluster.variables() for cluster in clusters(load(data).matrix, "dev")]
    asked = {"environment": "dev", "cluster": "main", "to": "main-2", "from_environment": source}
    found = database_restore_plan(asked, ["dev", "stage", "prod"], known, {"main": "/x/mask.sql"})
    assert (found["problems"], found["server"]) == ((), server)
    for cluster in known:
        del cluster["servers"]
    assert database_restore_plan(asked, ["dev", "stage", "prod"], known, {"main": "/x/mask.sql"})["server"] == "main"
