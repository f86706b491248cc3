# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another PostgreSQL: a minor version by switchover at the end, a major one only over a proven backup."""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups, extensions, operations, sql, steer
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.classify import major_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.guards import is_exact
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import change, finished
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import proof_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.recovery import archiving_to
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Effect, Object, Problem, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import HUMAN, READY

#: 17.0 to 17.5 cannot be upgraded while max_slot_wal_keep_size is set (docs/src/postgres_upgrades.md).
UNFIT = re.compile(r":17\.[0-5](?![0-9])")

#: On a cluster from the change of its major version until its statistics are made: that version.
UNANALYZED = "groundwork.platform/analyze-after-upgrade-to"


@dataclass(frozen=True)
class Leave:
    """What the author of an upgrade allows and knows: its worst effect, how old a proof may be, MiB of lag, extensions that the image has."""

    most: Effect
    proven_within: datetime.timedelta
    max_lag: int
    extensions: t.Collection[str] = ()


def upgraded(session: Session, image: str, server: str, run: sql.Run, leave: Leave) -> Outcome:
    """Another image. Where the operator waits for a person (supervised), the switchover is ours."""
    if not is_exact(image):
        raise Refused([Problem("image", f"{image} names no exact version", "write a tag such as :17.6, better with its digest")])
    cluster = session.existing()
    old = str(at(cluster, "spec", "imageName") or at(cluster, "status", "image") or "")
    wanted: Object = {"imageName": image}
    if major_of(old) != major_of(image):
        problems = [*major_problems(cluster, old, image, server, session.now(), leave.proven_within)]
        require([*problems, *_extension_problems(session, cluster, image, run, leave.extensions)])
        store, _server = backups.store_of(cluster)
        if store:
            wanted["plugins"] = archiving_to(cluster["spec"], store, server)["plugins"]
        if not session.check_mode:
            change(replace(session, check_mode=True), wanted, leave.most)  # what is refused leaves no mark
            _marked(session, str(major_of(image)))
    outcome = change(session, wanted, leave.most)
    if session.check_mode:
        return outcome
    if outcome.verdict.state == HUMAN:
        session.tell("replicas run the new image; the primary hands over")
        steer.switched_over(session, "", run, leave.max_lag)
        outcome = finished(session, replace(outcome, changed=True))
    if at(outcome.after, "metadata", "annotations", UNANALYZED) == str(major_of(image)):
        return _analyzed(session, outcome, run)
    return outcome


def _marked(session: Session, major: str | None) -> None:
    """Say on the cluster that statistics are still to be made for this major version, so that a run which breaks off leaves word of it."""
    session.api.patch(session.reference(), operations.annotate(UNANALYZED, major), OPERATOR)


def _analyzed(session: Session, outcome: Outcome, run: sql.Run) -> Outcome:
    """What comes after pg_upgrade, once PostgreSQL answers."""
    if outcome.verdict.state != READY or at(outcome.after, "metadata", "annotations", operations.HIBERNATION) == "on":
        session.warn("the new major version has no statistics yet: run the same again, with wait: true, once the cluster runs")
        return outcome
    database = _primary(session, session.existing(), run)
    database.command("vacuumdb", "--all", "--analyze-in-stages", "--quiet")
    _marked(session, None)
    for line in extensions.outdated(database):
        session.warn(f"an extension is still as the old version had it, in database {line}")
    session.warn("backups from before the upgrade lead to the old version only: take a base backup now (state backed_up)")
    return replace(outcome, changed=True, after=session.existing())


def major_problems(cluster: Object, old: str, image: str, server: str, now: datetime.datetime, proven_within: datetime.timedelta) -> t.Iterator[Problem]:
    """Why the major version may not be changed yet, or never (pure)."""
    place, (before, after) = "imageName", (major_of(old), major_of(image))
    if before is None or after is None:
        yield Problem(place, f"{old or 'the running image'} or {image} does not say its major version", "use tags such as :18.1")
        return
    if after < before:
        yield Problem(place, f"PostgreSQL {after} cannot read what {before} has written", "restore into a new cluster: a dump, or a backup from before")
        return
    proven = proof_of(cluster)
    if proven.at is None or now - proven.at > proven_within:
        reason = f"no backup was restored for a test within {proven_within}" + (f": {proven.void}" if proven.void else "")
        yield Problem(place, reason, "run state verified first: the old version comes back from there only")
    store, current = backups.store_of(cluster)
    if store and server in ("", current):
        yield Problem("server_name", "WAL of two major versions would lie in one archive", f"name another one, such as {current}-pg{after}")
    if _flavour(old) != _flavour(image):
        reason = f"{_flavour(old) or 'another system'} is not {_flavour(image) or 'that'}: collations may sort differently"
        yield Problem(place, reason, "choose an image of the same distribution, and change that in a step of its own")
    if UNFIT.search(old) and at(cluster, "spec", "postgresql", "parameters", "max_slot_wal_keep_size") not in (None, "-1"):
        yield Problem(place, "PostgreSQL 17.0 to 17.5 cannot be upgraded with max_slot_wal_keep_size set", "go to 17.6 first")


def _extension_problems(session: Session, cluster: Object, image: str, run: sql.Run, confirmed: t.Collection[str]) -> t.Sequence[Problem]:
    """Of the databases as they run. Where they cannot be asked, that is the problem."""
    try:
        return [*extensions.problems(extensions.beyond(_primary(session, cluster, run)), cluster, image, confirmed)]
    except Refused as refused:
        return refused.problems
    except KubeError as error:
        return [explained(error)]


def _primary(session: Session, cluster: Object, run: sql.Run) -> sql.Database:
    return sql.Database(run, session.namespace, str(at(cluster, "status", "currentPrimary")))


def _flavour(image: str) -> str:
    """The distribution in a tag such as 17.6-standard-trixie."""
    tag = image.split("@", maxsplit=1)[0].rpartition(":")[2]
    return tag.rpartition("-")[2] if "-" in tag else ""
