# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gates about clusters: G2 the source is proven, G3 for long enough, G6 the target is what Git says, G9 its data is safe."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Alert, Application, Database, Drift
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.verdict import Verdict, judged

#: Clocks of the controller and of a cluster may differ by so many seconds.
SKEW = datetime.timedelta(seconds=5)


def g2_proven(applications: Sequence[Application], releases: Mapping[str, str], now: datetime.datetime, fresh: int) -> Verdict:
    """Every component of the promotion runs its release in the source, Synced and Healthy, as Argo CD saw it not long ago.

    ``releases`` by component; ``fresh`` is how old Argo CD's last look may be.
    """
    found = {application.name: application for application in applications}
    faults = [f"{name} is not in the source" for name in releases if name not in found]
    for name, release in releases.items():
        if name in found:
            faults += [f"{name}: {fault}" for fault in _faults(found[name], release, now, fresh)]
    return judged("G2", faults, f"{len(releases)} components Synced and Healthy at their release", "repair the source first")


def _faults(application: Application, release: str, now: datetime.datetime, fresh: int) -> list[str]:
    seen = application.reconciled_at
    return [
        *([f"is {application.sync}"] if application.sync != "Synced" else []),
        *([f"is {application.health}"] if application.health != "Healthy" else []),
        *(["an operation is running"] if application.running else []),
        *application.errors,
        *application.troubles,
        *([f"runs release {application.release or 'unknown'}, not {release}"] if application.release != release else []),
        *(["has never been looked at"] if seen is None else []),
        *(["was looked at in the future: a clock is ahead"] if seen is not None and seen > now + SKEW else []),
        *([f"was last looked at {_seconds(now - seen)} s ago"] if seen is not None and _seconds(now - seen) > fresh else []),
    ]


def g3_soak(
    applications: Sequence[Application], arrived: Mapping[str, datetime.datetime], alerts: Sequence[Alert], now: datetime.datetime, soak: int
) -> Verdict:
    """Healthy at this release for the whole soak time, without a critical alert in it; else deferred until it can be over.

    It counts from the latest of Argo CD's times and of ``arrived``: when, by component, the record of a promotion says that the release had become
    live. Argo CD alone does not know: what changes no object leaves its times as they are.
    """
    begun = [moment for application in applications for moment in (application.deployed_at, application.healthy_since)]
    begun += [arrived[application.name] for application in applications if application.name in arrived]
    known = [moment for moment in begun if moment is not None]
    if len(known) < len(begun) or not known:
        return judged("G3", ["it is not known since when the release runs"], "", "wait until Argo CD reports it")
    if max(known) > now + SKEW:
        return judged("G3", ["the release runs since a time in the future: a clock is ahead"], "", "set the clocks")
    critical = sorted({alert.name for alert in alerts if alert.severity == "critical" and _seconds(now - alert.fired_at) < soak})
    if critical:
        return judged("G3", [f"critical alerts in the soak time: {', '.join(critical)}"], "", "repair, and let it soak anew")
    since = _seconds(now - max(known))
    unrecorded = sum(application.name not in arrived for application in applications)
    words = f" (by Argo CD's times alone for {unrecorded} of {len(applications)} components, which no recorded promotion brought)" if unrecorded else ""
    if since < soak:
        until = max(known) + datetime.timedelta(seconds=soak)
        return Verdict("G3", "deferred", f"{since} of {soak} s{words}", f"wait until {until:%Y-%m-%d %H:%M %Z}", until)
    return judged("G3", [], f"{since} s without a critical alert, {soak} s are wanted{words}", "")


def g6_drift(drifts: Sequence[Drift]) -> Verdict:
    """The target is what Git says: a promotion must not silently take back what somebody did by hand."""
    faults = [f"{drift.thing} was changed by hand:\n{drift.patch}" for drift in drifts]
    return judged("G6", faults, "the target is what Git says", "take the change into Git, or take it back")


def g9_data(databases: Sequence[Database], now: datetime.datetime, most: int, stateful: bool) -> Verdict:
    """Databases are healthy, archive, and have a base backup not older than ``most``; before a change of data it was restored once, too."""
    faults = []
    for database in databases:
        at = database.backed_up_at
        fresh = at is not None and 0 <= _seconds(now - at) <= most
        verified = at is not None and database.verified_at is not None and database.verified_at >= at
        void = f": {database.void}" if database.void else ""
        faults += [
            *([f"{database.name} is not healthy"] if not database.healthy else []),
            *([f"{database.name} does not archive"] if not database.archiving else []),
            *([f"{database.name} has no base backup of the last {most} s"] if not fresh else []),
            *([f"the last backup of {database.name} has not been restored for a test{void}"] if stateful and not verified else []),
        ]
    evidence = f"{len(databases)} databases are backed up" if databases else "no database of an operator is known there; nothing was looked at"
    return judged("G9", faults, evidence, "take a backup and try it")


def _seconds(length: datetime.timedelta) -> int:
    return int(length.total_seconds())
