# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a commit has arrived: what one look means, and what all looks so far mean. No clock, no I/O."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Application

#: The Application of all Applications.
ROOT = "platform"
#: Seconds that something may be broken before it counts: objects are Missing or Degraded for a moment while they are replaced.
GRACE = 60
BROKEN = ("Degraded", "Missing")
#: What Argo CD says of a tree or a chart that it has, and that does not build; a Git server that is away says other things.
UNBUILT = re.compile(
    r"manifest generation error|app path does not exist|(kustomize build|helm template).* failed|[Ff]ailed to unmarshal|error resolving helm value file",
    re.DOTALL,
)
State = Literal["good", "pending", "bad", "unseen"]
Found = Literal["pending", "bad", "unseen", "unbuilt"]
#: What a look means of which things were found, the strongest first.
WORST: Mapping[Found, State] = {"bad": "bad", "unbuilt": "pending", "unseen": "unseen", "pending": "pending"}


@dataclasses.dataclass(frozen=True)
class Sight:
    """One look: Applications by name, those that were compared with the commit or a later one, and why pods cannot run.

    ``unseen`` is why nothing could be seen at all.
    """

    applications: Mapping[str, Application] = dataclasses.field(default_factory=dict)
    arrived: Collection[str] = ()
    stuck: tuple[str, ...] = ()
    unseen: str | None = None


@dataclasses.dataclass(frozen=True)
class Watch:
    """What all looks so far mean: since when it is good or broken without a break, and whether the last one saw anything."""

    started: datetime.datetime
    good_since: datetime.datetime | None = None
    bad_since: datetime.datetime | None = None
    blind: bool = True
    best: int = 0
    reasons: tuple[str, ...] = ()


def judge(sight: Sight, releases: Mapping[str, str], prunes: bool) -> tuple[State, tuple[str, ...]]:
    """What one look says about the releases that should be live. With ``prunes``, objects may wait until somebody confirms that they are deleted."""
    if sight.unseen is not None:
        return "unseen", (sight.unseen,)
    found = [said for name in (ROOT, *releases) for said in (_seen if name in sight.arrived else _not_seen)(name, sight, releases, prunes)]
    found += [("bad", why) for why in sight.stuck]
    states = {state for state, _reason in found}
    return next((state for kind, state in WORST.items() if kind in states), "good"), tuple(reason for _state, reason in found)


def confirmations(sight: Sight) -> str:
    """Who has to confirm a deletion, or nothing."""
    waiting = ((application.name, application.confirm) for application in sight.applications.values() if application.confirm)
    return "; ".join(f"{name} is {what}: confirm it in Argo CD's pages, or with `argocd app confirm-deletion {name}`" for name, what in waiting)


def _not_seen(name: str, sight: Sight, _releases: Mapping[str, str], _prunes: bool) -> Iterator[tuple[Found, str]]:
    """An Application that Argo CD has not compared with the commit. Nobody can judge that, unless Argo CD says that the tree does not build."""
    application = sight.applications.get(name)
    if application is None and ROOT in sight.arrived:
        yield "pending", f"{name} has not been created yet"
        return
    errors = application.errors if application else ()
    said = "".join(f" ({error})" for error in errors)
    yield "unbuilt" if any(UNBUILT.search(error) for error in errors) else "unseen", f"{name} has not been compared with the commit{said}"


def _seen(name: str, sight: Sight, releases: Mapping[str, str], prunes: bool) -> Iterator[tuple[Found, str]]:
    application = sight.applications[name]
    for error in application.errors:
        yield "bad", f"{name}: {error}"
    if application.release != releases.get(name, application.release):
        yield "pending", f"{name} runs release {application.release or 'unknown'}"
    leaving = prunes and application.leaving
    if application.sync != "Synced" and not leaving:
        yield "pending", f"{name} is {application.sync}"
    if application.running and not (leaving and application.confirm):
        yield "pending", f"{name} is being synced" + (f" ({application.confirm})" if application.confirm else "")
    # The health of the root follows from the others.
    if application.health != "Healthy" and name != ROOT:
        detail = "; ".join(application.troubles)
        yield "bad" if application.health in BROKEN else "pending", f"{name} is {application.health}" + (f" ({detail})" if detail else "")
    elif name != ROOT and application.sync == "Synced":
        # Objects that are not there do not make an Application unhealthy.
        yield from (("pending", f"{name}: {trouble}") for trouble in application.troubles)


def after(watch: Watch, state: State, reasons: tuple[str, ...], now: datetime.datetime) -> Watch:
    """One look more. Not to have seen anything breaks what was good, and what was bad."""
    good = (watch.good_since or now) if state == "good" else None
    bad = (watch.bad_since or now) if state == "bad" else None
    best = max(watch.best, int((now - good).total_seconds())) if good else watch.best
    return Watch(watch.started, good, bad, state == "unseen", best, reasons)


def outcome(watch: Watch, now: datetime.datetime, stable: int, timeout: int) -> Literal["waiting", "live", "unhealthy", "unseen"]:
    """Live: good for long enough. Unhealthy: broken for longer than a moment, or seen not to be good when the time is over. Unseen: nobody can tell."""
    if watch.good_since and _seconds(now, watch.good_since) >= stable:
        return "live"
    if watch.bad_since and _seconds(now, watch.bad_since) >= GRACE:
        return "unhealthy"
    if _seconds(now, watch.started) < timeout:
        return "waiting"
    return "unseen" if watch.blind else "unhealthy"


def story(watch: Watch) -> str:
    """Why it is not live, for people."""
    moment = f"it was healthy for {watch.best} s, then: " if watch.best and not watch.good_since else ""
    return moment + ("; ".join(watch.reasons) or "it was healthy for too short a time")


def _seconds(now: datetime.datetime, then: datetime.datetime) -> float:
    return (now - then).total_seconds()
