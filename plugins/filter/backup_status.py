# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that judge backups: how far they can be relied on, and the same for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.groundwork.platform.plugins.plugin_utils._backup import status

Found = Mapping[str, Any]


def backup_status(rows: Sequence[Found], backups: Found, copies: Found | None = None, proofs: Sequence[Found] = (), now: int | str = 0) -> list[dict[str, Any]]:
    """A verdict for each row of the schedule."""
    try:
        known = [status.Proof.from_data(proof) for proof in proofs]
    except (KeyError, TypeError, ValueError) as problem:
        raise AnsibleFilterError(f"a drill's report cannot be read ({problem}): remove the file that is damaged") from problem
    return [dataclasses.asdict(state) for state in status.status(rows, backups, copies, known, int(now))]


def backup_table(states: Sequence[Found]) -> str:
    """What backup_status said, as a table with everything that is wrong below it."""
    return status.table(status.State(**{field.name: state[field.name] for field in dataclasses.fields(status.State)}) for state in states)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"backup_status": backup_status, "backup_table": backup_table}
