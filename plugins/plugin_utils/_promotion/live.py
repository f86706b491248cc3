# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What objects of a cluster say beside Argo CD: pods that cannot run, edits by hand, databases, alerts. No I/O."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.proof import proof_of
from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import as_mapping
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.applications import moment
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Alert, Database, Drift

UNPULLED = ("ErrImageNeverPull", "ErrImagePull", "ImageInspectError", "ImagePullBackOff", "InvalidImageName")
CRASHING = "CrashLoopBackOff"
#: So often it was started again in vain; by kubelet's pauses (10, 20, 40, 80 s) that is after two or three minutes. Some wait like that for a database.
RESTARTS = 4
ARGO = "argocd"
#: Clocks of two machines of a cluster may differ by so much.
SKEW = datetime.timedelta(seconds=5)
#: When a backup of this database was last restored for a test: cnpg_cluster and mariadb_cluster with state verified write it.
PROVEN = "groundwork.platform/backup-proven-at"
Document = Mapping[str, Any]


def stuck(pods: Iterable[Document], since: datetime.datetime | None) -> tuple[str, ...]:
    """Images that a node tried to pull and could not, and containers that wait for a start after they ended again and again.

    ``since`` leaves out pods that were made before: they are of what is being replaced. Deployments stay Progressing with such pods. It is a time of the
    node that Argo CD runs on, and pods have theirs from the API server: SKEW more counts.
    """
    found = {}
    for pod in pods:
        metadata, status = as_mapping(pod.get("metadata")), as_mapping(pod.get("status"))
        made = moment(metadata.get("creationTimestamp"))
        if since and made and made < since - SKEW:
            continue
        for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
            reason = as_mapping(as_mapping(container.get("state")).get("waiting")).get("reason")
            if reason in UNPULLED:
                found[str(container.get("image"))] = f"the image {container.get('image')} ({reason}) cannot be had"
            elif reason == CRASHING and int(container.get("restartCount") or 0) >= RESTARTS:
                ended = as_mapping(as_mapping(container.get("lastState")).get("terminated"))
                how = f"exit code {ended['exitCode']}, " if "exitCode" in ended else ""
                name = f"{metadata.get('name')}/{container.get('name')}"
                found[name] = f"the container {name} ends again and again ({how}{container.get('restartCount')} restarts)"
    return tuple(text for _key, text in sorted(found.items()))


def drift_of(resource: Document, live: Document | None) -> Drift:
    """An object that Argo CD calls out of sync; ``live`` tells whose hand it was."""
    thing = f"{resource.get('kind')}/{resource.get('name')}"
    if live is None:
        return Drift(thing, "it is not there")
    if resource.get("requiresPruning"):
        return Drift(thing, "it is not in Git")
    lines = list(_hands(live))
    return Drift(thing, "\n".join(lines) or "Git says something else than what is there, and nobody changed it there: it waits for its sync")


def _hands(live: Document) -> Iterator[str]:
    """Fields that somebody wrote after Argo CD did, with what stands there now; a Secret's values are not shown."""
    entries = [as_mapping(entry) for entry in as_mapping(live.get("metadata")).get("managedFields") or ()]
    applied = max((str(entry.get("time")) for entry in entries if str(entry.get("manager")).startswith(ARGO)), default="")
    for entry in entries:
        if str(entry.get("manager")).startswith(ARGO) or entry.get("subresource") or str(entry.get("time")) < applied:
            continue
        for path in _paths(as_mapping(entry.get("fieldsV1"))):
            value = "" if live.get("kind") == "Secret" else f": {json.dumps(_at(live, path), ensure_ascii=False)}"
            yield f"  {'.'.join(path)}{value}    ({entry.get('manager')}, {entry.get('time')})"


def _paths(fields: Document, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Leaves of fieldsV1; what is inside of a list is named by the list."""
    inside = {key.removeprefix("f:"): as_mapping(value) for key, value in fields.items() if key.startswith("f:")}
    for key, value in sorted(inside.items()):
        yield from _paths(value, (*above, key))
    if not inside and above:
        yield above


def _at(document: Document, path: Sequence[str]) -> Any:
    found: Any = document
    for step in path:
        found = as_mapping(found).get(step)
    return found


def postgres_databases(clusters: Iterable[Document], backups: Iterable[Document]) -> list[Database]:
    """Clusters of CloudNativePG (postgresql.cnpg.io/v1)."""
    done: dict[tuple[str, str], datetime.datetime] = {}
    for backup in backups:
        status, metadata = as_mapping(backup.get("status")), as_mapping(backup.get("metadata"))
        at = moment(status.get("stoppedAt"))
        if status.get("phase") == "completed" and at:
            key = str(metadata.get("namespace")), str(as_mapping(as_mapping(backup.get("spec")).get("cluster")).get("name"))
            done[key] = max(at, done.get(key, at))
    found = []
    for cluster in clusters:
        metadata, status = as_mapping(cluster.get("metadata")), as_mapping(cluster.get("status"))
        place = str(metadata.get("namespace")), str(metadata.get("name"))
        healthy = status.get("phase") == "Cluster in healthy state"
        proof = proof_of(cluster)
        found.append(Database("/".join(place), healthy, _condition(status, "ContinuousArchiving"), done.get(place), proof.at, void=proof.void))
    return found


def mariadb_databases(instances: Iterable[Document], backups: Iterable[Document]) -> list[Database]:
    """MariaDBs of mariadb-operator (k8s.mariadb.com/v1alpha1). It has no continuous archive that could be behind."""
    done: dict[tuple[str, str], datetime.datetime] = {}
    for backup in backups:
        metadata, status = as_mapping(backup.get("metadata")), as_mapping(backup.get("status"))
        for condition in status.get("conditions") or ():
            at = moment(condition.get("lastTransitionTime"))
            if condition.get("type") == "Complete" and condition.get("status") == "True" and at:
                key = str(metadata.get("namespace")), str(as_mapping(as_mapping(backup.get("spec")).get("mariaDbRef")).get("name"))
                done[key] = max(at, done.get(key, at))
    found = []
    for instance in instances:
        metadata = as_mapping(instance.get("metadata"))
        place = str(metadata.get("namespace")), str(metadata.get("name"))
        verified = moment(as_mapping(metadata.get("annotations")).get(PROVEN))
        found.append(
            Database(
                "/".join(place),
                _condition(as_mapping(instance.get("status")), "Ready"),
                archiving=True,
                backed_up_at=done.get(place),
                verified_at=verified,
                kind="mariadb",
            )
        )
    return found


def alerts_of(answer: Any) -> list[Alert]:
    """From Prometheus: for each alert the last time that it fired, as a value in seconds since 1970."""
    found = []
    for row in as_mapping(as_mapping(answer).get("data")).get("result") or ():
        labels = as_mapping(row.get("metric"))
        at = datetime.datetime.fromtimestamp(float(row["value"][1]), datetime.UTC)
        found.append(Alert(str(labels.get("alertname")), "critical", at))
    return found


def _condition(status: Document, kind: str) -> bool:
    return any(condition.get("type") == kind and condition.get("status") == "True" for condition in status.get("conditions") or ())
