# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule: its invalid fixture gives exactly its code at the marked place, its near miss gives nothing."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems, Problem
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules import RULES

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT, Case, write_case


def problems_of(case: Case) -> tuple[Problem, ...]:
    try:
        return load_matrix(case.matrix, case.overlays).warnings
    except MatrixProblems as error:
        return error.problems


def test_the_base_has_neither_problems_nor_warnings() -> None:
    loaded = load_matrix(ROOT / "base.yml")
    assert loaded.warnings == ()
    assert len(loaded.site.machines) == 7


def test_every_rule_has_its_fixtures_and_every_fixture_its_rule() -> None:
    assert {path.name for path in ROOT.iterdir() if path.is_dir()} == set(RULES)


@pytest.mark.parametrize("code", sorted(RULES))
def test_invalid(code: str, tmp_path: pathlib.Path) -> None:
    case = write_case(ROOT / code / "invalid.yml", tmp_path)
    found = problems_of(case)
    relevant = [problem for problem in found if problem.warning == RULES[code].warning]
    assert {problem.code for problem in relevant} == {code}, "\n".join(map(str, found))
    first = relevant[0]
    assert case.place is None or (first.file, first.line, first.column) == case.place, str(first)
    assert first.message
    assert first.remedy


@pytest.mark.parametrize("code", sorted(RULES))
def test_near_miss(code: str, tmp_path: pathlib.Path) -> None:
    found = problems_of(write_case(ROOT / code / "near_miss.yml", tmp_path))
    errors = [str(problem) for problem in found if not problem.warning or problem.code == code]
    assert errors == []


def test_a_role_that_the_operator_makes_itself(tmp_path: pathlib.Path) -> None:
    """Its password would be another one in every cluster that is restored."""
    file = tmp_path / "app.yml"
    file.write_text((ROOT / "GW817" / "near_miss.yml").read_text("utf-8").replace("roles: {shop:", "roles: {app: {}, shop:"), encoding="utf-8")
    (problem,) = (found for found in problems_of(write_case(file, tmp_path)) if not found.warning)
    assert (problem.code, "app belongs to" in problem.message) == ("GW817", True)
