# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From two specs of a Cluster to what the change does, field by field (pure)."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg import parameters
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import store_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.effects import INSTANCE, PODS, UPGRADE, VOLUMES, WEBHOOK, row_of
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.diff import differences
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Change, Effect, Object, at, name_of
from ansible_collections.groundwork.platform.plugins.module_utils._operator.quantity import smaller

PARAMETER = "postgresql.parameters."
SIZES = re.compile(r"(?:storage|walStorage|tablespaces\[.*\]\.storage)\.size")
VOLUME = re.compile(r"(?P<field>storage|walStorage|tablespaces)(?:\[(?P<name>[^\]]*)\])?(?:\.|$)")
#: Tag of an image such as 17.6-standard-trixie, before a digest.
MAJOR = re.compile(r":(?P<major>[0-9]+)(?:\.[0-9]+)?[^:/@]*(?:@sha256:[0-9a-f]+)?$")


@dataclass(frozen=True)
class Setting:
    """What decides how a change reaches the primary: the cluster as it runs, before the change."""

    instances: int
    method: str
    hibernated: bool = False
    #: Class by field (storage, tablespaces[x].storage) of volumes that cannot be enlarged; empty as well where nobody has looked.
    fixed: t.Mapping[str, str] = field(default_factory=dict)
    #: Major version that wrote the data, which is not the image's while pg_upgrade fails; None: the operator has not said.
    data: int | None = None
    #: Its name, which is its server name in an archive unless the definition says another one.
    name: str = ""


def setting_of(cluster: Object, fixed: t.Mapping[str, str] | None = None) -> Setting:
    """The setting of a Cluster that runs."""
    running = at(cluster, "status", "readyInstances") or at(cluster, "status", "instances") or at(cluster, "spec", "instances") or 1
    hibernated = at(cluster, "metadata", "annotations", "cnpg.io/hibernation") == "on"
    method = str(at(cluster, "spec", "primaryUpdateMethod") or "restart")
    return Setting(int(running), method, hibernated, fixed or {}, major_of_data(cluster), name_of(cluster))


def classify(before: Object, after: Object, setting: Setting) -> tuple[Change, ...]:
    """Every field that differs between two specs, with what its change does, the worst first."""
    found = [_judged(path, old, new, before, after, setting) for path, old, new in differences(before, after)]
    found += _together(before, after, setting)
    return tuple(sorted(found, key=lambda change: (-change.effect, change.path)))


def worst(changes: t.Iterable[Change]) -> Effect:
    """The effect of all changes together."""
    return max((change.effect for change in changes), default=Effect.ONLINE)


def major_of(image: t.Any) -> int | None:
    """PostgreSQL's major version in the tag of an image."""
    found = MAJOR.search(str(image or ""))
    return int(found["major"]) if found else None


def major_in(spec: Object) -> int | None:
    """PostgreSQL's major version that a definition asks for, by its image or in its catalogue; None where nobody can say."""
    chosen = at(spec, "imageCatalogRef", "major")
    return chosen if isinstance(chosen, int) else major_of(spec.get("imageName"))


def major_of_data(cluster: t.Mapping[str, t.Any]) -> int | None:
    """PostgreSQL's major version that wrote the data, which is not the image's while pg_upgrade fails; None where the operator has not said."""
    found = at(cluster, "status", "pgDataImageInfo", "majorVersion")
    return None if found is None else int(found)


def _judged(path: str, old: t.Any, new: t.Any, before: Object, after: Object, setting: Setting) -> Change:
    row = row_of(path)
    change = Change(path, old, new, row.effect, row.why, row.source)
    volume = VOLUME.match(path)
    if volume and not _there(after, volume):
        change = replace(change, effect=Effect.FORBIDDEN, why="a volume cannot be taken away", source=f"{WEBHOOK} (validateWalStorageChange)")
    elif volume and not _there(before, volume):
        change = replace(change, effect=Effect.RESTART, why=f"{PODS}, with a volume more", source=f"{UPGRADE} (checkHasMissingPVCs)")
    elif path.startswith(PARAMETER):
        change = _parameter(change)
    elif SIZES.fullmatch(path):
        change = _size(change, setting)
    elif path.startswith("bootstrap.") and at(before, "bootstrap", "recovery") and not at(after, "bootstrap", "recovery"):
        change = replace(change, effect=Effect.ONLINE, why="made anew, the cluster would no longer be rolled back to the backup it came from")
    elif path == "instances" and isinstance(old, int) and isinstance(new, int) and new < old:
        source = "internal/controller/cluster_scale.go (ensureInstanceIsDeleted)"
        change = replace(change, effect=Effect.FORBIDDEN, why=f"deletes the volumes of {old - new} instances; use state scaled", source=source)
    elif path in ("imageName", "imageCatalogRef.major"):
        change = _image(change, major_in(before), major_in(after), setting)
    elif path.startswith("replicationSlots.") and new is None and at(before, "replicationSlots", "highAvailability", "enabled"):
        why = "slots would never be removed; switch them off first"
        change = replace(change, effect=Effect.FORBIDDEN, why=why, source=f"{WEBHOOK} (validateReplicationSlotsChange)")
    return _reaching(change, setting)


def _parameter(change: Change) -> Change:
    name = change.path[len(PARAMETER) :]
    if name in parameters.OPERATORS:
        return replace(change, effect=Effect.FORBIDDEN, why="the operator sets this parameter itself", source="pkg/postgres/configuration.go")
    if name == "wal_level" and change.after == "minimal":
        why = "without WAL there are neither replicas nor backups"
        return replace(change, effect=Effect.FORBIDDEN, why=why, source=f"{WEBHOOK} (validateWALLevelChange)")
    if name in parameters.SENSITIVE and smaller(change.after, change.before):
        why = "a standby must not have less than its primary, which restarts first and where it is"
        return replace(change, effect=Effect.RESTART, why=why, source=f"{INSTANCE} (PendingRestartForDecrease)")
    if name in parameters.RESTART:
        why = "PostgreSQL reads this parameter at its start"
        return replace(change, effect=Effect.RESTART, why=why, source=f"{UPGRADE} (isInstanceNeedingRollout), pg_settings")
    if name.startswith(parameters.LIBRARIES) and (change.before is None or change.after is None):
        why = "the first parameter of a library loads it, the last one unloads it, at PostgreSQL's start"
        return replace(change, effect=Effect.RESTART, why=why, source="pkg/postgres/configuration.go (ManagedExtensions)")
    return change


def _size(change: Change, setting: Setting) -> Change:
    if smaller(change.after, change.before):
        return replace(change, effect=Effect.FORBIDDEN, why="volumes do not shrink", source=f"{WEBHOOK} (validateStorageChange)")
    if change.before is None or change.after is None:
        return change
    used = setting.fixed.get(change.path.rpartition(".")[0])
    if used:
        why = f"storage class {used} cannot enlarge volumes (allowVolumeExpansion)"
        return replace(change, effect=Effect.FORBIDDEN, why=why, source=f"{VOLUMES}/existing.go")
    return change


def _image(change: Change, old: int | None, new: int | None, setting: Setting) -> Change:
    if old is None or new is None or old == new:
        return change
    source = f"{WEBHOOK} (validateImageChange)"
    if new == setting.data:
        return replace(change, effect=Effect.DOWNTIME, why=f"pg_upgrade has not changed the data: back to {new}", source=source)
    if new < old:
        return replace(change, effect=Effect.FORBIDDEN, why=f"PostgreSQL {old} does not become {new}: restore into a new cluster", source=source)
    if new < 16:
        return replace(change, effect=Effect.FORBIDDEN, why="major upgrades are made to 16 or newer only", source=source)
    why = f"pg_upgrade from {old} to {new} with every instance stopped; replicas are made anew"
    return replace(change, effect=Effect.DOWNTIME, why=why, source="pkg/reconciler/majorupgrade/reconciler.go")


def _together(before: Object, after: Object, setting: Setting) -> t.Iterator[Change]:
    """What is forbidden only beside another change, or without one."""
    old, new = at(before, "postgresql", "parameters") or {}, at(after, "postgresql", "parameters") or {}
    if after.get("primaryUpdateMethod") == "switchover" and before.get("imageName") != after.get("imageName") and old != new:
        why = "image and parameters cannot change together while primaryUpdateMethod is switchover: change one, then the other"
        yield Change("imageName", before.get("imageName"), after.get("imageName"), Effect.FORBIDDEN, why, f"{WEBHOOK} (validateConfigurationChange)")
    was, will = major_in(before), major_in(after)
    if was is not None and will is not None and was < will != setting.data:
        here, there = (store_of({"metadata": {"name": setting.name}, "spec": spec}) for spec in (before, after))
        if here == there != ("", ""):
            why = f"WAL of PostgreSQL {was} and {will} would lie in one archive, and neither could be restored: change serverName together with the image"
            yield Change(f"plugins[{PLUGIN}].parameters.serverName", here[1], there[1], Effect.FORBIDDEN, why, "docs/src/postgres_upgrades.md")


def _there(spec: Object, volume: t.Match[str]) -> bool:
    """Whether a spec has the volume that a path is below."""
    if volume["name"] is None:
        return bool(spec.get(volume["field"]))
    return any(item.get("name") == volume["name"] for item in spec.get(volume["field"]) or [])


def _reaching(change: Change, setting: Setting) -> Change:
    """A restart as this cluster meets it."""
    if change.effect != Effect.RESTART:
        return change
    if setting.hibernated:
        return replace(change, effect=Effect.ONLINE, why="no instance runs: the cluster is hibernated")
    if setting.instances < 2:
        return replace(change, effect=Effect.DOWNTIME, why=f"{change.why}; there is one instance, so nobody answers meanwhile")
    if setting.method == "switchover" and "where it is" not in change.why:
        return replace(change, effect=Effect.SWITCHOVER, why=f"{change.why}; a replica becomes primary")
    return replace(change, why=f"{change.why}; the primary restarts where it is")
