# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of a kind in a bucket, and of each database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._s3.backups import Row, moment, newest
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


@pytest.mark.parametrize("order", [1, -1])
def test_an_old_backup_that_is_stored_late_is_no_new_one(order: int) -> None:
    """As after S3 was away, or in a place that everything was copied to: all were written in one second, or the oldest last."""
    objects = [listed("dev/git/20261122T023000Z.bundle", 1_800_000_000), listed("dev/git/20261101T023000Z.bundle", 1_800_000_000 + order)]
    found = newest(Row("git", "b", "dev/git", r"(?P<at>[0-9TZ]+)[.]bundle"), objects)
    assert (found["key"], found["at"]) == ("dev/git/20261122T023000Z.bundle", 1_795_314_600)


def test_nothing_is_of_a_time_after_it_was_written() -> None:
    """A name of the future makes no old backup new; a name without a time leaves the time at which it was written."""
    row = Row("escrow", "b", "", r"([^/]+-(?P<at>[0-9]{10})|[^/]+)[.]age")
    objects = [listed("a-4102444800.age", 1_700_000_000), listed("b-1799999999.age", 1_800_000_000), listed("bare.age", 1_800_000_000)]
    assert (newest(row, objects)["key"], newest(row, objects[:2])["key"], newest(row, objects[:1])["at"]) == ("bare.age", "b-1799999999.age", 1_700_000_000)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1795314600", 1_795_314_600),
        ("20261122T023000Z", 1_795_314_600),
        ("20261122T023000", 1_795_314_600),
        ("20261122023000", 1_795_314_600),
        ("2026-11-22T02:30:00Z", 1_795_314_600),
        ("20261322T023000Z", None),
        ("2026112202", 2_026_112_202),
        ("2026-11-22", None),
        ("20261122T0230", None),
        ("", None),
    ],
)
def test_moments_of_names(text: str, at: int | None) -> None:
    assert moment(text) == at
