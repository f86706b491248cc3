# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All clusters with what is wrong with each."""

from __future__ import annotations

import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import backups, recovery
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import GROUP
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.shell import summary
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.steer import PROVEN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.api import Api
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, at, name_of


def clusters(api: Api, namespace: str = "", name: str = "") -> list[dict[str, t.Any]]:
    """Every cluster that was asked for."""
    found = [thing for thing in api.objects(GROUP, "MariaDB", namespace) if name in ("", name_of(thing))]
    taken = [thing for kind in ("Backup", "PhysicalBackup") for thing in api.objects(GROUP, kind, namespace)]
    jobs = api.objects("batch/v1", "CronJob", namespace)
    return [described(thing, _beside(thing, taken), _beside(thing, jobs)) for thing in found]


def described(mariadb: Object, taken: t.Sequence[Object], jobs: t.Sequence[Object]) -> dict[str, t.Any]:
    """One cluster (pure)."""
    last, when = backups.newest(taken, name_of(mariadb), jobs)
    proven = (at(mariadb, "metadata", "annotations") or {}).get(PROVEN, "")
    known = summary(mariadb)
    return {
        **known,
        "last_backup": last,
        "last_backup_at": when.isoformat() if when else "",
        "proven_at": proven,
        "sequences": {member.pod: member.sequence for member in recovery.known(mariadb)},
        "problems": list(_problems(mariadb, taken, known, last, proven)),
    }


def _problems(mariadb: Object, taken: t.Sequence[Object], known: t.Mapping[str, t.Any], last: str, proven: str) -> t.Iterator[str]:
    if not known["ready"]:
        yield f"not ready: {known['message'] or 'the operator has not looked at it yet'}"
    if known["ready_members"] < known["members"]:
        yield f"{known['ready_members']} of {known['members']} members are ready"
    if at(mariadb, "spec", "galera", "recovery", "forceClusterBootstrapInPod"):
        yield "a forced bootstrap was left behind: run state recovered, which takes it away"
    if at(mariadb, "spec", "suspend"):
        yield "the operator is told not to look at it (spec.suspend)"
    if not last:
        yield "unprotected: no backup has ever succeeded"
    elif not proven:
        yield "no backup was ever restored for a test"
    for backup in taken:
        if at(backup, "spec", "mariaDbRef", "name") == known["name"] and backups.result_of(backup).state == backups.FAILED:
            yield f"{backup.get('kind')} {name_of(backup)} failed"


def _beside(mariadb: Object, things: t.Sequence[Object]) -> list[Object]:
    return [thing for thing in things if at(thing, "metadata", "namespace") == at(mariadb, "metadata", "namespace")]
