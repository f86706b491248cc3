# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof of a backup: it is restored into a scratch server, asked questions, and the server goes again."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.checks import Check, script
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP, SCRATCH, TRIAL
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.present import document
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.restore import Origin, backup_of, ended, filled, made
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.steer import PROVEN, newest_backup
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Object, Problem, Refused, at, name_of, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome

MARKED = {SCRATCH: "true"}
#: Asked where nobody asks anything: a dump without a table is no backup.
ANYTHING = Check(
    "", "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')", minimum=1
)


def verified(session: Session, backup: str, checks: t.Sequence[Check]) -> Outcome:
    """Restore a backup into a scratch server, ask it questions, and write down that it was proven."""
    source = session.existing()
    name, when = (backup, None) if backup else newest_backup(session, "Backup")
    if not name:
        raise Refused([Problem(session.place, "the cluster is unprotected: no backup of it has ever succeeded", "take one (mariadb_backup)")])
    found = backup_of(session, name)
    require(_source_problems(session, name, found))
    if found is not None and backups.as_needed(source["spec"], found["spec"]) != found["spec"]:
        session.warn(f"Backup {name} holds MariaDB's own tables, too: a Galera cluster may not take it back; give it args [{backups.WITHOUT_SYSTEM}]")
    trial = Session(session.api, session.namespace, f"{session.name}{TRIAL}", session.check_mode, session.patience, session.clock, session.sleep, session.tell)
    require(_in_the_way(trial))
    if session.check_mode:
        return Outcome(True, source, source, more={"backup": name})
    _sweep(trial)
    started = session.clock()
    try:
        made(trial, document(trial, scratch_spec(source["spec"]), {"labels": MARKED}))
        trial.until("the scratch server is not ready", lambda: _is_up(trial))
        filled(trial, Origin(backup=name), MARKED)
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


def _source_problems(session: Session, backup: str, found: Object | None) -> t.Iterator[Problem]:
    """A backup of another cluster says nothing about this one."""
    of = at(found, "spec", "mariaDbRef", "name")
    if found is not None and of != session.name:
        yield Problem(f"Backup {backup}", f"it is one of {of}, and proves nothing about {session.name}", f"name a backup of {session.name}, or none")


def scratch_spec(spec: Object) -> Object:
    """One server of the same version with the same settings (some decide which dumps it can read) and root password; nothing else."""
    pods = ("nodeSelector", "tolerations", "podSecurityContext", "securityContext", "resources")
    taken = ("image", "imagePullPolicy", "imagePullSecrets", "myCnf", "rootPasswordSecretKeyRef", *pods)
    kept: Object = {key: spec[key] for key in taken if key in spec}
    storage = {key: value for key, value in (spec.get("storage") or {}).items() if key in ("size", "storageClassName")}
    # The operator makes the same template from size and class, but without the mark (api/v1alpha1/mariadb_types.go, SetDefaults).
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage.get("size")}}, "metadata": {"labels": MARKED}}
    of_class = {"storageClassName": storage["storageClassName"]} if storage.get("storageClassName") else {}
    return {**kept, "replicas": 1, "storage": {**storage, "volumeClaimTemplate": {**claim, **of_class}}}


def _asked(session: Session, spec: Object, name: str, check: Check) -> None:
    password = {key: value for key, value in (spec.get("rootPasswordSecretKeyRef") or {}).items() if key in ("name", "key")}
    own = {"mariaDbRef": {"name": session.name}, "username": "root", "passwordSecretKeyRef": password, "sql": script(check)}
    limits = {"backoffLimit": 1, "restartPolicy": "Never", **({"database": check.database} if check.database else {})}
    metadata = {"name": name, "namespace": session.namespace, "labels": MARKED}
    made(session, {"apiVersion": GROUP, "kind": "SqlJob", "metadata": metadata, "spec": {**own, **limits}})
    ended(session, session.reference("SqlJob", name))


def _is_up(session: Session) -> bool:
    thing = session.cluster()
    pods = session.look(thing).pods if thing else ()
    session.tell(f"scratch server {session.name}: {'; '.join(f'{pod.name} is not ready' for pod in pods if not pod.ready) or 'coming'}")
    return bool(pods) and all(pod.ready for pod in pods)


def _in_the_way(session: Session) -> t.Iterator[Problem]:
    """What has the trial's name and no mark, which is not removed; a scratch server would take such claims for its own."""
    names = [f"{thing.kind} {thing.name}" for thing, is_ours in _there(session) if not is_ours]
    if names:
        yield Problem(session.place, f"{', '.join(names)} is in the way and no scratch of ours", "rename it, or remove it if nobody needs it")


def _sweep(session: Session) -> None:
    """Nothing of a trial stays: neither the server nor its jobs nor its volumes. What is not marked as scratch is not touched."""
    for thing, is_ours in _there(session):
        if is_ours:
            session.api.delete(thing, "Foreground" if thing.kind == session.KIND else "Background")
        if is_ours and thing.kind == session.KIND:
            session.until("the scratch server is not gone", lambda: session.cluster() is None)


def _there(session: Session) -> t.Iterator[tuple[Reference, bool]]:
    """Everything under the trial's name, and whether it is marked. Claims are looked for once the server before them is gone: it makes no more."""
    live = session.cluster()
    for kind in ("SqlJob", "Restore"):
        for thing in session.api.objects(GROUP, kind, session.namespace):
            if at(thing, "spec", "mariaDbRef", "name") == session.name:
                yield session.reference(kind, name_of(thing)), _is_marked(thing)
    if live is not None:
        yield session.reference(), _is_marked(live)
    for claim in session.claims():
        yield Reference("v1", "PersistentVolumeClaim", name_of(claim), session.namespace), _is_marked(claim)


def _is_marked(thing: Object) -> bool:
    return (at(thing, "metadata", "labels") or {}).get(SCRATCH) == "true"
