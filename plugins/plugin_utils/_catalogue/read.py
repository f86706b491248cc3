# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue that comes with the collection: one YAML file per component, read when somebody asks for it."""

from __future__ import annotations

import functools
import pathlib

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.model import LAYERS, Entry
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.source import read_source

FOLDER = pathlib.Path(__file__).parents[3] / "catalogue"
STEP = 10


class Catalogue:
    """Entries by component name. Names come from the folder alone, so that a matrix costs only what it uses."""

    def __init__(self, folder: pathlib.Path = FOLDER) -> None:
        self.folder = folder
        self._read: dict[str, Entry] = {}

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Every component, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.yml")))

    def __getitem__(self, name: str) -> Entry:
        """One entry. A malformed file is a fault of the collection: MatrixProblems, or pydantic's ValidationError."""
        if name not in self.names:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = Entry.model_validate(read_source(self.folder / f"{name}.yml").data)
        return self._read[name]

    def wave(self, name: str) -> int:
        """Sync wave: layer by layer, within a layer after what the component requires."""
        entry = self[name]
        before = [self.wave(required) + 1 for required in entry.requires if self[required].layer == entry.layer]
        return max([LAYERS.index(entry.layer) * STEP, *before])
