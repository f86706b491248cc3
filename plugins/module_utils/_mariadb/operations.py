# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on a cluster that runs: whether they may be, and what they write (pure). Each answers with problems or with a change."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import versions
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import index_of, is_galera, members_of
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.observe import Observed
from ansible_collections.groundwork.platform.plugins.module_utils._operator.confirmation import place_of, unconfirmed, unproven
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at


def successor(seen: Observed) -> int | None:
    """The member that a switchover without a number goes to: ready, not the primary, the lowest number."""
    fit = [index_of(pod.name) for pod in seen.pods if pod.ready and not pod.leaving and pod.name != seen.primary]
    return min((number for number in fit if number is not None), default=None)


def switchover_problems(seen: Observed, target: int | None) -> t.Iterator[Problem]:
    """Why the member cannot become primary now."""
    spec = seen.mariadb.get("spec") or {}
    place = f"switchover to {'another member' if target is None else f'member {target}'}"
    if not is_galera(spec):
        yield Problem(place, "there is one server and no cluster", "it has nobody to switch to")
        return
    pod = next((pod for pod in seen.pods if index_of(pod.name) == target), None)
    if target is None or pod is None:
        known = ", ".join(str(index_of(pod.name)) for pod in seen.pods) or "nothing at all"
        yield Problem(place, "no other member is ready" if target is None else "there is no such member", f"it may be {known}")
    elif not pod.ready or pod.leaving:
        yield Problem(place, "it is not ready", "wait until it is, or choose another one")
    if seen.says("GaleraReady")[0] != "True":
        yield Problem(place, "Galera is not ready", "let the operator recover it first (state recovered waits for it)")
    for kind, what in (("Updated", "members are being made anew"), ("StorageResized", "volumes are being enlarged")):
        if seen.says(kind)[0] == "False":
            yield Problem(place, f"{what}, and the operator would not look at it", "wait for its end")


def switchover_patch(target: int, resource_version: str) -> Object:
    """Another primary; it fails if anything changed meanwhile."""
    return {"metadata": {"resourceVersion": resource_version}, "spec": {"galera": {"primary": {"podIndex": target}}}}


def scale_problems(seen: Observed, members: int) -> t.Iterator[Problem]:
    """Why the number of members cannot become this."""
    spec = seen.mariadb.get("spec") or {}
    now, place = members_of(spec), "members"
    if not is_galera(spec):
        yield Problem(place, "one server does not become a cluster by adding members", "restore a backup into a new cluster that has them")
        return
    if members < 3 or members % 2 == 0:
        yield Problem(place, f"with {members} members a loss can leave no majority", "have 3, 5 or 7")
    primary = index_of(seen.primary)
    if members < now and primary is not None and primary >= members:
        yield Problem(place, f"member {primary} is the primary and would go", f"switch over to a member below {members} first (state switched_over)")
    if members < now and at(spec, "storage", "pvcRetentionPolicy", "whenScaled") == "Delete":
        yield Problem(place, "pvcRetentionPolicy.whenScaled is Delete: the volumes would go with the members", "set it to Retain first")
    if members != now:
        # those that go may be in any state
        yield from _all_well(place, seen, min(members, now))


def upgrade_problems(
    seen: Observed, image: str, backed_up: datetime.datetime | None, now: datetime.datetime, oldest: datetime.timedelta
) -> t.Iterator[Problem]:
    """Why the members cannot run this image. ``oldest`` zero: the owner asks for no backup before it."""
    current = at(seen.mariadb, "spec", "image")
    if current == image:
        return
    if not versions.is_exact(image):
        yield Problem("image", f"{image} names no exact version", "write a tag with three numbers, better with its digest")
    problem = versions.step_problem(current, image)
    if problem:
        yield Problem("image", problem, "choose a version that follows this one")
    if oldest and (backed_up is None or now - backed_up > oldest):
        when = f"the last one ended at {backed_up.isoformat(timespec='seconds')}" if backed_up else "there is none"
        yield Problem("image", f"no backup is younger than {oldest}: {when}", "take one first (mariadb_backup), or set backup_within: 0")
    yield from _all_well("image", seen, members_of(seen.mariadb.get("spec") or {}))


def absence_problems(
    mariadb: Object, confirm: str, proven: datetime.datetime | None, now: datetime.datetime, oldest: datetime.timedelta
) -> t.Iterator[Problem]:
    """Why a cluster may not be deleted. ``oldest`` zero: its owner asks for no proof."""
    yield from unconfirmed(mariadb, confirm, "deleting a cluster takes its databases out of service")
    yield from unproven(mariadb, proven, now, oldest)
    if at(mariadb, "spec", "storage", "pvcRetentionPolicy", "whenDeleted") == "Delete":
        yield Problem(place_of(mariadb), "pvcRetentionPolicy.whenDeleted is Delete: the volumes would go with the cluster", "set it to Retain first")


def _all_well(place: str, seen: Observed, members: int) -> t.Iterator[Problem]:
    """A planned change begins with all of the first so many members there: then one may be missing during it."""
    there = [pod for pod in seen.pods if (index_of(pod.name) or 0) < members]
    missing = [pod.name for pod in there if not pod.ready or pod.leaving]
    if missing or len(there) < members:
        named = ", ".join(missing) or f"{members - len(there)} of {members} members"
        yield Problem(place, f"not everything is ready: {named}", "bring it up first; with a member away the next loss stops the cluster")
