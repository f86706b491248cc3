# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026 groundwork.platform contributors
"""Keeps what Python compiled out of zip archives: Ansible sends each module as one, and Python would compile it twice at every task.

It saves a twin's hosts, which share the processors of one machine, nearly half of what a task costs. What runs is the same code.
"""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import source_hash
from types import CodeType
from zipimport import zipimporter

#: Sources by their hash, beside them what Python keeps of files. Only root may write there.
FOLDER = "/var/cache/compiled-modules"


class Importer(zipimporter):
    """Finds modules in the archive, and loads them from a file with the same content."""

    def get_filename(self, fullname: str) -> str:
        """Where a module is, without compiling it first as zipimport does."""
        name = fullname.rpartition(".")[2]
        return f"{self.archive}/{self.prefix}{name}{'/__init__' if self.is_package(fullname) else ''}.py"

    def get_code(self, fullname: str) -> CodeType:
        """A module's code; from the archive when it cannot be kept."""
        source = (self.get_source(fullname) or "").encode()
        file = f"{FOLDER}/{source_hash(source).hex()}/{fullname}.py"
        loader = SourceFileLoader(fullname, file)
        try:
            loader.path_stats(file)
        except OSError:
            loader.set_data(file, source)
        try:
            return loader.get_code(fullname) or super().get_code(fullname)
        except (OSError, SyntaxError):
            return super().get_code(fullname)


sys.path_hooks.insert(0, Importer)
