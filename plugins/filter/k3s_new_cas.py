# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters for new CAs: what a folder holds, and whether a host has it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import ca_rotation
from ansible_collections.groundwork.platform.plugins.module_utils._k3s.observation import from_dict
from ansible_collections.groundwork.platform.plugins.plugin_utils import _authorities


def k3s_new_cas(folder: str, present: Mapping[str, str]) -> dict[str, Any]:
    """Check a folder on the controller; ``present`` holds the cluster's certificate files as text, by name."""
    place = Path(folder).expanduser().absolute()
    checked = _authorities.check(place, {name: text.encode() for name, text in present.items()})
    return {**dataclasses.asdict(checked), "folder": str(place), "paths": ca_rotation.paths(checked.wanted)}


def k3s_lacking_cas(look: Mapping[str, Any], wanted: Mapping[str, str], role: str) -> list[str]:
    """Which of the new certificates a host does not have; from a look at them."""
    return ca_rotation.lacking(from_dict(look), wanted, role)


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_new_cas": k3s_new_cas, "k3s_lacking_cas": k3s_lacking_cas}
