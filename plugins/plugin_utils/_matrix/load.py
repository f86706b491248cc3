# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load and check a matrix: parse, overlay, structure, rules. Everything that is wrong comes out at once."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.derive import Site, derive
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.facts import Facts
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.lock import Lock, read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.missing import Missing, missing_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.model import Matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.overlay import Deviation, apply_overlays
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import Finding, MatrixProblems, Path, Problem
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.rules import check, check_data
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.source import Source, read_source
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.structure import validate


@dataclasses.dataclass(frozen=True)
class Loaded:
    """A matrix that is free of errors, and what follows from it."""

    path: pathlib.Path
    overlays: tuple[pathlib.Path, ...]
    matrix: Matrix
    site: Site
    lock: Lock
    deviations: tuple[Deviation, ...]
    missing: tuple[Missing, ...]
    warnings: tuple[Problem, ...]

    @property
    def secrets_file(self) -> pathlib.Path:
        """The encrypted file, absolute."""
        return self.path.parent / pathlib.Path(self.matrix.secrets.sops_file).expanduser()


def load_matrix(path: str | pathlib.Path, overlays: Sequence[str | pathlib.Path] = ()) -> Loaded:
    """Load one matrix file, with overlays applied in order.

    Raises MatrixProblems with every error found. Warnings do not raise, and are told only when there is no error.
    """
    path = pathlib.Path(path)
    source = read_source(path)
    deviations, origins = apply_overlays(source.data, tuple(pathlib.Path(overlay) for overlay in overlays))
    locate = _Locator(source, origins)
    problems = [locate(code, finding, warning) for code, finding, warning in check_data(source.data)]
    matrix, structure = validate(source.data)
    problems += [locate(code, finding) for code, finding in structure]
    if matrix is None:
        raise MatrixProblems(problems)
    lock = read_lock(path.parent / matrix.artifacts.lock)
    wrong = {finding.path for _code, finding in structure}
    problems += [locate(*found) for found in check(Facts(matrix, lock, source.data)) if found[1].path not in wrong]
    if errors := [problem for problem in problems if not problem.warning]:
        raise MatrixProblems(errors)
    return Loaded(
        path=path.absolute(),
        overlays=tuple(pathlib.Path(overlay).absolute() for overlay in overlays),
        matrix=matrix,
        site=derive(matrix),
        lock=lock,
        deviations=tuple(deviations),
        missing=missing_of(matrix, lock),
        warnings=tuple(sorted(problems)),
    )


@dataclasses.dataclass(frozen=True)
class _Locator:
    """Gives a finding its place: in the matrix, or in the overlay that put the value there."""

    source: Source
    origins: dict[Path, tuple[Source, int]]

    def __call__(self, code: str, finding: Finding, warning: bool = False) -> Problem:
        for length in range(len(finding.path), 0, -1):
            if origin := self.origins.get(finding.path[:length]):
                overlay, index = origin
                return overlay.problem(code, (index, "value"), finding.message, finding.remedy, warning=warning)
        return self.source.problem(code, finding.path, finding.message, finding.remedy, finding.at_key, warning)
