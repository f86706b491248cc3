# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drill of row ``objects``: Velero brings the planted namespace back under another name. The test plays Velero."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.drills.conftest import killed_at
from tests.support.api_site import ROW, Site
from tests.support.velero_double import AT, VERSION, Velero

#: Each of them plays drill.yml several times.
pytestmark = pytest.mark.long
DRILL = ("drill", "--tags", "objects")
NAME = "groundwork-drill"
POINTS = (
    "Restore under another name",
    "Wait for its end",
    "Read what came back",
    "Hold it against what was planted",
    "Write the report",
    "Remove what was restored",
    "Write the page",
    "Tell the cluster what was proven",
)


@pytest.fixture(autouse=True)
def of_the_drill(site: Site, velero: Velero) -> Iterator[None]:
    site.own["groundwork_backup_rows"] = [{**ROW, "kind": "objects", "what": "namespaces", "tool": "Velero"}]
    yield
    velero.planted = AT


@pytest.mark.parametrize(("planted", "words"), [(AT, ""), ("1795000001", "the planted ConfigMap and Secret are not back")])
def test_a_drill_of_namespaces_looks_for_what_was_planted(site: Site, velero: Velero, planted: str, words: str) -> None:
    """It brings back what ``planted`` says into the Secret. Only the row's own tasks are played: they report, and drill_end.yml fails because of it."""
    velero.planted = planted
    site.part("drill_objects")
    done = site.play("part")
    assert done.status == 0, done.tail
    (report,) = site.reports("objects")
    assert bool(report["problems"]) == bool(words)
    assert words in "".join(report["problems"])
    assert not site.has("v1", "Namespace", NAME)
    assert velero.restores() == []


def test_a_drill_that_is_interrupted_anywhere_is_cleaned_up_by_the_next(site: Site, velero: Velero) -> None:
    """Eight times in a row. What one leaves has the name that the guide says."""
    before = site.api.kube().objects("v1", "Namespace")
    for point in killed_at(site, POINTS, *DRILL):
        assert len(velero.restores()) == site.has(VERSION, "Restore", NAME, "velero"), point
        assert site.new_namespaces(before) <= {NAME, "groundwork-backup"}, point
    done = site.play(*DRILL)
    assert done.status == 0, done.tail
    assert velero.restores() == []
    assert site.new_namespaces(before) <= {"groundwork-backup"}
    assert site.proof("objects") is not None
