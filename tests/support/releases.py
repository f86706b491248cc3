# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two minor releases that an upgrade in a twin goes between."""

from __future__ import annotations

import json

import yaml

from tests.support.twin import Twin

OLD, NEW = "v1.34.3+k3s1", "v1.35.0+k3s3"


def older(twin: Twin) -> list[str]:
    """Arguments of a playbook that installs the older release, which the matrix itself refuses because it has ended."""
    files = yaml.safe_load(twin.paths.lock_file.read_text(encoding="utf-8"))["k3s"][OLD]["amd64"]
    url = f"http://mirror.eneg.de/k3s/{OLD.replace('+', '%2B')}"
    parts = {"binary": "k3s", "images": "k3s-airgap-images-amd64.tar.zst"}
    artifacts = {"amd64": {part: {"url": f"{url}/{file}", "checksum": files[file]} for part, file in parts.items()}}
    return ["--extra-vars", json.dumps({"k3s_version": OLD, "k3s_artifacts": artifacts})]
