# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a search may still look at: spots, not seconds, so that a plan is the same on every machine."""

from __future__ import annotations


class Budget:
    """Counts down; false once nothing is left."""

    def __init__(self, spots: int) -> None:
        self._left = spots

    def spend(self, spots: int) -> None:
        """Spots that were looked at."""
        self._left -= spots

    def share(self, parts: int) -> Budget:
        """A budget of one part of what is left, taken from this one."""
        return self.portion(max(self._left, 0) // parts)

    def portion(self, spots: int) -> Budget:
        """A budget of at most so many spots, taken from this one."""
        spots = min(spots, max(self._left, 0))
        self._left -= spots
        return Budget(spots)

    def __bool__(self) -> bool:
        return self._left > 0
