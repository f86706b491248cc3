# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter dump_restore_objects: what brings a dump of PostgreSQL back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup import dumps


def dump_restore_objects(dump: Mapping[str, Any], namespace: str, name: str, database: str = "", owner: str = "", look: bool = False) -> list[dict[str, Any]]:
    """Objects to apply; the last is the job."""
    wanted = dumps.Dump(**dump)
    if not database:
        return dumps.trial(wanted, namespace, name)
    return (dumps.free if look else dumps.into)(wanted, owner, name, database)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"dump_restore_objects": dump_restore_objects}
