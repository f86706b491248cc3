# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What applies to a whole run, and what became of one vCenter's part of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._placement.model import Policy, Problem
from ansible_collections.groundwork.platform.plugins.module_utils._vsphere.specs import CloudInit


@dataclass
class Outcome:
    """Machine name to what was done, to its guest, and what went wrong."""

    done: dict[str, str] = field(default_factory=dict)
    guests: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Order:
    """``cloud_init`` is by machine name; ``wait_for_guest`` in seconds, 0 for not at all."""

    cloud_init: t.Mapping[str, CloudInit]
    policy: Policy
    parallel: int = 4
    wait_for_guest: float = 0
