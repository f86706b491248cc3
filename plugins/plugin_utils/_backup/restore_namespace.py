# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore of a namespace by Velero may do: beside the source what does not run, over the source only where its name was typed (pure)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._backup.objects import NOT_OURS
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.problems import did_you_mean

NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
#: A copy must not do the work of its source a second time: no pod, no address, no certificate, no archive that two would write to.
PASSIVE = ("configmaps", "secrets", "serviceaccounts", "roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io")
#: Databases and volumes have restores of their own; here they would come back empty, or be changed while they run. What acts on them stays away, too:
#: Velero makes objects without their status, and operators take them for such as were never carried out. Backups, Restores and SqlJobs run once more
#: (internal/controller of both); databases, accounts, rights, publications and subscriptions are carried out as they were defined then
#: (mariadb-operator's pkg/controller/sql, CloudNativePG's internal/management/controller).
ELSEWHERE = (
    "clusters.postgresql.cnpg.io",
    "backups.postgresql.cnpg.io",
    "scheduledbackups.postgresql.cnpg.io",
    "databases.postgresql.cnpg.io",
    "databaseroles.postgresql.cnpg.io",
    "publications.postgresql.cnpg.io",
    "subscriptions.postgresql.cnpg.io",
    "mariadbs.k8s.mariadb.com",
    "backups.k8s.mariadb.com",
    "physicalbackups.k8s.mariadb.com",
    "restores.k8s.mariadb.com",
    "sqljobs.k8s.mariadb.com",
    "databases.k8s.mariadb.com",
    "users.k8s.mariadb.com",
    "grants.k8s.mariadb.com",
    "persistentvolumes",
    "persistentvolumeclaims",
    "volumes.longhorn.io",
)


@dataclasses.dataclass(frozen=True)
class Request:
    """What somebody asks for. Empty texts were not given."""

    environment: str
    namespace: str
    to: str = ""
    backup: str = ""
    overwrite: bool = False
    confirm: str = ""

    @property
    def typed(self) -> str:
        """What names the object that is overwritten."""
        return f"{self.environment}/{self.namespace}"


@dataclasses.dataclass(frozen=True)
class Plan:
    """The backup that is read and the spec of Velero's Restore, or why there is none."""

    problems: tuple[str, ...]
    backup: str = ""
    at: str = ""  # when it was begun
    spec: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def plan(request: Request, backups: Sequence[Mapping[str, Any]], namespaces: Sequence[str]) -> Plan:
    """Everything wrong at once. ``backups``: Velero's, ``namespaces``: the names of those that are there."""
    chosen = _chosen(request, backups)
    found = [*_of_names(request, namespaces), *_of_confirmation(request), *_of_backup(request, backups, chosen)]
    if found or chosen is None:
        return Plan(tuple(found))
    spec: dict[str, Any] = {"backupName": chosen["metadata"]["name"], "includedNamespaces": [request.namespace]}
    if request.overwrite:
        spec |= {"excludedResources": list(ELSEWHERE), "existingResourcePolicy": "update"}
    else:
        spec |= {"includedResources": list(PASSIVE), "includeClusterResources": False, "namespaceMapping": {request.namespace: request.to}}
    return Plan((), spec["backupName"], str(chosen["status"]["startTimestamp"]), spec)


def _chosen(request: Request, backups: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The one that was named, or the newest; only one that is complete and holds the namespace."""
    whole = [backup for backup in backups if (backup.get("status") or {}).get("phase") == "Completed" and _holds(backup, request.namespace)]
    named = [backup for backup in whole if request.backup in ("", backup["metadata"]["name"])]
    return max(named, key=lambda backup: str(backup["status"]["startTimestamp"]), default=None)


def _holds(backup: Mapping[str, Any], namespace: str) -> bool:
    spec = backup.get("spec") or {}
    included = spec.get("includedNamespaces") or ["*"]
    return ("*" in included or namespace in included) and namespace not in (spec.get("excludedNamespaces") or [])


def _of_names(request: Request, namespaces: Sequence[str]) -> Iterator[str]:
    if not NAME.fullmatch(request.namespace):
        yield f"{request.namespace!r} is no namespace: give -e source=NAMESPACE"
    elif request.namespace in NOT_OURS:
        yield f"{request.namespace} is in no backup: Git or K3s makes it again"
    if request.overwrite:
        if request.to:
            yield "give either -e to=NAME or -e overwrite=true"
    elif not NAME.fullmatch(request.to):
        yield f"{request.to!r} cannot be the name of the new namespace: give -e to=NAME, or -e overwrite=true to restore over the source"
    elif request.to == request.namespace or request.to in namespaces:
        yield f"namespace {request.to} is there, and a restore goes into a new one: give another name, or remove it"


def _of_confirmation(request: Request) -> Iterator[str]:
    if request.overwrite and request.confirm != request.typed:
        yield f"what the namespace holds now is overwritten: confirm it with -e confirm={request.typed}"


def _of_backup(request: Request, backups: Sequence[Mapping[str, Any]], chosen: Mapping[str, Any] | None) -> Iterator[str]:
    if chosen is not None:
        return
    if not request.backup:
        yield f"Velero has no complete backup that holds {request.namespace or 'it'}"
        return
    known = {str(backup["metadata"]["name"]): str((backup.get("status") or {}).get("phase") or "New") for backup in backups}
    if request.backup not in known:
        yield f"Velero has no backup {request.backup!r}; {did_you_mean(request.backup, sorted(known), 'there are')}"
    elif known[request.backup] != "Completed":
        yield f"backup {request.backup} is {known[request.backup]}, not complete: choose another one"
    else:
        yield f"backup {request.backup} does not hold {request.namespace}"
