# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that bring a dump back: where they write, as whom, and that nothing of a question reaches a shell."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.filter.dump_restore_objects import dump_restore_objects
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.dumps import ANYTHING, questions

CLUSTER: dict[str, Any] = {
    "name": "shop",
    "namespace": "databases",
    "spec": {"imageName": "postgres:17.6", "storage": {"size": "20Gi", "storageClass": "longhorn"}},
    "beside": [{"kind": "DatabaseRole", "spec": {"name": "my_owner"}}, {"kind": "Database", "spec": {"name": "orders"}}],
    "checks": [{"database": "orders", "sql": "SELECT '$(x)'", "expect": "a"}, {"database": "other", "sql": "SELECT 2", "minimum": 2}],
}
DUMP = {
    "cluster": CLUSTER,
    "database": "orders",
    "bucket": "b",
    "key": "dev/dumps/shop/orders/1.dump",
    "place": {"endpoint": "s3.example.org", "region": "eu-1", "ca_file": "/ca.pem"},
    "image": "python:3.13",
}


def pod(objects: list[dict[str, Any]]) -> dict[str, Any]:
    assert objects[-1]["kind"] == "Job"
    found: dict[str, Any] = objects[-1]["spec"]["template"]["spec"]
    return found


def test_a_trial_reaches_no_cluster_and_asks_the_questions_of_its_database_only() -> None:
    made = dump_restore_objects(DUMP, "groundwork-drill-dump", "trial")
    assert {thing["metadata"]["namespace"] for thing in made} == {"groundwork-drill-dump"}
    (restore,) = pod(made)["containers"]
    assert restore["env"] == []
    assert "$(x)" not in restore["command"][-1]
    asked = made[0]["data"]
    assert asked == questions(["my_owner"], [ANYTHING, CLUSTER["checks"][0]])
    assert asked["1.check.sql"] == "SELECT '$(x)'"
    assert (asked["1.check.expect"], asked["0.check.minimum"]) == ("a", "1")


def test_a_dump_goes_into_the_database_that_was_named_as_its_owner() -> None:
    made = dump_restore_objects(DUMP, "ignored", "back", "orders_back", "my_owner")
    assert {thing["metadata"]["namespace"] for thing in made} == {"databases"}
    (restore,) = pod(made)["containers"]
    assert {"--host=shop-rw", "--dbname=orders_back", "--single-transaction", "--exit-on-error"} <= set(restore["command"])
    assert not {"--clean", "--create"} & set(restore["command"])
    assert {value["valueFrom"]["secretKeyRef"]["name"] for value in restore["env"]} == {"my-owner-credentials"}


def test_it_is_looked_at_the_name_first_and_at_the_database_again_before_anything_is_fetched() -> None:
    (job,) = dump_restore_objects(DUMP, "ignored", "look", "orders_back", "my_owner", True)
    (look,) = pod([job])["containers"]
    assert {"--host=shop-rw", "--dbname=orders"} <= set(look["command"])
    again = pod(dump_restore_objects(DUMP, "ignored", "back", "orders_back", "my_owner"))["initContainers"]
    assert [one["name"] for one in again] == ["look", "fetch"]
    assert "--dbname=orders_back" in again[0]["command"]
    # Kubernetes writes one dollar for two in a command.
    assert "$" not in "".join(look["command"] + again[0]["command"])


@pytest.mark.parametrize(("database", "owner"), [("", ""), ("orders_back", "my_owner")])
def test_pods_are_closed_and_room_is_theirs_alone(database: str, owner: str) -> None:
    made = pod(dump_restore_objects(DUMP, "n", "t", database, owner))
    assert made["securityContext"]["runAsNonRoot"]
    assert not made["automountServiceAccountToken"]
    for one in (*made["initContainers"], *made["containers"]):
        assert one["securityContext"]["readOnlyRootFilesystem"]
    claims = [volume["ephemeral"]["volumeClaimTemplate"]["spec"] for volume in made["volumes"] if "ephemeral" in volume]
    assert claims
    assert all(claim["resources"]["requests"]["storage"] == "20Gi" and claim["storageClassName"] == "longhorn" for claim in claims)
    said = {value["name"]: value for value in made["initContainers"][-1]["env"]}
    assert said["S3_KEY"]["value"] == DUMP["key"]
    assert "valueFrom" in said["S3_CA"]
