# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owns an object (pure): Argo CD, somebody else, or nobody; and what we ourselves have applied."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at

TRACKING = "argocd.argoproj.io/tracking-id"
CONTROLLER = "argocd-controller"


def application_of(live: Object | None) -> str:
    """The Application of Argo CD that a live object belongs to, or an empty text."""
    metadata = at(live, "metadata") or {}
    tracked = str((metadata.get("annotations") or {}).get(TRACKING) or "")
    if tracked:
        return tracked.partition(":")[0]
    managers = {entry.get("manager") for entry in metadata.get("managedFields") or []}
    label = str((metadata.get("labels") or {}).get("app.kubernetes.io/instance") or "")
    return label if CONTROLLER in managers else ""


def owned_by_git(live: Object | None, place: str, renders: bool = False) -> tuple[Problem, ...]:
    """The refusal to change what Git would change back. ``renders``: whoever asks can write the change into the tree instead."""
    application = application_of(live)
    if not application:
        return ()
    remedy = "say it in the matrix and run render.yml"
    if renders:
        remedy += "; or set gitops: render and gitops_path, and the change is written as a patch into the tree"
    return (Problem(place, f"belongs to Application {application} of Argo CD, which would take the change back", remedy),)


def conflict(message: str, place: str) -> Problem:
    """What the API server's refusal of somebody else's field means."""
    remedy = "let its manager make the change, or have the field removed there first; it is never taken over by force"
    return Problem(place, message, remedy)


def applied(live: Object | None, manager: str) -> Object:
    """The fields that a manager has set by server-side apply, with their values: the definition as it was last applied."""
    if live is None:
        return {}
    for entry in at(live, "metadata", "managedFields") or []:
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"):
            found = _owned(live, entry.get("fieldsV1") or {})
            return found if isinstance(found, dict) else {}
    return {}


def _owned(value: t.Any, fields: t.Mapping[str, t.Any]) -> t.Any:
    """The part of a value that a set of fields (fieldsV1) covers. A field without anything below it is owned as a whole."""
    inner = {key: below for key, below in fields.items() if key != "."}
    if not inner:
        return value
    if isinstance(value, dict):
        found = {key[2:]: below for key, below in inner.items() if key.startswith("f:")}
        return {name: _owned(value[name], below) for name, below in found.items() if name in value}
    if isinstance(value, list):
        return [part for key, below in inner.items() for part in _members(value, key, below)]
    return value


def _members(values: t.Sequence[t.Any], key: str, below: t.Mapping[str, t.Any]) -> t.Iterator[t.Any]:
    if key.startswith("v:"):
        wanted = json.loads(key[2:])
        yield from (value for value in values if value == wanted)
    elif key.startswith("k:"):
        keys = json.loads(key[2:])
        for value in values:
            if isinstance(value, dict) and all(value.get(name) == part for name, part in keys.items()):
                yield {**keys, **_owned(value, below)}
