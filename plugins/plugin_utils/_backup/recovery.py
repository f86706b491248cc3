# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recovery of a whole environment would find, before anything is touched; and what Argo CD still lacks after it (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._databases.postgresql import server_of

Found = Mapping[str, Any]
#: What a recovery adds to the name that a cluster of PostgreSQL writes to its archive under: when it was.
SUFFIX = re.compile(r"-r([0-9]{12})$")
#: What a volume of Longhorn keeps of its definition when it is made anew.
KEPT = ("size", "numberOfReplicas", "frontend", "accessMode", "dataLocality", "migratable")
REFRESH, SKIP = "argocd.argoproj.io/refresh", "argocd.argoproj.io/skip-reconcile"


def problems(bases: Found, wal: Found, environment: str, clusters: Sequence[Found], mariadbs: Sequence[Found], since: str) -> list[str]:
    """Why the databases cannot be recovered as the matrix has them.

    ``bases`` and ``wal`` are what backup_info found of base backups and dumps, and of WAL, by kind. ``since``: when this recovery began
    (YYYYmmddHHMM); what was archived under names of a later time is its own.
    """
    used = [kind for kind, has in (("postgres", any(map(_server, clusters))), ("mariadb", any(map(_dumps, mariadbs)))) if has]
    unread = [f"the backups of {kind} cannot be looked at: {bases[kind]['problem']}" for kind in used if bases.get(kind, {}).get("problem")]
    return [*unread, *(line for cluster in clusters for line in _moved(cluster, environment, wal.get("postgres", {}).get("sources", {}), since))]


def lost(bases: Found, clusters: Sequence[Found], mariadbs: Sequence[Found]) -> dict[str, dict[str, str]]:
    """By kind and name, which databases stay lost and why."""
    return {
        "postgres": {
            cluster["name"]: f"{cluster['name']} has {'no base backup in its archive' if _server(cluster) else 'no archive'}, and stays lost"
            for cluster in clusters
            if _server(cluster) not in _sources(bases, "postgres")
        },
        "mariadb": {
            cluster["name"]: f"{cluster['name']} has {'no dump in its bucket' if _dumps(cluster) else 'no dumps'}, and stays lost"
            for cluster in mariadbs
            if not _dumps(cluster) or cluster["name"] not in _sources(bases, "mariadb")
        },
    }


def lacking(applications: Sequence[Found]) -> list[str]:
    """Applications that are not as Git has them now; those that Argo CD leaves alone are nobody's to wait for."""
    found = []
    for application in applications:
        marks, status = application["metadata"].get("annotations") or {}, application.get("status") or {}
        states = [str((status.get(part) or {}).get("status") or "Unknown") for part in ("sync", "health")]
        if SKIP not in marks and (REFRESH in marks or states != ["Synced", "Healthy"]):
            found.append(f"{application['metadata']['name']} is {'not compared yet' if REFRESH in marks else ' and '.join(states)}")
    return found


def left_alone(applications: Sequence[Found]) -> list[str]:
    """Names of Applications that Argo CD leaves alone."""
    return [str(found["metadata"]["name"]) for found in applications if SKIP in (found["metadata"].get("annotations") or {})]


def volumes(listed: Sequence[Found], backups: Sequence[Found]) -> dict[str, Any]:
    """Of Longhorn's volumes without a replica: ``restore``, each with its new spec and when its backup was taken, and names of ``lost`` ones."""
    newest: dict[str, Found] = {}
    for backup in sorted(backups, key=lambda found: str((found.get("status") or {}).get("snapshotCreatedAt") or "")):
        status = backup.get("status") or {}
        if status.get("state") == "Completed" and status.get("url"):
            newest[str((backup["metadata"].get("labels") or {}).get("backup-volume") or status.get("volumeName") or "")] = status
    faulted = {volume["metadata"]["name"]: volume["spec"] for volume in listed if (volume.get("status") or {}).get("robustness") == "faulted"}
    wanted = [
        {
            "name": name,
            "at": newest[name]["snapshotCreatedAt"],
            "spec": {**{key: spec[key] for key in KEPT if key in spec}, "fromBackup": newest[name]["url"]},
        }
        for name, spec in faulted.items()
        if name in newest
    ]
    return {"restore": wanted, "lost": [name for name in faulted if name not in newest]}


def _moved(cluster: Found, environment: str, archived: Found, since: str) -> Iterator[str]:
    """The cluster writes under another name than the matrix says: a recovery moved it, or the matrix moved it where there was none.

    Only a name that a recovery has made may be given up; one without its suffix may be the only archive that there is.
    """
    server = _server(cluster)
    if not server:
        return
    reached = (archived.get(server) or {}).get("at") or 0
    others = [name for name in archived if name != server and SUFFIX.sub("", name) == SUFFIX.sub("", server) and not _ours(name, since)]
    newest = max(others, key=lambda name: archived[name]["at"] or 0, default=None)
    if newest and (archived[newest]["at"] or 0) > reached:
        place = f"environments.{environment}.databases.postgresql.{cluster['name']}.server_name"
        given_up = f"; if the recovery that moved it there was given up, remove {newest} from the bucket" if SUFFIX.search(newest) else ""
        yield f"{cluster['name']}: the archive of {newest} is newer than that of {server}, which the matrix names: write {newest} into {place}{given_up}"


def _ours(name: str, since: str) -> bool:
    made = SUFFIX.search(name)
    return bool(since and made and made[1] >= since)


def _server(cluster: Found) -> str:
    return server_of(cluster["spec"])


def _dumps(cluster: Found) -> bool:
    return cluster.get("backup") is not None


def _sources(bases: Found, kind: str) -> Found:
    found: Found = bases.get(kind, {}).get("sources") or {}
    return found
