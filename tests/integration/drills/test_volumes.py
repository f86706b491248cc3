# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill of row ``volumes``: Longhorn makes a volume of its newest backup. The test plays Longhorn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import at, name_of

from tests.integration.drills.conftest import killed_at
from tests.support.api_site import ROW, Site
from tests.support.apiserver import Api
from tests.support.longhorn_double import Longhorn, longhorn

#: Each of them plays drill.yml several times.
pytestmark = pytest.mark.long
DRILL = ("drill", "--tags", "volumes")
NAME = "groundwork-drill"
LABEL = "groundwork.platform/drill"
POINTS = (
    "Choose the newest",
    "Make a volume of it",
    "Wait until every block is there",
    "Hold it against the backup",
    "Write the report",
    "Remove the volume",
    "Write the page",
    "Tell the cluster what was proven",
)


@pytest.fixture(scope="module")
def storage(api: Api) -> Iterator[Longhorn]:
    with longhorn(api.kube()) as running:
        yield running


@pytest.fixture(autouse=True)
def of_the_drill(site: Site) -> None:
    site.own["groundwork_backup_rows"] = [{**ROW, "kind": "volumes", "what": "volumes", "tool": "Longhorn"}]


def test_a_drill_of_volumes_believes_what_longhorn_says_of_the_newest_whole_backup(site: Site, storage: Longhorn) -> None:
    site.part("drill_volumes")
    storage.backup("half", "InProgress", "2026-11-22T06:00:00Z")
    answers = (("unknown", "Longhorn has no backup that is complete"), ("unknown", ""), ("faulted", "calls the restored volume faulted"))
    for robustness, words in answers:
        storage.robustness = robustness
        done = site.play("part")
        assert done.status == 0, done.tail
        report = site.reports("volumes")[-1]
        assert bool(report["problems"]) == bool(words)
        assert words in "".join(report["problems"])
        assert storage.volumes() == []
        storage.backup("old", at_="2026-11-20T05:00:00Z")
        storage.backup("new")
    assert [report["source"] for report in site.reports("volumes")] == ["", "new", "new"]


def test_a_drill_that_is_interrupted_anywhere_is_cleaned_up_by_the_next(site: Site, storage: Longhorn) -> None:
    """Eight times in a row. What one leaves has the name and the label that the guide says."""
    storage.backup("new")
    storage.robustness = "unknown"
    for point in killed_at(site, POINTS, *DRILL):
        marks = [(name_of(volume), at(volume, "metadata", "labels", LABEL)) for volume in storage.volumes()]
        assert marks in ([], [(NAME, "volumes")]), point
    done = site.play(*DRILL)
    assert done.status == 0, done.tail
    assert storage.volumes() == []
    assert site.proof("volumes") is not None
