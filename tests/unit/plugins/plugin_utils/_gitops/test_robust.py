# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in the matrix or in the repository: there is a tree, or problems with places. Nothing breaks."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.naming import misnamed
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.problems import TreeRefused
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.secrets import exposed
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._gitops.sites import FIRST, SITE, rendered
from tests.unit.plugins.plugin_utils._matrix.test_robust import VALUES, paths_of

SECTIONS = {"k3s", "git", "tls", "secrets", "components", "applications", "environments", "promotion"}
PATHS = [path for path in paths_of(SITE) if path[0] in SECTIONS]
OWNERS = [f"kubernetes/environments/prod/vaultwarden/{folder}/a.yaml" for folder in ("patches", "secrets")] + ["docs/a.yaml", "a.json"]
TEXTS = ["", "a: [", "kind: Secret", "[]", "null", "3", "kind: List\nitems: 5", "kind: SopsSecret\nspec: 3", "kind: Config\nusers: [3]", "\0"]
TEXTS += [
    "kind: SopsSecret\nsops: {age: 3}",
    "kind: Config\nusers: 3",
    "kind: Config\nusers: [{user: 3}]",
    "kind: [Secret]",
    "kind: PersistentVolumeClaim\nmetadata: 3",
]
TEXTS += [
    "kind: SopsSecret\nspec: {secretTemplates: 3}\nsops: 3",
    "kind: Namespace\nmetadata: {annotations: 3, name: 4}",
    "? [a]\n: b",
    "kind: {a: b}",
    "day: 2026-13-45",
]


def problems_of(tree: dict[str, str], data: dict[str, Any] | None = None) -> tuple[Any, ...]:
    try:
        rendered(tree, data)
    except (MatrixProblems, TreeRefused) as refused:
        return refused.problems
    return ()


@settings(max_examples=40)
@given(st.sampled_from(PATHS), VALUES)
def test_any_value_of_the_matrix(path: tuple[Any, ...], value: Any) -> None:
    data: Any = copy.deepcopy(SITE)
    parent = data
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    assert all(problem.message and problem.remedy for problem in problems_of({}, data))


@settings(max_examples=15)
@given(st.sampled_from(sorted(FIRST)), st.sampled_from(TEXTS), st.booleans())
def test_any_text_in_a_file_of_ours(path: str, text: str, below: bool) -> None:
    first = FIRST[path].partition("\n")[0]
    found = problems_of({**FIRST, path: f"{first}\n{text}" if below else text})
    assert any(path.startswith(problem.path) for problem in found)


@pytest.mark.parametrize("path", OWNERS)
def test_any_text_in_a_file_of_the_owner(path: str) -> None:
    for text in TEXTS:
        assert all(problem.path and problem.message and problem.remedy for problem in exposed(path, text, {"prod": ["age1prod"]}))
        assert all(problem.path for problem in misnamed(path, text, None, ["prod"]))
