# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change made in Git travels DEV → TEST → PROD through real Argo CDs; a bad one stops in DEV; one that fails late in TEST goes back by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.gitops import applications
from tests.support.promotion import APP, ENVIRONMENTS, ONLY, Estate, Inventories, noted, server, without_key
from tests.support.twin import raised

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    inventories = Inventories(tmp_path_factory.mktemp("site"))
    with raised("test-promotion", inventories.of("all"), "--gitops", "--only", ONLY) as twin:
        estate = Estate(twin, inventories)
        estate.build()
        yield estate


def test_nothing_to_promote(estate: Estate) -> None:
    done = estate.promote("test")
    assert done.status == 0, done.tail
    assert "test has what dev has" in done.output


def test_a_change_travels_through_all_environments(estate: Estate) -> None:
    before = estate.releases("prod")
    estate.travel(noted("first"), "A change")
    assert estate.releases("dev") == estate.releases("test") == estate.releases("prod") != before
    for environment in ENVIRONMENTS:
        assert applications(estate.twin, server(environment))[APP][:2] == ("Synced", "Healthy")
    for name in ("test-1", "prod-1"):
        assert json.loads(estate.file(f"audit/promotions/{name}.json"))["outcome"] == "live"


def test_a_bad_one_stops_in_dev(estate: Estate) -> None:
    before = estate.releases("test")
    estate.change(without_key(), "A bad change")
    estate.follow("Progressing")
    done = estate.promote("test")
    assert done.status != 0
    assert "G2 fail" in done.output
    assert f"{APP}: is Progressing" in done.output
    assert estate.releases("test") == before
    estate.change(noted("first"), "The bad change is taken back")
    estate.follow()


def test_one_that_fails_late_in_test_goes_back_by_itself(estate: Estate) -> None:
    estate.travel(noted("second"), "Another change")
    before = estate.releases("test")
    estate.change(noted("late"), "One that will fail")
    estate.follow()
    estate.settle(stable="30s")
    with estate.spoiled("test") as spoil:
        done = estate.promote("test", "-e", "promote_hotfix=test", kill_at="it has to stay so for", strike=spoil)
    assert done.status != 0
    assert "test-3: reverted" in done.output, done.tail
    assert estate.releases("test") == before
    record = json.loads(estate.file("audit/promotions/test-3.json"))
    assert record["outcome"] == "reverted"
    assert f"{APP} is Progressing" in record["reason"]
    assert "what was there before is live again" in record["reason"]
    assert applications(estate.twin, server("test"))[APP][:2] == ("Synced", "Healthy")
    refused = estate.promote("test", "-e", "promote_hotfix=test")
    assert refused.status != 0
    assert "was taken back in test" in refused.output


def test_the_status_shows_where_everything_is(estate: Estate) -> None:
    done = estate.twin.playbook("playbooks/promote_status.yml", "-e", f"promote_path={estate.tree.folder}", inventory=estate.inventories.of("dev"))
    assert done.status == 0, done.tail
    told = done.said  # Ansible breaks long lines.
    assert "was taken back in test" in told
    assert "not seen" not in told
