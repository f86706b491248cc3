# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has to say before an object that holds data may suffer (pure): its name, typed, and a backup that was proven."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at


def place_of(live: Object) -> str:
    """What has to be typed to confirm something about an object."""
    return f"{at(live, 'metadata', 'namespace')}/{at(live, 'metadata', 'name')}"


def unconfirmed(live: Object, confirm: str, reason: str, otherwise: str = "") -> t.Iterator[Problem]:
    """The problem with something that nobody has confirmed by the object's name. ``otherwise`` is what helps instead."""
    place = place_of(live)
    if confirm != place:
        yield Problem(place, reason, f"{otherwise}write confirm: {place}")


def unproven(live: Object, proven: datetime.datetime | None, now: datetime.datetime, oldest: datetime.timedelta, void: str = "") -> t.Iterator[Problem]:
    """The problem with a cluster no backup of which was restored lately. ``oldest`` zero: its owner asks for no proof; ``void``: why one does not count."""
    if oldest and (proven is None or now - proven > oldest):
        when = f"the last one was proven at {proven.isoformat(timespec='seconds')}" if proven else void or "none was ever proven"
        yield Problem(place_of(live), f"no backup was restored for a test within {oldest}: {when}", "run state verified first, or set proven_within: 0")
