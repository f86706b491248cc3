# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores: into a new cluster that stays, or into a scratch one that proves a backup and goes again. The source is never touched."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.checks import Check, script
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP, MANAGER
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.present import document, present
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.steer import PROVEN, newest_backup
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Effect, Object, Problem, Refused, at, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

#: On a cluster that was made by a restore: from what, and when that had ended.
SOURCE, RESTORED = "groundwork.platform/restored-from", "groundwork.platform/restored-at"
#: On clusters that may be deleted without a question.
SCRATCH = "groundwork.platform/scratch"
#: Asked where nobody asks anything: a dump without a table is no backup.
ANYTHING = Check(
    "", "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')", minimum=1
)


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
    """A new cluster with what a backup holds. An interrupted run goes on where it was."""
    require(backups.target_problems(origin.target, session.now()))
    live = session.cluster()
    marks = at(live, "metadata", "annotations") or {}
    if live is not None and marks.get(SOURCE) != str(origin):
        reason = "there is a cluster of this name, and a restore goes into a new one"
        raise Refused([Problem(session.place, reason, "name another one, and let applications move to it")])
    if live is not None and marks.get(RESTORED):
        return Outcome(False, live, live, more={"restored_from": str(origin)})
    require(origin.problems(_backup(session, origin.backup)))
    if origin.target:
        session.warn("a dump is one moment: the newest one before target_time comes back (mariadb-operator before 26: the nearest one, even if it is younger)")
    outcome = present(session, document(session, spec, {"annotations": {SOURCE: str(origin)}}), Effect.ONLINE)
    if session.check_mode:
        return outcome
    filled(session, f"{session.name}-restore", origin)
    after = session.api.patch(session.reference(), {"metadata": {"annotations": {RESTORED: f"{session.now():%Y-%m-%dT%H:%M:%SZ}"}}}, OPERATOR)
    session.warn("users and grants of a Galera cluster are not in its dumps: they come back with the objects User and Grant")
    return Outcome(True, outcome.before, after, more={"restored_from": str(origin)})


def filled(session: Session, name: str, origin: Origin) -> None:
    """Run one restore into the cluster and believe its reason alone. Raises Refused with the end of its log."""
    found = _backup(session, origin.backup)
    require(origin.problems(found))
    wanted = backups.restore_object(name, session.namespace, session.name, origin.source(found))
    reference = session.reference("Restore", name)
    if session.api.get(reference) is None:
        made(session, wanted)
    ended(session, reference)
    session.api.delete(reference)


def verified(session: Session, backup: str, checks: t.Sequence[Check]) -> Outcome:
    """Restore a backup into a scratch server, ask it questions, and write down that it was proven."""
    source = session.existing()
    name, when = (backup, None) if backup else newest_backup(session, "Backup")
    if not name:
        raise Refused([Problem(session.place, "the cluster is unprotected: no backup of it has ever succeeded", "take one (mariadb_backup)")])
    require(_source_problems(session, backup))
    trial = Session(session.api, session.namespace, f"{session.name}-trial", session.check_mode, session.patience, session.clock, session.sleep, session.tell)
    _sweep(trial)
    if session.check_mode:
        return Outcome(True, source, source, more={"backup": name})
    started = session.clock()
    try:
        made(trial, document(trial, scratch_spec(source["spec"]), {"labels": {SCRATCH: "true"}}))
        trial.until("the scratch server is not ready", lambda: _is_up(trial))
        filled(trial, f"{trial.name}-restore", Origin(backup=name))
        seconds = session.clock() - started
        asked = checks or [ANYTHING]
        for number, check in enumerate(asked):
            _asked(trial, source["spec"], f"{trial.name}-check-{number}", check)
    finally:
        _sweep(trial)
    proven = f"{session.now():%Y-%m-%dT%H:%M:%SZ}"
    after = session.api.patch(session.reference(), {"metadata": {"annotations": {PROVEN: proven}}}, OPERATOR)
    age = None if when is None else int((session.now() - when).total_seconds())
    return Outcome(True, source, after, more={"backup": name, "restore_seconds": round(seconds), "backup_age_seconds": age, "checks": len(asked)})


def _source_problems(session: Session, backup: str) -> t.Iterator[Problem]:
    """A backup of another cluster says nothing about this one."""
    found = _backup(session, backup)
    of = at(found, "spec", "mariaDbRef", "name")
    if found is not None and of != session.name:
        yield Problem(f"Backup {backup}", f"it is one of {of}, and proves nothing about {session.name}", f"name a backup of {session.name}, or none")


def _backup(session: Session, name: str) -> Object | None:
    return session.api.get(session.reference("Backup", name)) if name else None


def scratch_spec(spec: Object) -> Object:
    """One server of the same version with the same settings (some decide which dumps it can read) and root password; nothing else."""
    pods = ("nodeSelector", "tolerations", "podSecurityContext", "securityContext", "resources")
    taken = ("image", "imagePullPolicy", "imagePullSecrets", "myCnf", "rootPasswordSecretKeyRef", *pods)
    kept: Object = {key: spec[key] for key in taken if key in spec}
    storage = {key: value for key, value in (spec.get("storage") or {}).items() if key in ("size", "storageClassName")}
    return {**kept, "replicas": 1, "storage": storage}


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


def _asked(session: Session, spec: Object, name: str, check: Check) -> None:
    password = {key: value for key, value in (spec.get("rootPasswordSecretKeyRef") or {}).items() if key in ("name", "key")}
    own = {"mariaDbRef": {"name": session.name}, "username": "root", "passwordSecretKeyRef": password, "sql": script(check)}
    limits = {"backoffLimit": 1, "restartPolicy": "Never", **({"database": check.database} if check.database else {})}
    wanted = {"apiVersion": GROUP, "kind": "SqlJob", "metadata": {"name": name, "namespace": session.namespace}, "spec": {**own, **limits}}
    made(session, wanted)
    ended(session, session.reference("SqlJob", name))


def _is_up(session: Session) -> bool:
    thing = session.cluster()
    pods = session.look(thing).pods if thing else ()
    session.tell(f"scratch server {session.name}: {'; '.join(f'{pod.name} is not ready' for pod in pods if not pod.ready) or 'coming'}")
    return bool(pods) and all(pod.ready for pod in pods)


def _sweep(session: Session) -> None:
    """Nothing of a trial stays: neither the server nor its jobs nor its volumes. What is not marked as scratch is not touched."""
    live = session.cluster()
    if live is not None and (at(live, "metadata", "labels") or {}).get(SCRATCH) != "true":
        raise Refused([Problem(session.place, "is in the way and no scratch server of ours", "rename it")])
    if session.check_mode:
        return
    for kind in ("SqlJob", "Restore"):
        for thing in session.api.objects(GROUP, kind, session.namespace):
            if at(thing, "spec", "mariaDbRef", "name") == session.name:
                session.api.delete(session.reference(kind, str(at(thing, "metadata", "name"))))
    if live is not None:
        session.api.delete(session.reference(), "Foreground")
        session.until("the scratch server is not gone", lambda: session.cluster() is None)
    selector = f"app.kubernetes.io/name=mariadb,app.kubernetes.io/instance={session.name}"
    for claim in session.api.objects("v1", "PersistentVolumeClaim", session.namespace, selector):
        session.api.delete(Reference("v1", "PersistentVolumeClaim", str(at(claim, "metadata", "name")), session.namespace))
