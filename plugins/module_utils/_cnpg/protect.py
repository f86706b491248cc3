# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking a backup and believing it only once the archive says so; and deleting a cluster so that its volumes stay."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import backups, logs, operations, sql
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import proof_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Object, Problem, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.ownership import owned_by_git

#: Seconds until the plugin has written what a complete backup changes in the ObjectStore.
SETTLING = 60.0
#: Seconds until a segment of WAL that was closed is in the archive.
ARCHIVING = 300.0


def backed_up(session: Session, run: sql.Run, name: str, target: str, max_age: datetime.timedelta) -> Outcome:
    """A base backup, unless the last one is young enough. It counts when the window has moved and WAL from after its end is in the archive."""
    cluster = session.existing()
    store, server = backups.store_of(cluster)
    if not store:
        remedy = "add the plugin with an ObjectStore to spec.plugins"
        raise Refused([Problem(session.place, "the cluster is unprotected: it has no ObjectStore", remedy)])
    before = _window(session, store, server)
    if max_age and before.backed_up and session.now() - before.backed_up <= max_age:
        return Outcome(False, cluster, cluster, more=_told(before, ""))
    chosen = name or f"{session.name}-{session.now():%Y%m%d%H%M%S}"
    wanted = backups.backup_object(chosen, session.namespace, session.name, target)
    found = session.api.get(session.reference("Backup", chosen))
    is_new = found is None
    if session.check_mode:
        return Outcome(is_new, cluster, cluster, more=_told(before, chosen))
    if found is None:
        found = _created(session, wanted)
    if not session.patience.wait:
        return Outcome(is_new, cluster, cluster, more=_told(before, chosen))
    done = _ended(session, chosen)
    if not backups.ended(done):
        pod = str(at(done, "status", "instanceID", "podName") or at(cluster, "status", "currentPrimary") or "")
        raise Refused([backups.failure(done, logs.of_archive(session.api, session.namespace, pod))])
    if at(found, "status", "phase") == "completed":  # it had ended before: then it need not be the newest
        return Outcome(False, cluster, cluster, more=_told(before, chosen))
    after = _believed(session, done, before, store, server)
    segment = _followed(session, run, chosen)
    return Outcome(True, cluster, session.existing(), more={**_told(after, chosen), "archived_wal": segment})


def absent(session: Session, confirm: str, oldest: datetime.timedelta) -> Outcome:
    """Delete the cluster. Its volumes are kept by Kubernetes, not by luck: each gets reclaim policy Retain first."""
    cluster = session.cluster()
    if cluster is None:
        return Outcome(False)
    require([*owned_by_git(cluster, session.place), *operations.absence_problems(cluster, confirm, proof_of(cluster), session.now(), oldest)])
    volumes = [claim.volume for claim in session.look(cluster).volumes if claim.volume]
    if not session.check_mode:
        for volume in volumes:
            change = {"spec": {"persistentVolumeReclaimPolicy": "Retain"}}
            session.api.patch(Reference("v1", "PersistentVolume", volume), change, OPERATOR)
        session.api.delete(session.reference())
        if session.patience.wait:
            session.until("the cluster to be gone", lambda: session.cluster() is None)
    return Outcome(True, cluster, None, more={"kept_volumes": sorted(volumes)})


def _created(session: Session, wanted: Object) -> Object:
    try:
        return session.api.create(wanted, OPERATOR)
    except KubeError as error:
        raise Refused([explained(error)]) from error


def _ended(session: Session, name: str) -> Object:
    found: list[Object] = []

    def is_over() -> bool:
        backup = session.api.get(session.reference("Backup", name))
        if backup is None:
            raise Refused([Problem(f"backup {name}", "somebody deleted it while it ran", "run again")])
        phase = str(at(backup, "status", "phase") or "not begun")
        if phase == "walArchivingFailing":
            words = str(session.look().condition("ContinuousArchiving").get("message") or "WAL archiving fails")
            raise Refused([Problem(f"backup {name}", words, backups.remedy_of(words))])
        session.tell(f"backup {name}: {phase}")
        found[:] = [backup]
        return backups.ended(backup) is not None

    session.until(f"backup {name} to end", is_over)
    return found[0]


def _believed(session: Session, done: Object, before: backups.Window, store: str, server: str) -> backups.Window:
    """The window after the backup; raises Refused if it does not move within a minute, or WAL is not archived."""
    started = session.clock()
    while True:
        after = _window(session, store, server)
        seen = session.look()
        problems = list(backups.completed_problems(done, before, after, seen.condition("ContinuousArchiving")))
        if not problems:
            return after
        if session.clock() - started > SETTLING:
            logged = logs.of_archive(session.api, session.namespace, seen.primary)
            if logged:
                problems.append(Problem(f"log of {seen.primary}", logged, backups.remedy_of(logged)))
            raise Refused(problems)
        session.sleep(2.0)


def _followed(session: Session, run: sql.Run, name: str) -> str:
    """A segment of WAL that ends after the backup, closed now and seen in the archive; raises Refused if it does not get there."""
    database = sql.Database(run, session.namespace, session.look().primary)
    # A record first: a segment with nothing new in it is not closed.
    segment = database.ask(f"SELECT pg_walfile_name(pg_create_restore_point('{name[:63]}'))")
    database.ask("SELECT pg_switch_wal()")
    started = session.clock()
    while True:
        archived = database.ask("SELECT last_archived_wal FROM pg_stat_archiver")
        if backups.reached(archived, segment):
            return segment
        if session.clock() - started > ARCHIVING:
            reason = f"is complete, but WAL {segment}, closed {ARCHIVING:.0f} s ago, is not archived (the last is {archived or 'none'})"
            logged = logs.of_archive(session.api, session.namespace, session.look().primary)
            raise Refused([Problem(f"backup {name}", f"{reason} {logged}".rstrip(), backups.remedy_of(logged))])
        session.tell(f"backup {name}: waits for WAL {segment} in the archive")
        session.sleep(2.0)


def _window(session: Session, store: str, server: str) -> backups.Window:
    found = session.store(store)
    if found is None:
        raise Refused([Problem(session.place, f"there is no ObjectStore {store}", "make it with cnpg_objectstore first")])
    return backups.window_of(found, server)


def _told(window: backups.Window, name: str) -> dict[str, t.Any]:
    first, last = (None if moment is None else moment.isoformat() for moment in (window.first, window.backed_up))
    return {"backup": name, "first_recoverability_point": first, "last_backup": last}
