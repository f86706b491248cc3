# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MariaDB in the tree: what the matrix says of a cluster, as objects beside the application that uses it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups, guards
from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.mariadb import clusters
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.text import load_all

from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, SITE, after, load

FOLDER = "kubernetes/environments/{}/vaultwarden"
CONFIRM = {"Prune=confirm", "Delete=confirm"}


def site(own: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None) -> dict[str, Any]:
    """The small site; vaultwarden stands for any application, and each environment has three servers."""
    data = copy.deepcopy(SITE)
    data["components"] |= {"mariadb-operator-crds": {}, "mariadb-operator": {}}
    data["databases"] = {"mariadb": {"vaultwarden": {"image": "mariadb:11.8.3", "storage_gb": 20, **(cluster or {})}}}
    row = {"at": "30 2 * * *", "keep": "30d", "bucket": "dumps"}
    data["backup"] = {"s3": {"endpoint": "s3.example.org:9000", "ca_file": "ca.pem"}, "schedule": {"etcd": {}, "mariadb": row}}
    for environment in data["environments"].values():
        environment["nodes"] = [{"numbers": "21-23"}]
    data["placement"]["spread_servers"] = False
    data["environments"]["prod"]["databases"] = {"mariadb": {"vaultwarden": own or {}}}
    return data


def objects(data: dict[str, Any], environment: str = "dev") -> dict[str, Any]:
    found = after({}, data).get(f"{FOLDER.format(environment)}/objects.yaml", "")
    return {thing["kind"]: thing for thing in load_all(found)}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_cluster_comes_with_its_database_its_account_and_its_dumps(environment: str) -> None:
    found = objects(site(), environment)
    assert list(found) == ["MariaDB", "Database", "User", "Grant", "Backup"]
    assert {thing["metadata"]["name"] for thing in found.values()} == {"vaultwarden"}
    assert {thing["metadata"]["namespace"] for thing in found.values()} == {"vaultwarden"}
    assert {thing["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for thing in found.values()} == {"-1"}
    place = found["Backup"]["spec"]["storage"]["s3"]
    assert (place["bucket"], place["prefix"], place["endpoint"]) == ("dumps", f"{environment}/vaultwarden", "s3.example.org:9000")


def test_what_is_rendered_is_what_the_module_would_let_through() -> None:
    found = objects(site())
    assert list(guards.faults("vaultwarden", found["MariaDB"]["spec"])) == []
    assert list(backups.faults(found["Backup"]["spec"])) == []


def test_nothing_of_it_goes_without_a_question_and_no_row_with_its_object() -> None:
    found = objects(site())
    assert set(found["MariaDB"]["metadata"]["annotations"]["argocd.argoproj.io/sync-options"].split(",")) == CONFIRM
    assert {found[kind]["spec"]["cleanupPolicy"] for kind in ("Database", "User", "Grant")} == {"Skip"}
    assert "generate" not in found["MariaDB"]["spec"]["rootPasswordSecretKeyRef"]
    assert "podIndex" not in str(found["MariaDB"]), "the operator moves it at every failover"


def test_times_sizes_and_settings_follow_from_the_matrix() -> None:
    found = objects(site(cluster={"memory_mb": 4096, "settings": {"max_connections": 300}, "database": "vault"}))
    spec = found["MariaDB"]["spec"]
    assert spec["myCnf"] == "[mariadb]\ninnodb_buffer_pool_size=2048M\nmax_connections=300\n"
    assert spec["resources"]["limits"] == {"memory": "4096Mi"}
    assert (found["Backup"]["spec"]["schedule"], found["Backup"]["spec"]["maxRetention"]) == ({"cron": "30 2 * * *"}, "720h")
    assert found["Grant"]["spec"]["database"] == found["User"]["spec"]["name"] == found["Database"]["spec"]["name"] == "vault"


def test_an_environment_says_only_what_differs() -> None:
    data = site(own={"members": 1, "storage_class": "fast"})
    assert objects(data, "dev")["MariaDB"]["spec"]["replicas"] == 3
    spec = objects(data, "prod")["MariaDB"]["spec"]
    assert (spec["replicas"], spec["image"], spec["storage"]) == (1, "mariadb:11.8.3", {"size": "20Gi", "storageClassName": "fast"})
    assert "galera" not in spec
    assert "affinity" not in spec
    assert "args" not in objects(data, "prod")["Backup"]["spec"]
    assert objects(data, "dev")["Backup"]["spec"]["args"] == [backups.WITHOUT_SYSTEM], "Galera would not take the rest back"


@pytest.mark.parametrize("missing", ["image", "storage_gb"])
def test_what_the_owner_has_not_said_is_not_guessed(missing: str) -> None:
    assert objects(site(cluster={missing: None})) == {}


def test_without_a_bucket_there_is_no_dump_and_no_way_out() -> None:
    data = site()
    data["backup"]["schedule"]["mariadb"]["bucket"] = None
    assert "Backup" not in objects(data)
    assert "outside" not in str(policy(data))


def policy(data: dict[str, Any]) -> Any:
    found = load_all(after({}, data)["kubernetes/environments/dev/namespaces/vaultwarden.yaml"])
    return next(thing for thing in found if thing["metadata"]["name"] == "vaultwarden-mariadb")


def test_members_their_operator_and_their_dumps_get_through_and_nobody_else() -> None:
    spec = policy(site())["spec"]
    inward = [rule["from"][0] for rule in spec["ingress"]]
    assert inward == [{"podSelector": {}}, {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "mariadb-operator"}}}]
    ports = {port["port"] for rule in spec["egress"] for port in rule["ports"]}
    assert ports == {3306, 4444, 4567, 4568, 6443, 9000}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_role_gets_the_same_objects_as_the_tree(environment: str) -> None:
    data = site(own={"members": 1})
    (found,) = clusters(load(data).matrix, environment)
    told, tree = found.variables(), objects(data, environment)
    assert (told["name"], told["namespace"]) == ("vaultwarden", "vaultwarden")
    assert told["spec"] == tree["MariaDB"]["spec"]
    assert told["backup"] == tree["Backup"]["spec"]
    assert [(thing["kind"], thing["spec"]) for thing in told["contents"]] == [(kind, tree[kind]["spec"]) for kind in ("Database", "User", "Grant")]


def test_only_what_is_known_reaches_the_role() -> None:
    assert clusters(load(site(cluster={"image": None})).matrix, "dev") == []
