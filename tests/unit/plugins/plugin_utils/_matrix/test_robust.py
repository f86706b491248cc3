# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever one value is replaced by, the loader either accepts the matrix or reports problems with places. It never breaks."""

from __future__ import annotations

import copy
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems, Problem
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plugins.plugin_utils._matrix.fixtures import ROOT

BASE: dict[str, Any] = yaml.safe_load((ROOT / "base.yml").read_text("utf-8"))
LOCK = (ROOT / "versions.lock.yml").read_text("utf-8")
TEXTS = st.sampled_from(["", " ", "x", "*", "0.0.0.0", "192.0.2.0/24", "255.255.255.255", "0-0", "21-999999", "{nr}", "{", "latest", "v1", "ä", "none", "::1"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False), TEXTS)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.one_of(TEXTS, st.integers(0, 9)), SCALARS, max_size=2))


def paths_of(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*path, key)
        yield from paths_of(value, (*path, key))


PATHS = list(paths_of(BASE))


def changed(changes: list[tuple[tuple[Any, ...], Any]]) -> Any:
    data: Any = copy.deepcopy(BASE)
    for path, value in changes:
        parent = data
        try:
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took the parent away
    return data


def errors_of(path: pathlib.Path) -> tuple[Problem, ...]:
    try:
        load_matrix(path)
    except MatrixProblems as error:
        return error.problems
    return ()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=3))
def test_accepted_or_reported(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "matrix.yml"
        path.write_text(yaml.safe_dump(changed(changes), allow_unicode=True, sort_keys=False), "utf-8")
        (path.parent / "versions.lock.yml").write_text(LOCK, "utf-8")
        assert all(problem.line >= 1 and problem.message and problem.remedy for problem in errors_of(path))
