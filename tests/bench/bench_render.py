# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree that Argo CD reads.

All three environments of the eNeG site, with values that its owner has not said yet put in; once into an empty repository and once
into one that has everything already.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from ansible_collections.groundwork.platform.plugins.plugin_utils._catalogue.read import Catalogue
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.disk import authorities, changes, read_tree, write
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.inputs import Inputs
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import render
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import load_matrix

from tests.bench.model import CHECKOUT, Figure, seconds

OWNER = '[{path: git.repository, value: "git@git.example.org:eneg/clusters.git", why: bench}]'


def measure() -> list[Figure]:
    """From the matrix on disk to the tree on disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "overlay.yml").write_text(OWNER)
        (folder / "clone").mkdir()
        first = seconds(lambda: rendered(folder))
        second = seconds(lambda: rendered(folder))
        files = sum(path.is_file() for path in (folder / "clone").rglob("*"))
        left = rendered(folder)
    return [
        Figure("three environments rendered and written", first, "s", 3),
        Figure("the same again", second, "s", 3),
        Figure("files", files, "files"),
        Figure("files that the second run changed", left, "files", 0),
    ]


def rendered(folder: Path) -> int:
    """Render once; how many files changed."""
    loaded = load_matrix(CHECKOUT / "inventories" / "matrix.yml", [folder / "overlay.yml"])
    before = read_tree(folder / "clone")
    wanted = changes(before, render(Inputs(loaded, Catalogue(), before, authorities(loaded))))
    write(folder / "clone", wanted)
    return len(wanted)
