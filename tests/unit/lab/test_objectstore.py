# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The twin's S3 server: buckets of the matrix, an account that stands in no command line."""

from __future__ import annotations

from pathlib import Path

from lab.twin import keys, objectstore
from lab.twin.paths import TwinPaths
from lab.twin.spec import ObjectStoreSpec

SPEC = ObjectStoreSpec("/versitygw", "198.18.0.3", "s3.example.org", 9000, ("one", "two"), "s3")


def test_buckets_certificate_and_account(tmp_path: Path) -> None:
    paths = TwinPaths(tmp_path)
    account = objectstore.furnish(paths, SPEC, keys.Authority("test"))
    assert {path.name for path in (paths.object_store / "buckets").iterdir()} == {"one", "two"}
    assert (paths.object_store / "account.env").stat().st_mode & 0o777 == 0o600
    assert (paths.object_store / "key.pem").stat().st_mode & 0o777 == 0o600
    command = " ".join(objectstore.command(paths, SPEC))
    assert "--port 198.18.0.3:9000" in command
    assert not any(value in command for value in account.values())
