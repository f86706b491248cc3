# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps of a cluster: one now, or by a schedule."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP, MANAGER
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained, git_owns
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.restore import ended, made
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.steer import newest_backup
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, Refused, at, name_of, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

#: What one backup takes over from a schedule's.
SHARED = ("args", "compression", "databases", "ignoreGlobalPriv", "maxRetention", "resources", "stagingStorage", "storage")


def taken(session: Session, name: str, spec: t.Mapping[str, t.Any] | None, max_age: datetime.timedelta) -> Outcome:
    """A dump, unless the last one is young enough. One of the same name is waited for."""
    cluster = session.existing()
    last, when = newest_backup(session)
    if max_age and when is not None and session.now() - when <= max_age:
        return Outcome(False, more=_told(last, when))
    own = backups.as_needed(cluster["spec"], spec or _like(session))
    require(_faults(session, {**own, "schedule": None}))
    chosen = name or f"{session.name}-{session.now():%Y%m%d%H%M%S}"
    reference = session.reference("Backup", chosen)
    there = session.api.get(reference)
    if session.check_mode:
        return Outcome(there is None, more=_told(chosen, when))
    if there is None:
        made(session, backups.backup_object(chosen, session.namespace, session.name, own))
    if not session.patience.wait:
        return Outcome(there is None, more=_told(chosen, None))
    done = ended(session, reference)
    return Outcome(there is None, more=_told(chosen, backups.finished_at(done)))


def scheduled(session: Session, name: str, spec: Object) -> Outcome:
    """A Backup with a schedule."""
    spec = backups.as_needed(at(session.cluster(), "spec") or {}, spec)
    require(_faults(session, spec))
    if not at(spec, "schedule", "cron"):
        raise Refused([Problem("spec.schedule.cron", "nobody says when", "write five fields, such as 30 2 * * *")])
    reference = session.reference("Backup", name)
    live = session.api.get(reference)
    require(git_owns(live, str(reference)))
    metadata = {"name": name, "namespace": session.namespace}
    document = {"apiVersion": GROUP, "kind": "Backup", "metadata": metadata, "spec": {**spec, "mariaDbRef": {"name": session.name}}}
    try:
        done = session.api.apply(document, MANAGER, dry_run=session.check_mode)
    except KubeError as error:
        raise Refused([explained(error)]) from error
    session.warn("; ".join(done.warnings))
    return Outcome(done.changed, done.before, done.after, more=_told(name, newest_backup(session)[1]))


def forgotten(session: Session, name: str) -> Outcome:
    """Remove a Backup object; its files stay."""
    reference = session.reference("Backup", name)
    live = session.api.get(reference)
    if live is None:
        return Outcome(False, more=_told(name, None))
    require(git_owns(live, str(reference)))
    if not session.check_mode:
        session.api.delete(reference)
    return Outcome(True, live, None, more=_told(name, None))


def _faults(session: Session, spec: Object) -> t.Iterator[Problem]:
    yield from backups.faults(spec)
    yield from backups.shared_place(spec, session.namespace, session.name, session.api.objects(GROUP, "Backup"))


def _like(session: Session) -> Object:
    """The place and the ways of the cluster's scheduled backups."""
    for backup in session.api.objects(GROUP, "Backup", session.namespace):
        if at(backup, "spec", "schedule") and at(backup, "spec", "mariaDbRef", "name") == session.name:
            session.tell(f"goes where Backup {name_of(backup)} goes")
            return {key: value for key, value in backup["spec"].items() if key in SHARED}
    raise Refused([Problem(session.place, "it has no scheduled backup whose place could be used", "say in spec where the dump goes")])


def _told(name: str, when: datetime.datetime | None) -> dict[str, t.Any]:
    return {"backup": name, "finished_at": when.isoformat() if when else ""}
