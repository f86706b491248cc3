# Copyright (c) 2026 groundwork.platform contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restoring into a new cluster: which point in time, and the definition that goes there (pure). The source is never touched."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.backups import Window
from ansible_collections.groundwork.platform.plugins.module_utils._cnpg.model import PLUGIN
from ansible_collections.groundwork.platform.plugins.module_utils._operator.model import Object, Problem, at, moment

SOURCE = "groundwork-source"
#: Written on the new cluster, so that a second run knows it as this restore.
RESTORED = "groundwork.platform/restored-from"
ZONE = re.compile(r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})$")
TARGETS = {"target_time": "targetTime", "target_xid": "targetXID", "target_name": "targetName", "target_lsn": "targetLSN"}


def target_problems(targets: t.Mapping[str, str], window: Window, now: datetime.datetime) -> t.Iterator[Problem]:
    """Why the archive cannot be brought back to there."""
    given = {key: value for key, value in targets.items() if value}
    if len(given) > 1:
        yield Problem("target", f"{' and '.join(sorted(given))} are given", "name one; without any the newest state comes back")
    if window.first is None:
        yield Problem("source", "its archive holds no complete base backup", "check object_store and server_name; state backed_up makes one")
    if "target_time" not in given:
        return
    text = given["target_time"]
    when = moment(text.replace(" ", "T", 1))
    if when is None:
        yield Problem("target_time", f"{text!r} is no time", "write it as 2026-11-22T10:15:00+01:00")
    elif not ZONE.search(text):
        yield Problem("target_time", f"{text!r} has no time zone", "append Z for UTC, or an offset such as +01:00")
    elif when > now:
        yield Problem("target_time", f"{text} is in the future", "name a time that is over; without any the newest state comes back")
    elif window.first is not None and when < window.first:
        yield Problem("target_time", f"{text} is before the first point that the archive has, {window.first.isoformat()}", "choose a later time")


def server_problems(name: str, server: str, source_server: str, taken: t.Iterable[str]) -> t.Iterator[Problem]:
    """Why the new cluster cannot archive under this name."""
    if server and server == source_server:
        yield Problem("server_name", f"the new cluster would write into the archive that it is restored from ({server})", "leave it out, or name another one")
    elif server in set(taken):
        yield Problem("server_name", f"the archive already holds a server {server}", f"use another one, such as {name}-2")


def recovery_spec(spec: Object, store: str, source_server: str, targets: t.Mapping[str, str], exclusive: bool) -> Object:
    """The definition of the new cluster, with where it comes from."""
    given = {TARGETS[key]: value for key, value in targets.items() if value}
    recovery: Object = {"source": SOURCE}
    if given:
        recovery["recoveryTarget"] = {**given, **({"exclusive": True} if exclusive else {})}
    inherited = at(spec, "bootstrap", "recovery") or at(spec, "bootstrap", "initdb") or {}
    recovery.update({key: inherited[key] for key in ("database", "owner", "secret") if key in inherited})
    origin = {"name": SOURCE, "plugin": {"name": PLUGIN, "parameters": {"barmanObjectName": store, "serverName": source_server}}}
    others = [item for item in spec.get("externalClusters") or [] if item.get("name") != SOURCE]
    return {**spec, "bootstrap": {"recovery": recovery}, "externalClusters": [*others, origin]}


def archiving_to(spec: Object, store: str, server: str) -> Object:
    """The definition with the plugin that archives under a server name; everything else about plugins stays."""
    others = [plugin for plugin in spec.get("plugins") or [] if plugin.get("name") != PLUGIN]
    own = {"name": PLUGIN, "isWALArchiver": True, "parameters": {"barmanObjectName": store, "serverName": server}}
    return {**spec, "plugins": [*others, own]}


#: What a trial does without: what writes, hands over, and what names objects of the source's namespace that a restored database is not asked through.
BESIDE = frozenset(
    (
        *("plugins", "managed", "postgresql", "backup", "primaryUpdateStrategy", "replica", "externalClusters", "certificates", "monitoring"),
        *("superuserSecret", "enableSuperuserAccess", "serviceAccountName"),
    )
)


def without_archive(spec: Object) -> Object:
    """The definition of a cluster that only reads: nothing of it is written to any archive, nobody waits for its replicas or hands it over."""
    settings = {key: value for key, value in (spec.get("postgresql") or {}).items() if key not in ("synchronous", "ldap")}
    kept = {key: value for key, value in spec.items() if key not in BESIDE}
    return {**kept, **({"postgresql": settings} if settings else {}), "instances": 1, "enablePDB": False}


def trial_spec(cluster: Object, store: str, server: str) -> Object:
    """The definition of a trial in another namespace: the newest state of an archive, with the image that the cluster runs."""
    spec = without_archive(cluster["spec"])
    if at(spec, "imageCatalogRef", "kind") == "ImageCatalog":  # of the source's namespace
        spec = {**{key: value for key, value in spec.items() if key != "imageCatalogRef"}, "imageName": at(cluster, "status", "image")}
    found = recovery_spec(spec, store, server, {}, exclusive=False)
    found["bootstrap"]["recovery"].pop("secret", None)  # the operator makes one
    return found


def origin_text(store: str, server: str, targets: t.Mapping[str, str]) -> str:
    """What the annotation says."""
    target = " ".join(f"{key}={value}" for key, value in sorted(targets.items()) if value) or "newest"
    return f"{store}/{server} {target}"


def recovered_warning(spec: Object) -> str:
    """For as long as a cluster that was restored would be restored again if it were made anew."""
    if not at(spec, "bootstrap", "recovery"):
        return ""
    return "bootstrap.recovery is still there: made anew, the cluster would silently go back to that backup; replace it by bootstrap.initdb now"
