# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Read the site that an inventory folder selects, through the collection's own loader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded, load_matrix
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.lock import read_lock
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import MatrixProblems

from lab.twin.run import CommandFailed


@dataclass(frozen=True)
class Inventory:
    """The source of an ``environment_matrix`` inventory: a matrix file and the environments of it."""

    matrix: Path
    environments: tuple[str, ...]


def read_inventory(folder: Path) -> Inventory:
    """Read the folder's environment_matrix file; raises CommandFailed."""
    files = sorted(folder.glob("*environment_matrix.y*ml"))
    if len(files) != 1:
        raise CommandFailed(f"{folder}: expected one environment_matrix.yml in this folder, found {len(files)}; name an inventory such as inventories/dev")
    content = yaml.safe_load(files[0].read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not content.get("matrix"):
        raise CommandFailed(f"{files[0]}: no 'matrix:' in it; it names the matrix file, relative to itself")
    return Inventory((folder / content["matrix"]).resolve(), tuple(content.get("environments") or ()))


def load(matrix: Path, overlays: Sequence[Path]) -> Loaded:
    """Load a matrix; raises CommandFailed with all its problems."""
    try:
        return load_matrix(matrix, overlays)
    except MatrixProblems as problems:
        raise CommandFailed(f"the matrix has problems:\n{problems}") from problems


def production_lock(matrix: Path) -> Path:
    """The lock file that the matrix itself names."""
    raw = yaml.safe_load(matrix.read_text(encoding="utf-8")).get("artifacts") or {}
    return matrix.parent / str(raw.get("lock", "versions.lock.yml"))


def production_releases(matrix: Path, wanted: Sequence[str]) -> tuple[str, dict[str, dict[str, str | None]]]:
    """Where production downloads K3s from, and the production lock's amd64 files and checksums of the *wanted* versions."""
    raw = yaml.safe_load(matrix.read_text(encoding="utf-8")).get("artifacts") or {}
    lock = read_lock(production_lock(matrix))
    return str(raw.get("mirror", "")), {version: dict(lock.k3s.get(version, {}).get("amd64", {})) for version in wanted}
