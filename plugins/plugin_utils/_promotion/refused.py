# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a promotion ends before anything was written, or leaves something behind that a repeated run goes on with."""

from __future__ import annotations


class PromotionError(Exception):
    """The text says what happened and what to do."""


class Refused(PromotionError):
    """Bad input: all reasons at once, nothing was written."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__("\n".join([*reasons, f"{len(reasons)} problem{'s' if len(reasons) > 1 else ''}, nothing was written"]))


class GitAway(PromotionError):
    """The Git server does not answer."""


class MovedOn(PromotionError):
    """Somebody pushed meanwhile."""


class NotAllowed(PromotionError):
    """The Git server does not take it: a protected branch, a hook, no right to write."""


class NotSigned(PromotionError):
    """Git could not sign."""


class Conflict(PromotionError):
    """The promotion cannot be taken back by itself: what it wrote has been changed since."""


class Held(PromotionError):
    """Somebody else promotes to the same environment."""
