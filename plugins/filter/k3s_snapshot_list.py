# Copyright (c) 2026 groundwork.platform contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters k3s_snapshot_list and k3s_copies_in_order: the arithmetic is in _k3s/listing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._k3s import listing


def k3s_snapshot_list(objects: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]], rpo: int | None) -> dict[str, Any]:
    """Lines about every copy, and a warning when the newest is too old."""
    entries = [*listing.of_cluster(objects), *listing.of_controller(files)]
    now = time.time()
    return {"lines": listing.table(entries, now), "warning": listing.too_old(entries, now, rpo)}


def k3s_copies_in_order(files: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The oldest first, by the time in the name: one that was fetched just now is as old as what is in it."""
    saved = [entry.saved_at for entry in listing.of_controller(files)]
    return [file for _at, file in sorted(zip(saved, files, strict=True), key=lambda pair: pair[0])]


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Name to function."""
        return {"k3s_snapshot_list": k3s_snapshot_list, "k3s_copies_in_order": k3s_copies_in_order}
