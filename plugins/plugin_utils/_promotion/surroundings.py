# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a promotion has to do with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.proposal import Forge
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.repository import Repository
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.wait import Clock, Observer
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.writing import Writer


@dataclasses.dataclass(frozen=True)
class World:
    """Everything outside: the repository, clusters by environment, a forge if there is one, time, and who is told."""

    repository: Repository
    writer: Writer
    observers: Mapping[str, Observer]
    forge: Forge | None
    clock: Clock
    say: Callable[[str], None]
