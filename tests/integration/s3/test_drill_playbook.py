# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.yml of what is restored out of S3 alone: proofs, damage that is caught, and interruptions."""

from __future__ import annotations

import json
import time

import pytest

from tests.integration.s3.management import Site
from tests.support.objectstore import Store

SCHEDULE = {kind: {"bucket": "drilled", "rto": "1h", "rpo": "1d"} for kind in ("git", "placement")}
DRILL = ("--tags", "files", "-e", "drill_mark_cluster=false")
POINTS = (
    "See what could be restored",
    "Remove what an interrupted drill has left",
    "Make a folder for it",
    "Fetch it",
    "Make a repository of a bundle",
    "Remove the folder",
    "Hold it against the matrix",
    "Write the report",
    "Write the page",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, store: Store) -> Site:
    """Everything is backed up once."""
    found = Site(tmp_path_factory.mktemp("drilled"), store, SCHEDULE)
    (found.folder / "records").mkdir()
    (found.folder / f"records/{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.000000Z-0123456789ab.json").write_text(json.dumps({"format": 1, "plan": []}))
    for tags in ("buckets", "management"):
        done = found.play("--tags", tags)
        assert done.status == 0, done.output[-3000:]
    return found


def test_what_comes_back_is_a_proof(site: Site) -> None:
    done = site.play(*DRILL, playbook="drill.yml")
    assert done.status == 0, done.output[-3000:]
    rows = site.status()
    assert {row["verdict"] for row in rows.values()} == {"ok"}
    assert all(row["rto"] is not None and row["rpo"] is not None for row in rows.values())
    (page,) = site.copies.glob("drill-*.md")
    assert page.read_text().count("| proven |") == 2


@pytest.mark.long
def test_a_drill_of_everything_passes_over_no_row(site: Site) -> None:
    """Of a row that it cannot restore at all, too: what was restored is proven, the drill fails all the same."""
    rows = json.loads(site.inventory.read_text())["k3s_server"]["vars"]["groundwork_backup_rows"]
    lost = json.dumps({"groundwork_backup_rows": [*rows, {**rows[0], "kind": "objects", "bucket": None}]})
    everything = (*DRILL, "-e", "drill_all=true")
    done = site.play(*everything, playbook="drill.yml")
    assert done.status == 0, done.output[-3000:]
    done = site.play(*everything, "-e", lost, playbook="drill.yml")
    assert done.status != 0
    assert "objects has no bucket: name one in backup.schedule; objects was never restored in a drill: run drill.yml. Page:" in done.said


@pytest.mark.long
def test_an_interrupted_drill_leaves_nothing_after_the_next_one(site: Site) -> None:
    """Nine times in a row. What one leaves beside reports is the folder that the guide names."""
    before, seen = {path.name for path in site.copies.iterdir()}, set()
    for point in POINTS:
        stopped = site.play(*DRILL, playbook="drill.yml", kill_at=point)
        assert stopped.status < 0, f"the drill ended before {point!r}: {stopped.output[-2000:]}"
        left = {path.name for path in site.copies.iterdir() if path.suffix not in (".json", ".md")} - before
        assert left <= {"drill-scratch"}, point
        seen |= left
    assert seen, "no kill has left anything"
    done = site.play(*DRILL, playbook="drill.yml")
    assert done.status == 0, done.output[-3000:]
    assert not (site.copies / "drill-scratch").exists()
    assert {row["verdict"] for row in site.status().values()} == {"ok"}


@pytest.mark.long
def test_a_missed_target_fails_the_drill(site: Site) -> None:
    rows = json.loads(site.inventory.read_text())["k3s_server"]["vars"]["groundwork_backup_rows"]
    strict = json.dumps({"groundwork_backup_rows": [{**row, "rpo": 0, "rto": 0} for row in rows]})
    done = site.play(*DRILL, "-e", strict, playbook="drill.yml")
    assert done.status != 0
    assert "RTO of 0s was missed" in done.said


def test_a_damaged_backup_is_caught_and_no_proof_any_more(site: Site, store: Store) -> None:
    """Last, because it stays damaged."""
    store.damage("drilled", site.status()["git"]["newest"])
    done = site.play(*DRILL, playbook="drill.yml")
    assert done.status != 0
    row = site.status()["git"]
    assert (row["verdict"], "last drill of git failed" in row["reasons"][0]) == ("unproven", True)
    assert not (site.copies / "drill-scratch").exists()
