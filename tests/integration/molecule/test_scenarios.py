# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role's scenario: converge, converge again without change, verify, on four bare hosts of a twin."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.twin import CHECKOUT, Twin, raised

pytestmark = pytest.mark.long
SCENARIOS = sorted(path.parent.name for path in (CHECKOUT / "molecule").glob("*/converge.yml"))


@pytest.fixture(scope="module")
def hosts() -> t.Iterator[Twin]:
    with raised("test-molecule", "--bare", "4") as twin:
        yield twin


def test_every_role_has_a_scenario() -> None:
    roles = {path.parent.parent.name for path in (CHECKOUT / "roles").glob("*/meta/argument_specs.yml")}
    assert roles <= set(SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(hosts: Twin, scenario: str) -> None:
    done = hosts.shell("molecule", "test", "--scenario-name", scenario, environment={"MOLECULE_GLOB": "molecule/*/molecule.yml"})
    assert done.status == 0, done.tail
