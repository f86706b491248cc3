# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file keeps of the vCenters makes the same plan as the vCenters; a file that is none is refused with the reason."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.module_utils._placement import recorded
from hypothesis import given

from tests.unit.plugins.module_utils._placement.sites import Site, anywhere, machine, wanted
from tests.unit.plugins.module_utils._placement.strategies import sites


def through_a_file(site: Site) -> Site:
    text = json.dumps({"format": recorded.FORMAT, "inventory": recorded.dump(site.snapshots)})
    return dataclasses.replace(site, snapshots=recorded.load(json.loads(text)))


def test_nothing_is_lost() -> None:
    site = Site()
    site.add(machine(wanted(1), "a", "host-1"))
    site.change_host(2, read_only=frozenset({"S2"}), cluster="domain-c1", usable=False, why_unusable="in quarantine")
    assert through_a_file(site).snapshots == site.snapshots


def test_early_records_said_of_each_vcenter_that_it_was_current() -> None:
    kept = [{**part, "current": True} for part in recorded.dump(Site().snapshots)]
    assert recorded.load({"format": recorded.FORMAT, "inventory": kept}) == Site().snapshots


@given(sites())
def test_every_plan_is_the_same(site: Site) -> None:
    assert through_a_file(site).plan() == site.plan()


def test_a_host_is_chosen_offline_too() -> None:
    site = Site(vms=[anywhere(1), anywhere(2), anywhere(3)])
    assert through_a_file(site).plan().plan_id == site.plan().plan_id


WHOLE: dict[str, Any] = {"format": recorded.FORMAT, "inventory": recorded.dump(Site().snapshots)}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], "is no record"),
        ({}, "is no record"),
        ({**WHOLE, "format": 1}, r"its format: 1"),
        ({"format": recorded.FORMAT}, "damaged .KeyError: 'inventory'"),
        ({**WHOLE, "inventory": [{**WHOLE["inventory"][0], "hosts": None}]}, "damaged"),
        ({**WHOLE, "inventory": [{**WHOLE["inventory"][0], "surprise": 1}]}, "damaged .TypeError"),
        ({**WHOLE, "inventory": ["x"]}, "damaged"),
    ],
)
def test_what_is_no_record_is_refused(content: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        recorded.load(content)
