# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring: into a new cluster for good, or into a scratch one that proves a backup and is removed again."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass, field

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups, guards, recovery, scratch, sql
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.present import bring, document, finished
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import PROVEN, proof_of, text
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import (
    OPERATOR,
    Effect,
    Object,
    Problem,
    Refused,
    at,
    moment,
    name_of,
    require,
)
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

#: An archive of which only its place is known.
UNSEEN = backups.Window(first=datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))


@dataclass(frozen=True)
class Origin:
    """An archive, and the point in it."""

    store: str
    server: str
    targets: t.Mapping[str, str] = field(default_factory=dict)
    exclusive: bool = False


def restored(session: Session, spec: Object, origin: Origin, server: str, unsafe_reason: str = "", metadata: Object | None = None) -> Outcome:
    """A new cluster from an archive. One that is there already is touched only if it is this very restore, and then only waited for."""
    told = recovery.origin_text(origin.store, origin.server, origin.targets)
    live = session.cluster()
    if live is not None:
        if at(live, "metadata", "annotations", recovery.RESTORED) != told:
            raise Refused([Problem(session.place, "there is a cluster of this name, and a restore never overwrites one", "choose another name")])
        outcome = Outcome(False, live, live)
        return outcome if session.check_mode else finished(session, outcome)
    store = _store(session, origin.store)
    known = at(store, "status", "serverRecoveryWindow") or {}
    own = server or session.name
    window = _seen_window(session, store, origin)
    require(
        [
            *recovery.target_problems(origin.targets, window, session.now()),
            *recovery.server_problems(session.name, own, origin.server, known),
        ]
    )
    full = recovery.archiving_to(recovery.recovery_spec(spec, origin.store, origin.server, origin.targets, origin.exclusive), origin.store, own)
    given = metadata or {}
    annotations = given.get("annotations") or {}
    require(guards.faults(session.name, full, annotations, unsafe_reason))
    return bring(session, document(session, full, {**given, "annotations": {**annotations, recovery.RESTORED: told}}), Effect.DOWNTIME)


def _seen_window(session: Session, store: Object, origin: Origin) -> backups.Window:
    """The window of the archive. In an environment that was made anew nobody writes that of an old server name: then the restore itself says what it lacks."""
    found, known = backups.window_of(store, origin.server), at(store, "status", "serverRecoveryWindow") or {}
    clusters = session.api.objects(GROUP, "Cluster", session.namespace) if known and found.first is None else ()
    if found.first is not None or (origin.store, origin.server) in map(backups.store_of, clusters):
        return found
    if known:
        session.warn(f"ObjectStore {origin.store} knows nothing of server {origin.server}: whether its archive reaches back that far shows in the restore")
    return UNSEEN


def verified(session: Session, run: sql.Run, place: str, checks: t.Sequence[sql.Check], oldest: datetime.timedelta) -> Outcome:
    """The newest state of the archive, restored into namespace ``place``, asked, and removed. RPO and RTO are measured on the way."""
    cluster = session.existing()
    proven = proof_of(cluster).at
    if oldest and proven and session.now() - proven <= oldest:
        return Outcome(False, cluster, cluster, more={"proven_at": proven.isoformat()})
    if not session.patience.wait:
        raise Refused([Problem("wait", "a restore that nobody waits for proves nothing", "leave wait out, and raise wait_timeout for a large database")])
    name, server = backups.store_of(cluster)
    if not name:
        raise Refused([Problem(session.place, "the cluster is unprotected: it has no ObjectStore", "add the plugin with an ObjectStore to spec.plugins")])
    store = _store(session, name)
    require(recovery.target_problems({}, backups.window_of(store, server), session.now()))
    if session.check_mode:
        return Outcome(True, cluster, cluster)
    archived = _archived(session, run, cluster)
    spec = recovery.trial_spec(cluster, name_of(store), server)
    trial = scratch.Scratch(session.api, place, session.namespace, session.until)
    trial.clear()
    started, begun = session.clock(), session.now()
    try:
        trial.prepare(store, spec)
        there = Session(session.api, place, session.name, patience=session.patience, clock=session.clock, sleep=session.sleep, tell=session.tell)
        bring(there, document(there, spec), Effect.DOWNTIME)
        database = sql.Database(run, place, there.look().primary)
        report = _asked(database, checks, archived)
    finally:
        trial.clear()
    report["rto_seconds"] = round(session.clock() - started, 1)
    report["rpo_seconds"] = None if archived is None else round((begun - archived.at).total_seconds(), 1)
    written = session.api.patch(session.reference(), {"metadata": {"annotations": {PROVEN: text(cluster, begun)}}}, OPERATOR)
    return Outcome(True, cluster, written, more={"proven_at": begun.isoformat(timespec="seconds"), "report": report})


@dataclass(frozen=True)
class Archived:
    """The last WAL segment that the source has archived, and when."""

    segment: str
    at: datetime.datetime


def _archived(session: Session, run: sql.Run, cluster: Object) -> Archived | None:
    """Asked from the source, if it lives: only read, and not needed to restore."""
    primary = str(at(cluster, "status", "currentPrimary") or "")
    query = "SELECT last_archived_wal, to_char(last_archived_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM pg_stat_archiver"
    try:
        segment, _bar, when = sql.Database(run, session.namespace, primary).ask(query).partition("|")
    except (Refused, KubeError) as problem:
        session.warn(f"the source does not say what it has archived, so the RPO is not measured: {problem}")
        return None
    archived = moment(when)
    return Archived(segment, archived) if segment and archived else None


def _asked(database: sql.Database, checks: t.Sequence[sql.Check], archived: Archived | None) -> dict[str, t.Any]:
    """What came back; raises Refused if it is damaged, older than what was archived, or not what somebody expects."""
    report: dict[str, t.Any] = {"tables": sql.contents(database)}
    found = [fault for fault in (sql.fault(check, database.ask(check.sql, check.database)) for check in checks) if fault]
    damage = sql.integrity(database)
    if damage:
        found.append(Problem("pg_amcheck", "; ".join(damage[:5]), "the backup is damaged: take a new one now, and keep the source"))
    if archived is not None:
        reached = database.ask("SELECT pg_walfile_name(pg_current_wal_lsn())")
        report["restored_up_to"] = reached
        # Without their timelines: the restored database is on a new one.
        if reached[8:] < archived.segment[8:24]:
            reason = f"the restored database ends in {reached}, the source had archived {archived.segment}"
            found.append(Problem("archive", reason, "WAL is missing in the archive: take a new base backup"))
    require(found)
    report["checks"] = len(checks)
    return report


def _store(session: Session, name: str) -> Object:
    found = session.store(name)
    if found is None:
        raise Refused([Problem(session.place, f"there is no ObjectStore {name} in namespace {session.namespace}", "make it with cnpg_objectstore first")])
    return found
