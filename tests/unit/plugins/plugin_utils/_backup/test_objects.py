# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that make backups: five fields where Kubernetes reads them, counts where Longhorn counts, no secret in plain text."""

from __future__ import annotations

import ast
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup import objects
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import Scheduled, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import S3, Backup

S3_SERVER = S3(endpoint="s3.example.org:9000", ca_file="ca.pem", folder="prod")


def row(kind: str) -> Scheduled:
    return table(
        Backup.model_validate({"s3": S3_SERVER.model_dump(exclude={"locked"}), "schedule": {kind: {"bucket": "bucket", "at": "30 4 * * *", "keep": "14d"}}})
    )[0]


def test_velero() -> None:
    found = objects.velero_schedule(row("objects"))
    assert found["spec"]["schedule"] == "30 4 * * *"
    assert found["spec"]["template"]["ttl"] == "336h0m0s"


def test_longhorn_counts_copies_and_has_its_own_folder() -> None:
    target, job = objects.longhorn_objects(row("volumes"), S3_SERVER)
    assert target["spec"]["backupTargetURL"] == "s3://bucket@us-east-1/prod/"
    assert (job["spec"]["retain"], job["spec"]["cron"]) == (14, "30 4 * * *")


def dump() -> dict[str, Any]:
    images = ("registry.example.org/postgresql:17.6", "registry.example.org/python:3.13.1")
    return objects.dump_job("shop", "databases", objects.Dumped("my_orders", "my-owner-credentials"), images, row("postgres-dump"), S3_SERVER)


def test_a_dump_is_read_from_any_instance_and_stored_under_its_database() -> None:
    job = dump()
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert job["metadata"]["name"] == "shop-my-orders-dump"
    assert (job["spec"]["schedule"], job["spec"]["timeZone"]) == ("30 4 * * *", "Etc/UTC")
    assert "--host=shop-r" in pod["initContainers"][0]["command"]
    said = {item["name"]: item.get("value") for item in pod["containers"][0]["env"]}
    assert (said["S3_FOLDER"], said["S3_KEEP"]) == ("prod/dumps/shop/my_orders", str(14 * 86400))


def test_every_secret_of_a_dump_comes_from_a_secret() -> None:
    pod = dump()["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for container in (*pod["initContainers"], *pod["containers"]):
        for item in container["env"]:
            assert ("valueFrom" in item) == item["name"].endswith(("USER", "PASSWORD", "_KEY", "_CA")), item


def test_the_program_is_where_the_job_looks_for_it_and_needs_nothing_else() -> None:
    files = objects.dump_program("databases")["data"]
    volume = dump()["spec"]["jobTemplate"]["spec"]["template"]["spec"]["volumes"][1]["configMap"]
    assert {item["key"] for item in volume["items"]} == set(files)
    for text in files.values():
        imported = {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
        assert not [name for name in imported if name.startswith("ansible") and not name.endswith("._s3.client")]
