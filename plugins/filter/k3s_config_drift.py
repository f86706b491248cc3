# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter that says how a server's configuration differs from the wanted one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# Values that no report shows.
_SECRET = ("token", "secret", "password", "access-key", "datastore-endpoint")


def k3s_config_drift(present: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """One line per key that is missing, surplus or different; the values of secret keys are left out."""
    lines = []
    for key in sorted({*present, *wanted}):
        if key not in present:
            lines.append(f"{key} is not set, the matrix says {_shown(key, wanted[key])}")
        elif key not in wanted:
            lines.append(f"{key} is {_shown(key, present[key])}, the matrix does not set it")
        elif present[key] != wanted[key]:
            lines.append(f"{key} is {_shown(key, present[key])}, the matrix says {_shown(key, wanted[key])}")
    return lines


def _shown(key: str, value: Any) -> str:
    secret = any(word in key for word in _SECRET) and not key.endswith("-file")
    return "(secret)" if secret else repr(value)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_config_drift": k3s_config_drift}
