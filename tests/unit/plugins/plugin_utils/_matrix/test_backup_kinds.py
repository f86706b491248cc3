# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from a row: numbers of copies, six fields, windows; for every schedule."""

from __future__ import annotations

import datetime
import re

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._s3.backups import moment
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.backup_kinds import DAY, KINDS, LOG_SECONDS, backup_of, copies, etcd_row, table
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.cron import START, longest_gap, runs
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model_backup import Backup, Row
from hypothesis import given
from hypothesis import strategies as st

HOUR = 3600
CRONS = st.builds(
    "{} {} * * {}".format,
    st.sampled_from(["0", "30", "*/15", "5,50"]),
    st.sampled_from(["*", "*/6", "2", "1-3"]),
    st.sampled_from(["*", "1-5", "0"]),
)


@pytest.mark.parametrize(
    ("at", "keep", "wanted"),
    [("0 */12 * * *", 60 * HOUR, 5), ("0 */6 * * *", 30 * HOUR, 5), ("0 2 * * *", 30 * DAY, 30), ("0 2 * * *", HOUR, 1), ("0 2 * * 0", 30 * DAY, 5)],
)
def test_copies(at: str, keep: int, wanted: int) -> None:
    assert copies(at, keep) == wanted


@given(at=CRONS, keep=st.integers(HOUR, 9 * DAY))
def test_what_is_kept_by_number_is_kept_for_that_long(at: str, keep: int) -> None:
    """Whoever keeps so many copies has, right before the next one, one that is as old as wanted, or older."""
    number, times = copies(at, keep), list(runs(at, START, 40))
    for index in range(number, len(times)):
        oldest_kept = times[index - number]
        assert times[index] - oldest_kept >= datetime.timedelta(seconds=keep)


@given(at=CRONS)
def test_six_fields_mean_the_same_with_seconds_first(at: str) -> None:
    row = table(Backup(schedule={"postgres": Row(at=at)}))[0]
    assert row.six_fields.split()[1:] == at.split()
    assert row.six_fields.split()[0] == "0"
    assert row.interval == longest_gap(at).total_seconds()


def test_wal_bounds_what_is_lost_but_not_when_the_next_base_backup_comes() -> None:
    row = table(Backup(schedule={"postgres": Row()}))[0]
    assert (row.gap, row.interval, row.retention_policy) == (LOG_SECONDS, DAY, "30d")


def test_a_window_is_rounded_up_to_whole_days() -> None:
    assert table(Backup.model_validate({"schedule": {"postgres": {"keep": "36h"}}}))[0].retention_policy == "2d"


def test_an_environment_overlays_single_fields_of_a_row_and_has_its_own_folders() -> None:
    site = Backup.model_validate({"s3": {"endpoint": "s3.example.org"}, "schedule": {"etcd": {"bucket": "one", "rpo": "5s"}, "escrow": {"bucket": "one"}}})
    here = backup_of(site, Backup.model_validate({"schedule": {"etcd": {"rpo": "7s"}}}), "prod")
    rows = {row.kind: row for row in table(here)}
    assert (rows["etcd"].bucket, rows["etcd"].rpo, rows["etcd"].folder, rows["escrow"].folder) == ("one", 7, "prod", "prod/escrow")


def test_without_a_server_there_is_no_bucket() -> None:
    assert etcd_row(Backup(schedule={"etcd": Row(bucket="one")})).bucket is None


@pytest.mark.parametrize(
    ("kind", "key", "at"),
    [
        ("etcd", "etcd-snapshot-k8s-dev-21-1795250000", "1795250000"),
        ("etcd", "etcd-snapshot-k8s-dev-21-1795250000.zip", "1795250000"),
        ("postgres", "shop/base/20261122T020000/backup.info", "20261122T020000"),
        ("postgres-dump", "shop/orders/20261122T030000Z.dump", "20261122T030000Z"),
        ("mariadb", "wiki/backup.2026-11-22T02:30:00Z.gzip.sql", "2026-11-22T02:30:00Z"),
        ("mariadb", "wiki/backup.2026-11-22T02:30:00Z.sql", "2026-11-22T02:30:00Z"),
        ("mariadb", "wiki/backup.other.sql", None),
        ("objects", "backups/groundwork-20261122040000/velero-backup.json", "20261122040000"),
        ("objects", "backups/before-upgrade/velero-backup.json", None),
        ("volumes", "backupstore/volumes/aa/bb/pvc-1/backups/backup_backup-0123456789abcdef.cfg", None),
        ("git", "20261122T023000Z.bundle", "20261122T023000Z"),
        ("escrow", "on-demand-k8s-dev-21-1795250000.escrow.age", "1795250000"),
        ("escrow", "on-demand-k8s-dev-21-1795250000.zip.escrow.age", "1795250000"),
        ("escrow", "mine.escrow.age", None),
        ("placement", "20261122T014500.000000Z-0123456789ab.json", "20261122T014500"),
        ("placement", "mine.json", None),
    ],
)
def test_markers(kind: str, key: str, at: str | None) -> None:
    """And the moment that the name tells, so that the newest is not the one that was uploaded last."""
    found = re.fullmatch(KINDS[kind].marker, key)
    assert found
    assert found.groupdict().get("at") == at
    assert at is None or moment(at) is not None
    assert not re.fullmatch(KINDS[kind].marker, key + "-partial")
