# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on a cluster that runs, and bringing back one that has stopped."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._kube.model import KubeError, Reference
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups, operations, recovery
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.heartbeats import Heartbeats
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.present import change
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.readiness import Wish, judge
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.refusals import explained, git_owns
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.session import Session
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import OPERATOR, Effect, Refused, at, moment, name_of, require
from ansible_collections.groundwork.platform.plugins.module_utils._operator.outcome import Outcome
from ansible_collections.groundwork.platform.plugins.module_utils._operator.verdict import READY, WAIT, Verdict

#: Written on a cluster once a backup of it was restored and looked at.
PROVEN = "groundwork.platform/backup-proven-at"
NAME_ONE = "run again to go on waiting; if a member can never answer, name the one to begin with as bootstrap_member (runbook galera-crash)"


def scaled(session: Session, members: int) -> Outcome:
    """Another number of members. Volumes of members that go stay."""
    require([*git_owns(session.existing(), session.place), *operations.scale_problems(session.look(), members)])
    return change(session, {"replicas": members}, Effect.SWITCHOVER, confirmed=("replicas",))


def switched_over(session: Session, target: int | None) -> Outcome:
    """Another primary: the named member, or any that is ready."""
    seen = session.look()
    current = at(seen.mariadb, "status", "currentPrimaryPodIndex")
    if target is not None and target == current and at(seen.mariadb, "spec", "galera", "primary", "podIndex") in (None, target):
        return Outcome(False, seen.mariadb, seen.mariadb, more={"primary": seen.primary})
    number = operations.successor(seen) if target is None else target
    require(operations.switchover_problems(seen, number))
    patch = operations.switchover_patch(t.cast(int, number), str(at(seen.mariadb, "metadata", "resourceVersion")))
    after = session.patch(patch, OPERATOR)
    if not session.check_mode:
        session.settled(Wish(after["spec"], primary=number), changed=True)
        after = session.existing()
    return Outcome(True, seen.mariadb, after, more={"primary": f"{session.name}-{number}"})


def upgraded(session: Session, image: str, oldest: datetime.timedelta, most: Effect) -> Outcome:
    """Another image, member by member, with a backup from just before."""
    seen = session.look()
    require([*git_owns(seen.mariadb, session.place), *operations.upgrade_problems(seen, image, newest_backup(session)[1], session.now(), oldest)])
    return change(session, {"image": image}, most)


def recovered(session: Session, pod: str, confirm: str) -> Outcome:
    """A cluster that has stopped as a whole runs again: the operator's own way, or by force from one member."""
    before = session.existing()
    ordered = at(before, "spec", "galera", "recovery", "forceClusterBootstrapInPod")
    well = judge(Wish(before["spec"]), session.look(before)).state == READY
    if not well and pod and ordered != pod:
        require(recovery.forced_problems(before, pod, confirm, recovery.former_primaries(session.name, session.events())))
        session.patch(recovery.forced_patch(pod), OPERATOR)
        ordered = pod
    if session.check_mode:
        return Outcome(bool(ordered) or not well, before, before, more=_told(before))
    stayed_well, bootstrap = _wait_for_all(session)
    if ordered:
        session.patch(recovery.forced_patch(None), OPERATOR)
    elif stayed_well:
        return Outcome(False, before, before, more=_told(before))
    after = session.existing()
    return Outcome(True, before, after, more={**_told(after), "bootstrapped_from": bootstrap})


def absent(session: Session, confirm: str, oldest: datetime.timedelta) -> Outcome:
    """Delete the cluster. Its volume claims stay; what they are bound to gets reclaim policy Retain all the same."""
    mariadb = session.cluster()
    if mariadb is None:
        return Outcome(False)
    proven = moment((at(mariadb, "metadata", "annotations") or {}).get(PROVEN))
    require([*git_owns(mariadb, session.place), *operations.absence_problems(mariadb, confirm, proven, session.now(), oldest)])
    volumes = [claim.volume for claim in session.look(mariadb).volumes if claim.volume]
    if not session.check_mode:
        try:
            for volume in volumes:
                session.api.patch(Reference("v1", "PersistentVolume", volume), {"spec": {"persistentVolumeReclaimPolicy": "Retain"}}, OPERATOR)
            bindings = list(_bindings(session, at(mariadb, "metadata", "uid")))
            # Not in the foreground: Kubernetes would wait for the binding, which it never collects, and the cluster would never be gone.
            session.api.delete(session.reference())
            session.until("the cluster is not gone", lambda: session.cluster() is None and not session.pods())
            for binding in bindings:
                session.api.delete(binding)
        except KubeError as error:
            raise Refused([explained(error)]) from error
    return Outcome(True, mariadb, None, more={"kept_volumes": sorted(volumes)})


def _bindings(session: Session, uid: str) -> t.Iterator[Reference]:
    """What lets Galera's members ask the API who is speaking (the operator's pkg/controller/rbac). It belongs to no namespace, its owner does."""
    for binding in session.api.objects("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"):
        if uid in [owner.get("uid") for owner in at(binding, "metadata", "ownerReferences") or []]:
            yield Reference("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", name_of(binding))


def newest_backup(session: Session, *kinds: str) -> tuple[str, datetime.datetime | None]:
    """(name, time) of the last backup that succeeded."""
    jobs = session.api.objects("batch/v1", "CronJob", session.namespace)
    found = [entry for kind in kinds or ("Backup", "PhysicalBackup") for entry in session.api.objects(session.reference().api_version, kind, session.namespace)]
    return backups.newest(found, session.name, jobs)


def _wait_for_all(session: Session) -> tuple[bool, str]:
    """Whether it was well all the time, and the member that the cluster began from. Raises Refused with what is known of each once time is up."""
    bootstrap, stayed_well, heartbeats = "", True, Heartbeats(session.api)

    def look(_elapsed: float) -> Verdict:
        nonlocal bootstrap, stayed_well
        seen = session.look()
        bootstrap = recovery.chosen(seen.mariadb) or bootstrap
        silent = heartbeats.missing(pod.node for pod in seen.pods)
        heard = f"nothing was heard of {', '.join(silent)} since this run began: what the API says of its members may be old" if silent else ""
        if silent and not recovery.is_down(seen.mariadb):
            return Verdict(WAIT, heard)
        if not silent and judge(Wish(seen.mariadb["spec"]), seen).state == READY:
            return Verdict(READY)
        stayed_well = False
        known = ", ".join(map(str, recovery.known(seen.mariadb))) + (f"; begins from {bootstrap}" if bootstrap else "")
        return Verdict(WAIT, f"{known}; {heard}" if heard else known)

    session.settle(look, changed=True, late=NAME_ONE)
    return stayed_well, bootstrap


def _told(mariadb: t.Any) -> dict[str, t.Any]:
    return {"sequences": {member.pod: member.sequence for member in recovery.known(mariadb)}}
