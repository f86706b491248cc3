# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From two specs of a MariaDB to what the change does, field by field (pure)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ansible_collections.groundwork.platform.plugins.module_utils._mariadb import versions
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.effects import UPDATE, WEBHOOK, row_of
from ansible_collections.groundwork.platform.plugins.module_utils._mariadb.model import is_galera, members_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import differences
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Change, Effect, Object, at
from ansible_collections.groundwork.platform.plugins.module_utils._operator.quantity import smaller


@dataclass(frozen=True)
class Setting:
    """What decides how a change reaches people: the cluster as it runs, before the change."""

    members: int
    #: Storage classes that can enlarge volumes; None: nobody has looked.
    growing: frozenset[str] | None = None


def setting_of(mariadb: Object, growing: frozenset[str] | None = None) -> Setting:
    """The setting of a MariaDB that runs."""
    spec = mariadb.get("spec") or {}
    return Setting(members_of(spec) if is_galera(spec) else 1, growing)


def classify(before: Object, after: Object, setting: Setting) -> tuple[Change, ...]:
    """Every field that differs between two specs, with what its change does, the worst first."""
    found = [_judged(path, old, new, before, after, setting) for path, old, new in differences(before, after)]
    return tuple(sorted(found, key=lambda change: (-change.effect, change.path)))


def _judged(path: str, old: t.Any, new: t.Any, before: Object, after: Object, setting: Setting) -> Change:
    row = row_of(path)
    change = Change(path, old, new, row.effect, row.why, row.source)
    if path == "storage.size":
        change = _size(change, after, setting)
    elif path == "image":
        problem = versions.step_problem(old, new)
        change = replace(change, effect=Effect.FORBIDDEN, why=problem, source="MariaDB's upgrade documentation") if problem else change
    elif path == "replicas" and isinstance(old, int) and isinstance(new, int) and new < old:
        policy = at(before, "storage", "pvcRetentionPolicy", "whenScaled")
        kept = "their volumes are deleted" if policy == "Delete" else "their volumes stay"
        change = replace(change, effect=Effect.FORBIDDEN, why=f"{old - new} members would leave the cluster, {kept}; use state scaled")
    elif path.startswith("storage.volumeClaimTemplate"):
        change = replace(change, effect=Effect.FORBIDDEN, why="volumes keep the template that they were made with; enlarge storage.size", source=WEBHOOK)
    return _reaching(change, after, setting)


def _size(change: Change, after: Object, setting: Setting) -> Change:
    if smaller(change.after, change.before):
        return replace(change, effect=Effect.FORBIDDEN, why="volumes do not shrink", source=f"{WEBHOOK} (validateUpdateStorage)")
    used = at(after, "storage", "storageClassName")
    if setting.growing is not None and used and used not in setting.growing:
        return replace(change, effect=Effect.FORBIDDEN, why=f"storage class {used} cannot enlarge volumes (allowVolumeExpansion)")
    if at(after, "storage", "resizeInUseVolumes") is False:
        return replace(change, effect=Effect.IGNORED, why="resizeInUseVolumes is false, so volumes that are there stay as they are")
    return change


def _reaching(change: Change, after: Object, setting: Setting) -> Change:
    """A restart as this cluster meets it."""
    if change.effect != Effect.RESTART:
        return change
    how = at(after, "updateStrategy", "type")
    if how in ("Never", "OnDelete"):
        why = f"updateStrategy.type is {how}: members keep running as they are until somebody deletes their pods"
        return replace(change, effect=Effect.IGNORED, why=why, source=f"{UPDATE} (shouldReconcileUpdates)")
    if setting.members < 2:
        return replace(change, effect=Effect.DOWNTIME, why=f"{change.why}; there is one member, so nobody answers meanwhile")
    return replace(change, effect=Effect.SWITCHOVER, why=f"{change.why}; another member becomes primary when its pod ends")
