# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of a kind in a bucket, and of each database."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.groundwork.platform.plugins.module_utils._s3.backups import Row, newest
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import Listed


def listed(key: str, at: int, size: int = 1) -> Listed:
    return Listed(key=key, written=datetime.fromtimestamp(at, UTC), size=size)


OBJECTS = [listed("dev/shop/1.dump", 10), listed("dev/shop/2.dump", 20), listed("dev/books/1.dump", 5), listed("dev/books/2.dump", 30, size=0)]


def test_each_source_has_a_newest_of_its_own() -> None:
    found = newest(Row("k", "b", "dev", r"(?P<source>[^/]+)/[0-9]+[.]dump"), [*OBJECTS, listed("prod/shop/9.dump", 90)])
    assert (found["at"], found["key"], found["count"]) == (20, "dev/shop/2.dump", 3)
    assert {name: (of["at"], of["count"]) for name, of in found["sources"].items()} == {"books": (5, 1), "shop": (20, 2)}


def test_a_marker_without_sources_has_none() -> None:
    found = newest(Row("k", "b", "dev", r"[^/]+/[0-9]+[.]dump"), OBJECTS)
    assert (found["at"], found["sources"]) == (20, {})
