# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a definition must not say: each safe default refuses, and lets the near miss through."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.guards import faults
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object

IMAGE = "example.org/postgresql:17.6"
GOOD: Object = {"instances": 3, "imageName": IMAGE, "storage": {"size": "1Gi"}}
STORE = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}


def places(spec: Object, name: str = "shop", annotations: t.Mapping[str, str] | None = None, reason: str = "") -> list[str]:
    """Where something is wrong; every problem says what helps."""
    found = list(faults(name, spec, annotations or {}, reason))
    assert all(problem.reason and problem.remedy for problem in found)
    return [problem.place for problem in found]


def test_a_sound_definition() -> None:
    """Nothing is said about it."""
    synchronous = {"method": "any", "number": 1, "dataDurability": "required"}
    postgresql = {"synchronous": synchronous, "parameters": {"work_mem": "4MB"}}
    assert places({**GOOD, "primaryUpdateStrategy": "supervised", "postgresql": postgresql, "plugins": [STORE]}) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"instances": 0}, "spec.instances"),
        ({"instances": None}, "spec.instances"),
        ({"instances": True}, "spec.instances"),
        ({"instances": 1, "primaryUpdateStrategy": "supervised"}, "spec.primaryUpdateStrategy"),
        ({"storage": {}}, "spec.storage.size"),
        ({"imageName": None}, "spec.imageName"),
        ({"imageName": "example.org/postgresql:17"}, "spec.imageName"),
        ({"imageName": "example.org/postgresql:latest"}, "spec.imageName"),
        ({"imageName": "example.org/postgresql"}, "spec.imageName"),
        ({"minSyncReplicas": 1}, "spec.minSyncReplicas"),
        ({"postgresql": {"synchronous": {"method": "any", "number": 1}}}, "spec.postgresql.synchronous.dataDurability"),
        ({"postgresql": {"synchronous": {"method": "any", "number": 3, "dataDurability": "preferred"}}}, "spec.postgresql.synchronous.number"),
        ({"postgresql": {"synchronous": {"method": "any", "number": 2, "dataDurability": "required"}}}, "spec.postgresql.synchronous.dataDurability"),
        ({"backup": {"barmanObjectStore": {"destinationPath": "s3://x"}}}, "spec.backup.barmanObjectStore"),
        ({"backup": {"retentionPolicy": "30d"}}, "spec.backup.retentionPolicy"),
        ({"plugins": [STORE, {"name": "other", "isWALArchiver": True}]}, "spec.plugins"),
        ({"plugins": [{"name": PLUGIN}]}, "spec.plugins"),
        ({"postgresql": {"parameters": {"fsync": "off"}}}, "spec.postgresql.parameters.fsync"),
        ({"postgresql": {"parameters": {"archive_command": "true"}}}, "spec.postgresql.parameters.archive_command"),
        ({"postgresql": {"parameters": {"work_mem": 4}}}, "spec.postgresql.parameters.work_mem"),
    ],
)
def test_refused(change: Object, place: str) -> None:
    """Each alone, with its place."""
    assert places({**GOOD, **change}) == [place]


@pytest.mark.parametrize(
    "change",
    [
        {"imageName": "example.org/postgresql:17@sha256:" + "a" * 64},
        {"imageName": None, "imageCatalogRef": {"name": "c", "kind": "ImageCatalog", "major": 17}},
        {"postgresql": {"synchronous": {"method": "any", "number": 2, "dataDurability": "preferred"}}},
        {"plugins": [STORE, {"name": "other", "isWALArchiver": True, "enabled": False}]},
        {"postgresql": {"parameters": {"synchronous_commit": "remote_apply"}}},
    ],
)
def test_near_misses(change: Object) -> None:
    """What looks like it and is not."""
    assert places({**GOOD, **change}) == []


def test_everything_at_once() -> None:
    """A person corrects a definition once."""
    assert len(places({"instances": 0, "storage": {}, "postgresql": {"parameters": {"fsync": "off"}}}, name="Shop!")) == 5


@pytest.mark.parametrize(
    ("name", "unsafe", "harmless"),
    [
        ("cnpg.io/skipEmptyWalArchiveCheck", "enabled", "disabled"),
        ("cnpg.io/skipWalArchiving", "enabled", "disabled"),
        ("cnpg.io/validation", "disabled", "enabled"),
        ("cnpg.io/reconciliationLoop", "disabled", "enabled"),
        ("alpha.cnpg.io/unrecoverable", "true", None),
    ],
)
def test_annotations_that_switch_a_safeguard_off_need_a_reason(name: str, unsafe: str, harmless: str | None) -> None:
    """By the value that the operator acts on, which is not the same for each; the reason is somebody's to give."""
    assert places(GOOD, annotations={name: unsafe}) == [f"metadata.annotations.{name}"]
    assert places(GOOD, annotations={name: unsafe}, reason="moving the archive") == []
    assert harmless is None or places(GOOD, annotations={name: harmless}) == []
