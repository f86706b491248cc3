# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health checks that the catalogue gives Argo CD, run by the interpreter that Argo CD uses."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue

from lab.twin import artefacts

Object = dict[str, Any]
PREFIX = "resource.customizations.health."
APPLIED = {"applied": True, "observedGeneration": 2}
EARLIER, LATER = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
APPLICATION, SOPS = "argoproj.io_Application", "isindir.github.com_SopsSecret"
DATABASE, ROLE = "postgresql.cnpg.io_Database", "postgresql.cnpg.io_DatabaseRole"
STORE, LOCATION, TARGET = "barmancloud.cnpg.io_ObjectStore", "velero.io_BackupStorageLocation", "longhorn.io_BackupTarget"


def window(failed: str, succeeded: str | None) -> Object:
    times = {"lastFailedBackupTime": failed, **({"lastSuccessfulBackupTime": succeeded} if succeeded else {})}
    return {"status": {"serverRecoveryWindow": {"pg": times}}}


def application(sync: str, phase: str | None = None) -> Object:
    """A Healthy one."""
    operation = {"operationState": {"phase": phase}} if phase else {}
    return {"status": {"health": {"status": "Healthy"}, "sync": {"status": sync}, **operation}}


CASES: list[tuple[str, Object, str]] = [
    (APPLICATION, {}, "Progressing"),
    (APPLICATION, {"status": {"health": {"status": "Degraded", "message": "no"}}}, "Degraded"),
    (APPLICATION, application("Synced"), "Healthy"),
    (APPLICATION, application("Synced", "Running"), "Healthy"),
    (APPLICATION, application("OutOfSync"), "Progressing"),
    (APPLICATION, application("OutOfSync", "Running"), "Progressing"),
    (APPLICATION, application("OutOfSync", "Failed"), "Degraded"),
    (APPLICATION, application("OutOfSync", "Error"), "Degraded"),
    (APPLICATION, application("OutOfSync", "Succeeded"), "Healthy"),
    (APPLICATION, application("Unknown"), "Progressing"),
    (APPLICATION, application("Unknown", "Succeeded"), "Healthy"),
    (SOPS, {}, "Progressing"),
    (SOPS, {"status": {"message": "Healthy"}}, "Healthy"),
    (SOPS, {"status": {"message": "Decryption error"}}, "Degraded"),
    *(
        case
        for kind in (DATABASE, ROLE)
        for case in (
            (kind, {"metadata": {"generation": 2}}, "Progressing"),
            (kind, {"metadata": {"generation": 2}, "status": APPLIED}, "Healthy"),
            (kind, {"metadata": {"generation": 3}, "status": APPLIED}, "Progressing"),
            (kind, {"metadata": {"generation": 2}, "status": {"applied": False, "message": "no"}}, "Degraded"),
        )
    ),
    (STORE, {}, "Healthy"),
    (STORE, window(LATER, EARLIER), "Degraded"),
    (STORE, window(EARLIER, LATER), "Healthy"),
    (STORE, window(EARLIER, None), "Degraded"),
    (LOCATION, {}, "Progressing"),
    (LOCATION, {"status": {"phase": "Available"}}, "Healthy"),
    (LOCATION, {"status": {"phase": "Unavailable"}}, "Degraded"),
    (TARGET, {"spec": {"backupTargetURL": ""}}, "Healthy"),
    (TARGET, {"spec": {"backupTargetURL": "s3://x"}}, "Progressing"),
    (TARGET, {"spec": {"backupTargetURL": "s3://x"}, "status": {"available": True}}, "Healthy"),
    (TARGET, {"spec": {"backupTargetURL": "s3://x"}, "status": {"available": False}}, "Degraded"),
]


@pytest.fixture(scope="module")
def scripts() -> dict[str, str]:
    patches = Catalogue()["argocd"].patches
    settings = next(patch["data"] for patch in patches if patch["metadata"]["name"] == "argocd-cm")
    return {name.removeprefix(PREFIX): text for name, text in settings.items() if name.startswith(PREFIX)}


@pytest.fixture(scope="module")
def program() -> Path:
    return artefacts.build("lua") / "health"


def test_every_check_is_tried_in_both_directions(scripts: dict[str, str]) -> None:
    assert {kind for kind, _object, _status in CASES} == set(scripts)
    for kind in scripts:
        assert {"Healthy", "Degraded"} <= {status for tried, _object, status in CASES if tried == kind}


def test_what_objects_come_to(scripts: dict[str, str], program: Path) -> None:
    asked = json.dumps([{"script": scripts[kind], "object": given} for kind, given, _status in CASES])
    done = subprocess.run([program], input=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [(case[0], answer["status"]) for case, answer in zip(CASES, json.loads(done.stdout), strict=True)] == [(kind, status) for kind, _o, status in CASES]
