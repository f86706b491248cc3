# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a pod, with nothing but this file and client.py: fetches an object into a file. Everything but the file comes from the pod's environment."""

from __future__ import annotations

import os
import sys
import typing as t
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Place


def fetch(path: Path, said: t.Mapping[str, str]) -> int:
    """How many bytes came; raises S3Error, and SystemExit where the object is empty."""
    s3 = S3(Place(said["S3_ENDPOINT"], said["S3_REGION"], said["S3_ACCESS_KEY"], said["S3_SECRET_KEY"], said.get("S3_CA", "")))
    with path.open("wb") as output:
        s3.fetch(said["S3_BUCKET"], said["S3_KEY"], output)
    size = path.stat().st_size
    if size == 0:
        raise SystemExit(f"{said['S3_KEY']} is empty: there is nothing to restore")
    return size


if __name__ == "__main__":
    sys.stdout.write(f"{fetch(Path(sys.argv[1]), os.environ)} bytes\n")
