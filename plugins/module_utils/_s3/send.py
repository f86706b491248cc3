# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in a pod, with nothing but this file and client.py: stores a file under the time of now, then removes what is older than it is kept.

Everything comes from the environment of the pod; the keys are those of its Secret.
"""

from __future__ import annotations

import os
import re
import sys
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import S3, Place, Request

NAMED = re.compile(r"[0-9]{8}T[0-9]{6}Z\.dump")


def send(path: Path, said: t.Mapping[str, str], now: datetime) -> str:
    """The name of the object. An empty file is no dump. Nothing is removed unless this one is there, whole; and only what this program has named.

    Raises S3Error, and SystemExit with a reason.
    """
    size = path.stat().st_size
    if size == 0:
        raise SystemExit(f"{path} is empty: nothing was stored")
    s3 = S3(Place(said["S3_ENDPOINT"], said["S3_REGION"], said["S3_ACCESS_KEY"], said["S3_SECRET_KEY"], said.get("S3_CA", "")))
    bucket, folder = said["S3_BUCKET"], said["S3_FOLDER"]
    key = f"{folder}/{now:%Y%m%dT%H%M%SZ}.dump"
    with path.open("rb") as source:
        s3.put(bucket, key, source, size)
    there = list(s3.objects(bucket, f"{folder}/"))
    if not any(found.key == key and found.size == size for found in there):
        raise SystemExit(f"bucket {bucket} does not list {key} with its {size} bytes: nothing older was removed")
    limit = f"{folder}/{now - timedelta(seconds=int(said['S3_KEEP'])):%Y%m%dT%H%M%SZ}.dump"
    for found in there:
        if NAMED.fullmatch(found.key[len(folder) + 1 :]) and found.key < limit:
            s3.ask(Request("DELETE", bucket, found.key))
    return key


if __name__ == "__main__":
    sys.stdout.write(send(Path(sys.argv[1]), os.environ, datetime.now(timezone.utc)) + "\n")
