# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree on disk: what is there, what rendering would change, and the writing of it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import tempfile

from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.release import FOLDER
from ansible_collections.groundwork.platform.plugins.plugin_utils._gitops.tree import Tree
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.load import Loaded

LARGEST = 10_000_000


@dataclasses.dataclass(frozen=True)
class Change:
    """One file: its text before and after; None = it is not there."""

    path: str
    before: str | None
    after: str | None


def read_tree(root: pathlib.Path) -> dict[str, str]:
    """Text files of a repository by their path in it, without Git's own; large and binary ones are none of ours. Raises OSError."""
    found: dict[str, str] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(files):
            path = pathlib.Path(folder, name)
            if path.is_symlink() or path.stat().st_size > LARGEST:
                continue
            try:
                found[path.relative_to(root).as_posix()] = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue
    return found


def authorities(loaded: Loaded) -> dict[str, str]:
    """PEM texts of the S3 servers' authorities by their path in the matrix. What cannot be read is left out: it matters to the tree alone."""
    places = {environment.backup.s3.ca_file for environment in loaded.site.environments.values() if environment.backup.s3}
    found: dict[str, str] = {}
    for place in sorted(filter(None, places)):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            found[place] = pathlib.Path(place).expanduser().read_text("utf-8")
    return found


def changes(before: dict[str, str], tree: Tree) -> list[Change]:
    """What has to be written or removed. Releases come first: a lock never names one that is not there, however early a run ends."""
    written = [Change(path, before.get(path), text) for path, text in tree.files.items() if before.get(path) != text]
    removed = [Change(path, before[path], None) for path in tree.stale]
    return sorted(written + removed, key=lambda change: (not change.path.startswith(FOLDER), change.path))


def write(root: pathlib.Path, wanted: list[Change]) -> None:
    """Each file as a whole or not at all. Raises OSError; a second run completes what is missing."""
    for change in wanted:
        path = root / change.path
        if change.after is None:
            path.unlink(missing_ok=True)
            _remove_empty(path.parent, root)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(change.after)
        pathlib.Path(temporary).chmod(0o644)
        pathlib.Path(temporary).replace(path)


def _remove_empty(folder: pathlib.Path, root: pathlib.Path) -> None:
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
