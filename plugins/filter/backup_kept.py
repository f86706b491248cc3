# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter backup_kept: which files of a row of the schedule stay. The decision is in _s3/backups."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._s3 import backups
from ansible_collections.groundwork.platform.plugins.module_utils._s3.client import Listed

Found = Mapping[str, Any]


def backup_kept(files: Sequence[Found], row: Found, now: int | str) -> list[Found]:
    """Without those that the row's ``keep`` is over for; never without the newest."""
    objects = [Listed(PurePath(file["path"]).name, int(file["size"]), datetime.datetime.fromtimestamp(float(file["mtime"]), datetime.UTC)) for file in files]
    gone = backups.expired(backups.Row(str(row["kind"]), "", "", str(row["marker"])), objects, int(now) - int(row["keep"]))
    return [file for file in files if PurePath(file["path"]).name not in gone]


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"backup_kept": backup_kept}
