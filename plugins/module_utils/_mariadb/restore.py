# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores into a new cluster. The source is never touched."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import MANAGER, TRIAL
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.present import document, present
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Effect, Object, Problem, Refused, at, name_of, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

#: On a cluster that was made by a restore: from what, and when that had ended.
SOURCE, RESTORED = "groundwork.platform/restored-from", "groundwork.platform/restored-at"


@dataclass(frozen=True)
class Origin:
    """Where a restore takes its data from: a Backup of this namespace, or a place in S3; the time to go back to; and the folder that it has to lie in."""

    backup: str = ""
    s3: t.Mapping[str, t.Any] | None = None
    target: str = ""
    folder: str = ""

    def problems(self, found: Object | None) -> t.Iterator[Problem]:
        """Why it must not be read. ``found``: the Backup."""
        if self.backup and found is None:
            yield Problem(f"Backup {self.backup}", "there is no such backup in this namespace", "name another one, or say its place as s3")
        if self.s3 is not None and not self.folder.strip("/"):
            yield Problem("folder", "nobody says which folder of the bucket is this environment's", "give that of backup.s3.folder of the matrix, such as dev")
        yield from backups.foreign(self.place(found), self.folder, f"Backup {self.backup}" if self.backup else "s3")

    def place(self, found: Object | None) -> t.Mapping[str, t.Any] | None:
        """In S3; None for a Backup that lies elsewhere."""
        return at(found, "spec", "storage", "s3") if self.backup else self.s3

    def source(self, found: Object | None) -> Object:
        """For the Restore's spec. The place of a Backup is used, not the Backup: it is refused while its next run goes on, or after that failed."""
        s3 = self.place(found)
        staging = at(found, "spec", "stagingStorage")
        place: Object = {"s3": dict(s3), **({"stagingStorage": staging} if staging else {})} if s3 else {"backupRef": {"name": self.backup}}
        return {**place, **({"targetRecoveryTime": self.target} if self.target else {})}

    def __str__(self) -> str:
        s3 = self.s3 or {}
        return (self.backup or f"{s3.get('bucket')}/{s3.get('prefix', '')}") + (f" at {self.target}" if self.target else "")


def restored(session: Session, spec: Object, origin: Origin) -> Outcome:
    """A new cluster with what a backup holds.

    An interrupted run goes on where it was: the cluster that it made, with its mark, is there. What else is left under the name is of an earlier cluster.
    """
    require([*_name_problems(session.name), *backups.target_problems(origin.target, session.now())])
    live = session.cluster()
    marks = at(live, "metadata", "annotations") or {}
    if live is not None and marks.get(SOURCE) != str(origin):
        reason = "there is a cluster of this name, and a restore goes into a new one"
        raise Refused([Problem(session.place, reason, "name another one, and let applications move to it")])
    if live is not None and marks.get(RESTORED):
        return Outcome(False, live, live, more={"restored_from": str(origin)})
    require([*origin.problems(backup_of(session, origin.backup)), *(_left_behind(session) if live is None else ())])
    if origin.target:
        session.warn("a dump is one moment: the newest one before target_time comes back (mariadb-operator before 26: the nearest one, even if it is younger)")
    outcome = present(session, document(session, spec, {"annotations": {SOURCE: str(origin)}}), Effect.ONLINE)
    if session.check_mode:
        return outcome
    filled(session, origin)
    after = session.api.patch(session.reference(), {"metadata": {"annotations": {RESTORED: f"{session.now():%Y-%m-%dT%H:%M:%SZ}"}}}, OPERATOR)
    session.warn("users and grants of a Galera cluster are not in its dumps: they come back with the objects User and Grant")
    return Outcome(True, outcome.before, after, more={"restored_from": str(origin)})


def _name_problems(name: str) -> t.Iterator[Problem]:
    if name.endswith(TRIAL):
        yield Problem("name", f"{name} is the name of a scratch server, which a proof makes and removes", f"choose one that does not end in {TRIAL}")


def _left_behind(session: Session) -> t.Iterator[Problem]:
    """Under a name that no cluster has now: a new one would take the claims with what they hold, and the Restore for done."""
    found = [f"persistentvolumeclaims/{name_of(claim)}" for claim in session.claims()]
    reference = _restore_of(session)
    found += [f"restores.k8s.mariadb.com/{reference.name}"] if session.api.get(reference) is not None else []
    if found:
        remedy = f"give another name; or, if nobody needs what they hold, kubectl --namespace {session.namespace} delete {' '.join(found)}"
        yield Problem(session.place, "an earlier cluster of this name has left what a new one would take for its own", remedy)


def _restore_of(session: Session) -> Reference:
    return session.reference("Restore", f"{session.name}-restore")


def filled(session: Session, origin: Origin, labels: t.Mapping[str, str] | None = None) -> None:
    """Run one restore into the cluster and believe its reason alone. Raises Refused with the end of its log. ``labels``: of the Restore."""
    found = backup_of(session, origin.backup)
    require(origin.problems(found))
    reference = _restore_of(session)
    wanted = backups.restore_object(reference.name, session.namespace, session.name, origin.source(found), labels)
    if session.api.get(reference) is None:
        made(session, wanted)
    ended(session, reference)
    session.api.delete(reference)


def backup_of(session: Session, name: str) -> Object | None:
    """The Backup of this name; None without a name, too."""
    return session.api.get(session.reference("Backup", name)) if name else None


def made(session: Session, wanted: Object) -> None:
    """Create an object."""
    try:
        session.api.create(wanted, MANAGER)
    except KubeError as error:
        raise Refused([explained(error)]) from error


def ended(session: Session, reference: Reference) -> Object:
    """The Backup, Restore or SqlJob once it has succeeded. Raises Refused with its log if it failed."""
    found: list[Object] = []

    def is_over() -> bool:
        thing = session.api.get(reference)
        if thing is None:
            raise Refused([Problem(str(reference), "somebody deleted it while it ran", "run again")])
        found[:] = [thing]
        result = backups.result_of(thing)
        session.tell(f"{reference.kind} {reference.name}: {result.words or 'not begun'}")
        return result.state in (backups.DONE, backups.FAILED)

    session.until(f"{reference.kind} {reference.name} has not ended", is_over)
    if backups.result_of(found[0]).state == backups.FAILED:
        raise Refused([backups.failure(found[0], session.log(reference.name))])
    return found[0]
