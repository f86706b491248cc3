# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an Application of Argo CD (argoproj.io/v1alpha1) says, in our words. No I/O."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.groundwork.platform.plugins.plugin_utils._matrix.registry import as_mapping
from ansible_collections.groundwork.platform.plugins.plugin_utils._promotion.observed import Application

RELEASE = re.compile(r"/releases/([^/]+)/([0-9a-f]{16})/")
#: Where a tree could not be built Argo CD writes no commit: nothing, or the name of the branch.
COMMIT = re.compile(r"[0-9a-f]{40,64}")
Document = Mapping[str, Any]


def seen(document: Document, repository: str, lock: Mapping[str, str]) -> Application:
    """One Application. ``lock`` is what the environment's lock says at the revision that it was compared with."""
    name = str(as_mapping(document.get("metadata")).get("name"))
    status = as_mapping(document.get("status"))
    sync, health, operation = (as_mapping(status.get(key)) for key in ("sync", "health", "operationState"))
    history = status.get("history") or [{}]
    return Application(
        name=name,
        sync=str(sync.get("status") or "Unknown"),
        health=str(health.get("status") or "Unknown"),
        release=_release(document, name, lock),
        reconciled_at=moment(status.get("reconciledAt")),
        deployed_at=moment(as_mapping(history[-1]).get("deployedAt")),
        healthy_since=moment(health.get("lastTransitionTime")),
        running=operation.get("phase") in ("Running", "Terminating") or "operation" in document,
        errors=tuple(_errors(status, repository)),
        revision=revision_of(document, repository),
        troubles=tuple(_troubles(status)),
        leaving=_leaving(status),
        confirm=confirmation(document),
    )


def revision_of(document: Document, repository: str) -> str | None:
    """The commit of our repository that it was last compared with; charts beside it have versions of their own."""
    sync = as_mapping(as_mapping(document.get("status")).get("sync"))
    return _of_repository(_compared(sync), sync, repository)


def confirmation(document: Document) -> str:
    """What a sync waits for that goes on only when somebody confirms a deletion (Prune=confirm); else nothing."""
    operation = as_mapping(as_mapping(document.get("status")).get("operationState"))
    message = str(operation.get("message"))
    return message if operation.get("phase") == "Running" and message.startswith("waiting for pruning confirmation") else ""


def begun(documents: Iterable[Document]) -> dict[str, datetime.datetime | None]:
    """When, by namespace, the first of the last syncs into it began, by the cluster's own clock; None = nobody knows."""
    found: dict[str, datetime.datetime | None] = {}
    for document in documents:
        namespace = str(as_mapping(as_mapping(document.get("spec")).get("destination")).get("namespace"))
        at = moment(as_mapping(as_mapping(document.get("status")).get("operationState")).get("startedAt"))
        known = found.get(namespace, at)
        found[namespace] = min(known, at) if known and at else None
    return found


def syncing_to(document: Document, repository: str) -> str | None:
    """The commit of our repository that the last sync is, or was, about."""
    result = as_mapping(as_mapping(as_mapping(document.get("status")).get("operationState")).get("syncResult"))
    sources = [as_mapping(source) for source in result.get("sources") or [result.get("source")]]
    return _of_repository(sources, result, repository)


def moment(text: Any) -> datetime.datetime | None:
    """Kubernetes' times are UTC with a Z."""
    try:
        return datetime.datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _compared(sync: Document) -> list[Document]:
    compared = as_mapping(sync.get("comparedTo"))
    return [as_mapping(source) for source in compared.get("sources") or [compared.get("source")]]


def _of_repository(sources: Sequence[Document], holder: Document, repository: str) -> str | None:
    revisions = holder.get("revisions") or [holder.get("revision")]
    ours = (str(revision) for source, revision in zip(sources, revisions, strict=False) if source.get("repoURL") == repository)
    return next((revision for revision in ours if COMMIT.fullmatch(revision)), None)


def _release(document: Document, name: str, lock: Mapping[str, str]) -> str | None:
    """What the lock says, unless the Application itself still names another release: its chart is of before then, the tree of after."""
    sync = as_mapping(as_mapping(document.get("status")).get("sync"))
    files = [str(file) for source in _compared(sync) for file in as_mapping(source.get("helm")).get("valueFiles") or ()]
    named = {found[2] for file in files if (found := RELEASE.search(file)) and found[1] == name}
    locked = lock.get(name)
    return locked if not named or named == {locked} else None


def _errors(status: Document, repository: str) -> Iterator[str]:
    """What Argo CD gave up on. A sync that failed at an earlier commit says nothing of this one."""
    for condition in status.get("conditions") or ():
        if str(condition.get("type")).endswith("Error"):
            yield f"{condition['type']}: {condition.get('message')}"
    operation, whole = as_mapping(status.get("operationState")), {"status": status}
    if operation.get("phase") in ("Failed", "Error") and syncing_to(whole, repository) in (None, revision_of(whole, repository)):
        yield f"the sync failed: {operation.get('message')}"


def _leaving(status: Document) -> bool:
    different = [resource for resource in status.get("resources") or () if resource.get("status") == "OutOfSync"]
    return bool(different) and all(resource.get("requiresPruning") for resource in different)


def _troubles(status: Document) -> Iterator[str]:
    """Objects that are not as they should be, with what Argo CD says of them."""
    for resource in status.get("resources") or ():
        if resource.get("requiresPruning"):
            continue  # it waits to be deleted, and nobody wants it to be well
        health = as_mapping(resource.get("health"))
        state = [part for part in (resource.get("status"), health.get("status")) if part not in (None, "Synced", "Healthy")]
        if state:
            text = f": {health['message']}" if health.get("message") else ""
            yield f"{resource.get('kind')}/{resource.get('name')} is {' and '.join(state)}{text}"
