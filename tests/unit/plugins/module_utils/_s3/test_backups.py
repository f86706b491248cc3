# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of a kind in a bucket, and of each database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._s3.backups import Row, expired, moment, newest
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


def test_what_was_kept_for_long_enough() -> None:
    """By the time in the name, whenever it was written; the newest stays however old it is, and so does what the row does not know by its name."""
    row = Row("git", "b", "dev/git", r"(?P<at>[0-9]{10})[.]bundle")
    late, limit = 1_800_000_000, 1_795_000_000
    names = ["1700000000.bundle", "1794999999.bundle", "1795000000.bundle", "mine.bundle", "1700000000.bundle.copy", "other/1700000000.bundle"]
    objects = [*(listed(f"dev/git/{name}", late) for name in names), listed("prod/git/1700000000.bundle", late), listed("dev/git/1700000001.bundle", late, 0)]
    assert expired(row, objects, limit) == ["dev/git/1700000000.bundle", "dev/git/1794999999.bundle"]
    assert expired(row, objects[:2], limit) == ["dev/git/1700000000.bundle"]
    assert expired(row, objects[:1], limit) == []
    assert expired(row, [], limit) == []


def test_a_name_of_the_future_removes_no_newest() -> None:
    """Neither the one that is named so nor the one that is the newest by then."""
    row = Row("git", "b", "", r"(?P<at>[0-9]{10})[.]bundle")
    objects = [listed("1700000000.bundle", 1_700_000_000), listed("1790000000.bundle", 1_790_000_000), listed("4102444800.bundle", 1_600_000_000)]
    assert expired(row, objects, 4_200_000_000) == ["1700000000.bundle"]


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
