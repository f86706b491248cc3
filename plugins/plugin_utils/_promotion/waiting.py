# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a commit has arrived: what one look means, and what all looks so far mean. No clock, no I/O."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Application

#: The Application of all Applications.
ROOT = "platform"
#: Seconds that something may be broken before it counts: objects are Missing or Degraded for a moment while they are replaced.
GRACE = 60
BROKEN = ("Degraded", "Missing")
State = Literal["good", "pending", "bad", "unseen"]


@dataclasses.dataclass(frozen=True)
class Sight:
    """One look: Applications by name, those that were compared with the commit or a later one, and images that cannot be had.

    ``unseen`` is why nothing could be seen at all.
    """

    applications: Mapping[str, Application] = dataclasses.field(default_factory=dict)
    arrived: Collection[str] = ()
    images: tuple[str, ...] = ()
    unseen: str | None = None


@dataclasses.dataclass(frozen=True)
class Watch:
    """What all looks so far mean: since when it is good or broken without a break, and whether the commit was ever looked at."""

    started: datetime.datetime
    good_since: datetime.datetime | None = None
    bad_since: datetime.datetime | None = None
    arrived: bool = False
    best: int = 0
    reasons: tuple[str, ...] = ()


def judge(sight: Sight, releases: Mapping[str, str], prunes: bool) -> tuple[State, tuple[str, ...]]:
    """What one look says about the releases that should be live. With ``prunes``, objects may wait until somebody confirms that they are deleted."""
    if sight.unseen is not None:
        return "unseen", (sight.unseen,)
    found = [said for name in (ROOT, *releases) for said in _of(name, sight, releases, prunes)]
    found += [("bad", f"the image {image} cannot be had") for image in sight.images]
    reasons = tuple(reason for _state, reason in found)
    return ("bad" if any(state == "bad" for state, _reason in found) else "pending" if found else "good"), reasons


def _of(name: str, sight: Sight, releases: Mapping[str, str], prunes: bool) -> Iterator[tuple[State, str]]:
    application = sight.applications.get(name)
    if application is None or name not in sight.arrived:
        yield "pending", f"{name} has not been compared with the commit"
        return
    for error in application.errors:
        yield "bad", f"{name}: {error}"
    if application.release != releases.get(name, application.release):
        yield "pending", f"{name} runs release {application.release or 'unknown'}"
    if application.sync != "Synced" and not (prunes and application.leaving):
        yield "pending", f"{name} is {application.sync}"
    if application.running:
        yield "pending", f"{name} is being synced"
    # The health of the root follows from the others.
    if application.health != "Healthy" and name != ROOT:
        detail = "; ".join(application.troubles)
        yield "bad" if application.health in BROKEN else "pending", f"{name} is {application.health}" + (f" ({detail})" if detail else "")
    elif name != ROOT and application.sync == "Synced":
        # Objects that are not there do not make an Application unhealthy.
        yield from (("pending", f"{name}: {trouble}") for trouble in application.troubles)


def after(watch: Watch, state: State, reasons: tuple[str, ...], now: datetime.datetime, arrived: bool) -> Watch:
    """One look more. Not to have seen anything breaks what was good, and proves nothing bad."""
    good = (watch.good_since or now) if state == "good" else None
    bad = (watch.bad_since or now) if state == "bad" else watch.bad_since if state == "unseen" else None
    best = max(watch.best, int((now - good).total_seconds())) if good else watch.best
    return Watch(watch.started, good, bad, watch.arrived or arrived, best, reasons)


def outcome(watch: Watch, now: datetime.datetime, stable: int, timeout: int) -> Literal["waiting", "live", "unhealthy", "unseen"]:
    """Live: good for long enough. Unhealthy: broken for longer than a moment, or not good in time. Unseen: nobody can tell."""
    if watch.good_since and _seconds(now, watch.good_since) >= stable:
        return "live"
    if watch.bad_since and _seconds(now, watch.bad_since) >= GRACE:
        return "unhealthy"
    if _seconds(now, watch.started) < timeout:
        return "waiting"
    return "unhealthy" if watch.arrived else "unseen"


def story(watch: Watch) -> str:
    """Why it is not live, for people."""
    moment = f"it was healthy for {watch.best} s, then: " if watch.best and not watch.good_since else ""
    return moment + ("; ".join(watch.reasons) or "it was healthy for too short a time")


def _seconds(now: datetime.datetime, then: datetime.datetime) -> float:
    return (now - then).total_seconds()
