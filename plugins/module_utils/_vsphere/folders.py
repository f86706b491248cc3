# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VM folders that new machines need."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.session import Session, moid_of

try:
    from pyVmomi import vim
except ImportError as error:
    IMPORT_ERROR: ImportError | None = error
else:
    IMPORT_ERROR = None


def create(session: Session, known: dict[str, str], paths: t.Iterable[str]) -> None:
    """Create folders, parents first, and add their moids to ``known`` (by path). Raises the fault of one.

    A folder that somebody else has created since the plan is taken as it is.
    """
    for path in paths:
        parent, _slash, name = path.rpartition("/")
        try:
            known[path] = moid_of(vim.Folder(known[parent], session.stub).CreateFolder(name))
        except vim.fault.DuplicateName as fault:
            known[path] = moid_of(fault.object)
