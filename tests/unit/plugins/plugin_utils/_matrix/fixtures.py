# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the matrix: one base, and for each rule two small changes of it."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
from typing import Any

import yaml

ROOT = pathlib.Path(__file__).parents[4] / "fixtures" / "matrix"
HERE = "<here>"  # in a fixture: the place at which the problem must be reported


@dataclasses.dataclass(frozen=True)
class Case:
    """A matrix on disk, its overlays, and where its problem is (file, line, column)."""

    matrix: pathlib.Path
    overlays: tuple[pathlib.Path, ...]
    place: tuple[str, int, int] | None


def write_case(fixture: pathlib.Path, folder: pathlib.Path) -> Case:
    """Apply a fixture to the base and write the result into a folder."""
    spec = yaml.safe_load(fixture.read_text("utf-8"))
    text = (ROOT / "base.yml").read_text("utf-8")
    for change in spec.get("changes", ()):
        assert text.count(change["replace"]) == 1, f"{fixture}: {change['replace']!r} is not exactly once in the base"
        text = text.replace(change["replace"], change["by"])
    shutil.copy(ROOT / "versions.lock.yml", folder)
    overlays = (_write(folder / "overlay.yml", spec["overlay"], spec),) if "overlay" in spec else ()
    matrix = _write(folder / "matrix.yml", text, spec)
    return Case(matrix[0], tuple(path for path, _place in overlays), matrix[1] or next((place for _path, place in overlays if place), None))


def _write(path: pathlib.Path, text: str, spec: dict[str, Any]) -> tuple[pathlib.Path, tuple[str, int, int] | None]:
    before, marker, after = text.partition(HERE)
    path.write_bytes((before + after).encode(spec.get("encoding", "utf-8")))
    if marker:
        return path, (str(path), before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    if "place" in spec and path.name == "matrix.yml":
        line, column = spec["place"].split(":")
        return path, (str(path), int(line), int(column))
    return path, None
