# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status: environments by components, with what keeps each from going on; as a table and as a page."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Application
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.record import record_path, records_in
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.refused import Refused
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.request import Request, checked
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.status import Row, Seen, rows
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.status_page import length, page, text

from tests.unit.plugins.plugin_utils._gitops.sites import ENVIRONMENTS, FIRST, LOADED, after, changed, load, locked
from tests.unit.plugins.plugin_utils._promotion.test_records_and_messages import record

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
NO_RECORD = "(by Argo CD's times alone for 1 of 1 components, which no recorded promotion brought)"
AHEAD = after(FIRST, changed(components={"traefik": {"values": {"deployment": {"replicas": 2}}}}))


def seen(tree: dict[str, str], environment: str, seconds: int, **change: Any) -> dict[str, Application]:
    then = NOW - datetime.timedelta(seconds=seconds)
    found = {}
    for name, entry in locked(tree, environment).items():
        application = Application(name, "Synced", "Healthy", entry.release, NOW, then, then)
        found[name] = dataclasses.replace(application, **change) if name == "traefik" else application
    return found


def row(tree: dict[str, str], environment: str, dev: Seen) -> Row:
    clusters: dict[str, Seen] = {key: seen(tree, key, 90000) for key in ENVIRONMENTS} | {"dev": dev}
    return next(found for found in rows(LOADED, tree, records_in(tree), clusters, NOW) if (found.environment, found.component) == (environment, "traefik"))


def test_one_that_may_go_on() -> None:
    found = row(AHEAD, "dev", seen(AHEAD, "dev", 7200))
    assert (found.health, found.age, found.soak_left, found.goes_to, found.blockers) == ("Healthy", 7200, None, "stage", ())


def test_one_that_still_soaks() -> None:
    found = row(AHEAD, "dev", seen(AHEAD, "dev", 1200))
    assert (found.soak_left, found.goes_to) == (2400, "stage")
    assert found.blockers == (f"1200 of 3600 s {NO_RECORD}; wait until 2026-11-21 12:40 UTC",)


def test_the_soak_time_counts_from_the_record_of_a_promotion() -> None:
    ended = (NOW - datetime.timedelta(seconds=60)).isoformat()
    way = record(1, "live", locked(AHEAD, "dev")["traefik"].release, "dev").model_copy(update={"ended_at": ended})
    found = row({**AHEAD, record_path(way.id): way.to_text()}, "dev", seen(AHEAD, "dev", 7200))
    assert (found.soak_left, found.blockers) == (3540, ("60 of 3600 s; wait until 2026-11-21 12:59 UTC",))


def test_one_that_is_sick() -> None:
    found = row(AHEAD, "dev", seen(AHEAD, "dev", 7200, health="Degraded"))
    assert found.health == "Degraded"
    assert found.blockers == ("traefik: is Degraded",)


def test_a_cluster_that_cannot_be_asked() -> None:
    found = row(AHEAD, "dev", "the cluster of dev cannot be asked: timeout")
    assert (found.health, found.age, found.blockers) == ("not seen", None, ("the cluster of dev cannot be asked: timeout",))


def test_where_nothing_differs_there_is_nowhere_to_go() -> None:
    found = row(FIRST, "dev", seen(FIRST, "dev", 10))
    assert (found.goes_to, found.soak_left, found.blockers) == (None, None, ())
    assert row(AHEAD, "prod", seen(AHEAD, "dev", 10)).goes_to is None


def test_a_component_that_is_not_there() -> None:
    cluster = seen(AHEAD, "dev", 10)
    del cluster["traefik"]
    found = row(AHEAD, "dev", cluster)
    assert found.health == "not there"
    assert found.blockers == ("traefik is not in the source",)


def test_an_environment_that_was_never_rendered() -> None:
    with pytest.raises(Refused, match="stage has never been rendered"):
        rows(LOADED, {path: body for path, body in FIRST.items() if "stage/promotion.lock" not in path}, [], dict.fromkeys(ENVIRONMENTS, "away"), NOW)


ROWS = [
    Row("dev", "traefik", "41.3.0", "0123456789abcdef", "Healthy", 7200, None, "test", ()),
    Row("test", "metallb", "0.16", "fedcba9876543210", "Degraded", None, 90, "prod", ("<b>sick</b>", "and closed")),
    Row("prod", "metallb", "0.16", "fedcba9876543210", "Healthy", 3, None, None, ()),
]


def test_the_table() -> None:
    assert text(ROWS) == [
        "environment  component  version  release           state     since  soak left  what keeps it here",
        "dev          traefik    41.3.0   0123456789abcdef  Healthy   2 h               nothing: promote to test",
        "test         metallb    0.16     fedcba9876543210  Degraded         1 min      <b>sick</b>; and closed",
        "prod         metallb    0.16     fedcba9876543210  Healthy   3 s",
    ]


def test_the_page_is_one_file_without_script_in_which_nothing_is_read_as_markup() -> None:
    found = page(ROWS, "Example & Sons", NOW)
    assert "<b>sick" not in found
    assert "&lt;b&gt;sick&lt;/b&gt;; and closed" in found
    assert "Example &amp; Sons" in found
    assert "<script" not in found
    assert "http" not in found
    assert found.count("<tr") == len(ROWS) + 1


def test_rows_are_data() -> None:
    assert json.loads(json.dumps(dataclasses.asdict(ROWS[1])))["blockers"] == ["<b>sick</b>", "and closed"]


@pytest.mark.parametrize(("seconds", "expected"), [(None, ""), (0, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86400, "1 d"), (10**6, "11 d")])
def test_lengths(seconds: int | None, expected: str) -> None:
    assert length(seconds) == expected


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (Request("qa"), "there is no environment qa; there are: dev, stage, prod"),
        (Request("dev"), "dev is the first environment"),
        (Request("prod", "qa"), "there is no environment qa"),
        (Request("prod", waivers={"G0": "x"}), "G0 cannot be waived by anybody"),
        (Request("prod", waivers={"G11": "x"}), "there is no gate G11"),
        (Request("prod", waivers={"G3": " "}), "to waive G3 needs a reason"),
        (Request("prod", take_back="prod-1"), "to take prod-1 back needs a reason"),
        (Request("prod", take_back="stage-1", reason="slow"), "stage-1 is no promotion to prod"),
    ],
)
def test_requests_that_cannot_be(request_: Request, said: str) -> None:
    with pytest.raises(Refused, match=said):
        checked(request_, LOADED)


def test_a_site_without_a_repository() -> None:
    data = changed(components={}, applications={})
    del data["git"]
    data["components"], data["applications"] = {}, {}
    with pytest.raises(Refused, match=r"git\.repository is not known"):
        checked(Request("prod"), load(data))


def test_the_source_is_the_environment_before() -> None:
    assert checked(Request("prod"), LOADED).source == "stage"
    assert checked(Request("prod", "dev"), LOADED).source == "dev"  # the gate says no, with evidence
